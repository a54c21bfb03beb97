"""What a roster changes in the partner blocks: added, re-keyed, retired, each told in plain words."""

import msgspec
import pytest

from node.config import PartnerSettings
from node.config.roster_plan import missing_keys, plan
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.wire import b64url
from protocol.log.ended_key import EndedKey
from protocol.recognition.member import Member, hash_of_key

FIRST, SECOND = (Signer("ledger.a.example/log", bytes([number]) * 32).verifier for number in (1, 2))
MIRROR, WITNESS, INDEX = (
    Signer(f"ledger.a.example/log/{claim}", bytes([number]) * 32, COSIGNATURE).verifier
    for number, claim in ((3, "mirror"), (4, "witness"), (7, "index"))
)
OTHER = Signer("ledger.b.example/log", b"\5" * 32).verifier
ROOT = b"\6" * 32
RETIRED = EndedKey.of(FIRST, size=12, root=ROOT, why="retired")
BLOCK = PartnerSettings("a", FIRST.name, FIRST, "https://ledger.a.example", roster="eciu")


def a_key(key, **last) -> dict:
    """Return a key of a member, with its end if there is one."""
    return {"verifierKey": key.render(), "from": "2026-01-01"} | ({"last": last} if last else {})


def a_member(*keys, **changed) -> Member:
    """Return a member whose log is signed by these keys."""
    value = {
        "id": f"https://{FIRST.name}", "type": "RecognizedEntity", "name": "A University", "origin": FIRST.name,
        "node": "https://ledger.a.example/", "operator": "a", "logKeys": list(keys or [a_key(FIRST)]),
    }  # fmt: skip
    return msgspec.convert(value | changed, Member)


def planned(*members, partners=(), own=(), known=None):
    """Return what a roster of these members changes."""
    return plan(members, partners, roster="eciu", own=own, known_keys=known or {})


ENDED = a_key(FIRST, size=12, root=b64url(ROOT), why="retired")
STOLEN = a_key(FIRST, size=7, root=b64url(ROOT), why="compromised")
COSIGNERS = [
    {"claim": "mirror", "verifierKey": MIRROR.render()},
    {"claim": "witness", "verifierKey": WITNESS.render()},
]


def test_a_new_member_is_added():
    """With key, address and cosigners; its operator is what it is called."""
    (change,) = planned(a_member(cosigners=COSIGNERS))
    assert change.act == "add"
    assert change.partner == PartnerSettings(
        "a", FIRST.name, FIRST, "https://ledger.a.example", (MIRROR,), (WITNESS,), roster="eciu"
    )
    assert change.words == (
        f"A University: {FIRST.name} at https://ledger.a.example, signed by {FIRST.render()}",
        "its mirror is asked to hold and cosign our log (1 keys)",
    )


def test_what_says_the_same_changes_nothing():
    """A second time there is nothing to do; neither about ourselves."""
    (change,) = planned(a_member(cosigners=COSIGNERS))
    assert planned(a_member(cosigners=COSIGNERS), partners=[change.partner]) == []
    assert planned(a_member(), own=[FIRST.name]) == []


def test_a_name_that_is_taken_gets_a_number():
    """Two logs of one operator, or a partner that was called so already."""
    taken = PartnerSettings("a", OTHER.name, OTHER, "https://ledger.b.example")
    (change,) = planned(a_member(), partners=[taken])
    assert change.partner.name == "a-2"
    long = PartnerSettings("x" * 64, OTHER.name, OTHER, "https://ledger.b.example")
    assert len(planned(a_member(operator="x" * 64), partners=[long])[0].partner.name) == 60


