"""What a node lists of a foreign log's entries is what a verifier finds that they stand under."""

import pytest

from node.log.classify import classify_entries
from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from protocol.log.merkle import leaf_hash
from protocol.recognition.terms import keys_of, term_key
from tests.vectors import membership_examples as membership
from tests.vectors import recognition_examples as examples

MAKERS = (
    examples.an_institution, examples.an_achievement, examples.a_mandate, examples.a_rule, examples.a_full_rule,
    examples.a_criteria_rule, examples.a_withdrawal, examples.a_sealed, membership.a_roster, membership.a_key,
    membership.a_succession,
)  # fmt: skip
ENTRIES = {maker.__name__: canonical.encode(maker()) for maker in MAKERS} | {
    "nothing": b"",
    "no JSON": b"\xff\xfe",
    "not canonical": canonical.encode(examples.a_rule()) + b"\n",
    "of a later version": canonical.encode(examples.a_rule() | {"v": 2}),
    "against a rule of its kind": canonical.encode(examples.a_rule() | {"outcome": "refused"}),
}


def listed(data: bytes, origin: str) -> frozenset[bytes]:
    """Return the keys under which a node finds an entry of a log."""
    admitted = classify_entries([data], [leaf_hash(data)], origin=origin)
    tags = [term_key(("tag", b64url(tag))) for tag in admitted.tags]
    return frozenset([*tags, *(key for clear in admitted.clear for key in clear.terms)])


@pytest.mark.parametrize("origin", [examples.TUNI, examples.DCU])
@pytest.mark.parametrize("name", ENTRIES)
def test_node_and_verifier_list_an_entry_under_the_same_keys(name, origin):
    """Also where the entry refers into another log than its own, and so stands under none."""
    assert keys_of(ENTRIES[name], origin=origin) == listed(ENTRIES[name], origin)


def test_what_may_not_be_relied_on_stands_under_no_key():
    """A withdrawal counts in the log of its target alone; what isn't understood counts nowhere."""
    withdrawal = ENTRIES["a_withdrawal"]
    assert len(keys_of(withdrawal, origin=examples.DCU)) == 1
    assert keys_of(withdrawal, origin=examples.TUNI) == frozenset()
    assert keys_of(ENTRIES["of a later version"], origin=examples.DCU) == frozenset()