CHANGES = {
    "the-next-key": (
        [ENDED, a_key(SECOND)], BLOCK,
        {"verifier_key": SECOND, "former_keys": (RETIRED,)},
        [f"its log signs by {SECOND.render()}, and no longer by {FIRST.render()}",
         f"{FIRST.render()} was retired: nothing that it signs above size 12 counts"],
    ),
    "a-stolen-key": (
        [STOLEN, a_key(SECOND)], BLOCK,
        {"verifier_key": SECOND, "former_keys": (EndedKey.of(FIRST, size=7, root=ROOT, why="compromised"),)},
        [f"its log signs by {SECOND.render()}, and no longer by {FIRST.render()}",
         f"{FIRST.render()} was compromised: nothing that it signs above size 7 counts"],
    ),
    "an-end": (
        [ENDED], BLOCK,
        {"former_keys": (RETIRED,)},
        ["its log has no key that signs now: it is closed, and nothing more of it counts",
         f"{FIRST.render()} was retired: nothing that it signs above size 12 counts"],
    ),
    "a-key-out-of-nowhere": (
        [a_key(SECOND)], BLOCK,
        {"verifier_key": SECOND},
        [f"its log signs by {SECOND.render()}, and no longer by {FIRST.render()}",
         "the roster doesn't list the key before: nothing that it signed counts any more"],
    ),
    "another-address": (
        [a_key(FIRST)], PartnerSettings("a", FIRST.name, FIRST, "https://old.a.example", roster="eciu"),
        {"url": "https://ledger.a.example"},
        ["it is served at https://ledger.a.example, and no longer at https://old.a.example"],
    ),
    "a-block-written-by-hand": (
        [a_key(FIRST)], PartnerSettings("a", FIRST.name, FIRST, "https://ledger.a.example"),
        {"roster": "eciu"},
        ["it belongs to the roster of eciu from now on"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("keys", "before", "changed", "words"), CHANGES.values(), ids=CHANGES)
def test_a_block_takes_over_what_the_roster_says(keys, before, changed, words):
    """The block as it is to be, and each difference in a line."""
    (change,) = planned(a_member(*keys), partners=[before])
    assert change.act == "change"
    expected = {"name": "a", "origin": FIRST.name, "verifier_key": before.verifier_key, "url": before.url,
                "roster": "eciu"} | changed  # fmt: skip
    assert change.partner == PartnerSettings(**expected)
    assert list(change.words) == words


def test_an_end_that_only_the_configuration_knows_stays():
    """A roster that forgets a compromised key brings it back nowhere."""
    known = EndedKey.of(SECOND, size=3, root=ROOT, why="compromised")
    before = PartnerSettings("a", FIRST.name, FIRST, "https://old.a.example", former_keys=(known,), roster="eciu")
    (change,) = planned(a_member(), partners=[before])
    assert change.partner.former_keys == (known,)


def test_cosigners_stay_where_the_roster_lists_none():
    """What `nostra partner add` read under the log's key is as good."""
    before = PartnerSettings("a", FIRST.name, FIRST, "https://old.a.example", (MIRROR,), (WITNESS,), roster="eciu")
    (change,) = planned(a_member(), partners=[before])
    assert (change.partner.mirror_keys, change.partner.witness_keys) == ((MIRROR,), (WITNESS,))


def test_index_keys_are_taken_over_and_stay_where_the_roster_lists_none():
    """A roster from before there were index cosigners takes none out of a block; one that lists another is followed."""
    before = PartnerSettings("a", FIRST.name, FIRST, BLOCK.url, (MIRROR,), (WITNESS,), (INDEX,), roster="eciu")
    assert planned(a_member(cosigners=COSIGNERS), partners=[before]) == []
    added = [{"claim": "index", "verifierKey": INDEX.render()}, *COSIGNERS]
    (change,) = planned(a_member(cosigners=added), partners=[BLOCK])
    assert change.partner.cosigner_keys == (MIRROR, WITNESS, INDEX)
    assert change.words[-1] == "it is asked to cosign our index (1 keys)"


def test_a_cosigners_key_by_hash_is_taken_once_it_is_known():
    """From the block itself, or from what the node told; else it is left out, and told to be missing."""
    hashed = [{"claim": "mirror", "verifierKeyHash": hash_of_key(MIRROR.render())}]
    member = a_member(cosigners=hashed)
    assert planned(member)[0].partner.mirror_keys == ()
    assert planned(member)[0].words[-1] == "it is followed only: no key of its mirror is known"
    assert [found for _, found in missing_keys([member], {})] == [hash_of_key(MIRROR.render())]
    known = {hash_of_key(MIRROR.render()): MIRROR}
    assert planned(member, known=known)[0].partner.mirror_keys == (MIRROR,)
    assert list(missing_keys([member], known)) == []
    before = PartnerSettings("a", FIRST.name, FIRST, "https://old.a.example", (MIRROR,), roster="eciu")
    assert planned(member, partners=[before])[0].partner.mirror_keys == (MIRROR,)


def test_only_what_came_from_this_roster_is_retired():
    """A partner of our own choice stays, also where it isn't listed."""
    ours = PartnerSettings("b", OTHER.name, OTHER, "https://ledger.b.example")
    gone = PartnerSettings("c", "ledger.c.example/log", OTHER, "https://ledger.c.example", roster="eciu")
    others = PartnerSettings("d", "ledger.d.example/log", OTHER, "https://ledger.d.example", roster="another")
    changes = planned(a_member(), partners=[BLOCK, ours, gone, others])
    assert [(change.act, change.partner) for change in changes] == [("retire", gone)]
    assert changes[0].words == ("it is no longer in the roster; its mirror stays here, and it is asked nothing more",)
