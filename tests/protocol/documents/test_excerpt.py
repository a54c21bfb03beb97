"""Excerpts: no changed byte shows anything else, and their backing is judged by a moment and a limit."""

import pytest

from protocol.documents.excerpt import Excerpt
from protocol.documents.proved_excerpt import END_KEY, FRESHNESS, MAX_AHEAD, Backing, verify_excerpt
from protocol.encoding.wire import b64url
from protocol.errors import BadProofError, MalformedError, ProtocolError
from protocol.recognition.entry import from_json, render
from protocol.recognition.sealed import chain_tag
from protocol.recognition.succession import Succession
from protocol.recognition.terms import term_key
from tests.support.examples import LOG, ORIGIN, PARTNERS
from tests.support.excerpts import (
    LEAF,
    POLICY,
    STATUS_KEY,
    TAG,
    SmallLog,
    awarding_log,
    chain_keys,
    statuses,
    tag_keys,
)
from tests.support.statements import a_mandate
from tests.vectors.excerpt import USUAL, shown

DATA = USUAL.render()


def test_every_changed_byte_is_refused_or_changes_nothing_shown():
    """Whatever third byte is replaced, the excerpt is refused, or the same is shown: entries, lists, size and log.

    Lines of cosigners may go to waste: then the quorum is later, or gone, and never earlier. A proof of absence shows
    any key absent that has no other place.
    """
    log = awarding_log()
    small = log.excerpt([*tag_keys(TAG), *chain_keys(STATUS_KEY, ORIGIN, 1)], cosigners=PARTNERS[:2])
    data, expected = small.render(), shown(small, POLICY)
    (award,) = ((key, leaves) for key, leaves in expected.pop("keys").items() if leaves)
    there = {b64url(key) for key in log.listed()}
    verified = 0
    for at in range(0, len(data), 3):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        try:
            found = shown(Excerpt.parse(changed), POLICY)
        except ProtocolError:
            continue
        verified += 1
        keys = found.pop("keys")
        assert [(key, leaves) for key, leaves in keys.items() if leaves] == [award]
        assert not {key for key, leaves in keys.items() if not leaves} & there
        for name in ("log_time", "index_time"):
            assert found.pop(name, "9999") >= expected[name]
        assert found == {name: value for name, value in expected.items() if name not in ("log_time", "index_time")}
    assert 0 < verified < len(data) // 12


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (0, "proved"),
        (FRESHNESS, "proved"),
        (FRESHNESS + 1, "stale"),
        (-MAX_AHEAD, "proved"),
        (-MAX_AHEAD - 1, "stale"),
    ],
)
def test_a_quorums_word_is_worth_something_for_a_while(age, expected):
    """Up to the limit, and no further ahead than clocks differ."""
    assert Backing(time=1_790_000_000).at(1_790_000_000 + age) == expected


def test_without_a_quorum_it_is_the_log_alone():
    """However new it is."""
    assert Backing(why="nobody is asked").at(0) == "claimed"


@pytest.mark.parametrize(("size", "counts"), [(5, False), (9, True)], ids=["in its place", "elsewhere"])
def test_behind_a_log_s_own_end_nothing_counts(size, counts):
    """A status behind it isn't there; an entry that closes nothing ends nothing; what isn't shown ends nothing."""
    end = render(Succession(id="succession", version=1, size=size, successor="ledger.example.edu/nostra-2"))
    log = awarding_log(*statuses("revoked"))
    log = SmallLog((*log.entries[:4], end, *log.entries[4:]))
    keys = [*tag_keys(TAG), *chain_keys(STATUS_KEY, ORIGIN, 1, 2)]
    proved = verify_excerpt(log.excerpt([*keys, END_KEY]), POLICY)
    assert (proved.under_tag(TAG) != (), proved.sealed_at(LEAF) is not None) == (True, True)
    assert (proved.under_tag(chain_tag(STATUS_KEY, ORIGIN, 1)) != (), proved.sealed_at(5) is not None) == (
        counts,
        counts,
    )
    assert verify_excerpt(log.excerpt(keys), POLICY).under_tag(chain_tag(STATUS_KEY, ORIGIN, 1)) != ()


def test_what_an_excerpt_does_not_say_is_not_empty():
    """A key that no answer is about gives None, an absent one an empty list."""
    proved = verify_excerpt(awarding_log().excerpt([*tag_keys(TAG), term_key(("criteria",))]), POLICY)
    assert proved.under(("criteria",)) == ()
    assert proved.under(("roster",)) is None
    assert [leaf for leaf, _ in proved.under_tag(TAG)] == [LEAF]
    assert (proved.sealed_at(0), proved.origin) == (None, LOG.verifier.name)
    assert USUAL.listed(term_key(("roster",))) is None
    assert [one.leaf for one in USUAL.listed(tag_keys(TAG)[0])] == [LEAF]


def test_clear_entries_are_listed_under_their_terms():
    """An entry that breaks a rule of its kind stands under no key: an index that lists it is refused."""
    good = render(from_json(a_mandate("ledger.bay.example/nostra")))
    log = SmallLog((good,))
    assert [one.leaf for one in verify_excerpt(log.excerpt(log.listed()), POLICY).entries.values()] == [0]
    bad = render(from_json(a_mandate(LOG.verifier.name)))
    lying = SmallLog((bad,), indexed=(good,))
    with pytest.raises(BadProofError):
        verify_excerpt(lying.excerpt(lying.listed()), POLICY)
    with pytest.raises(MalformedError):
        Excerpt.parse(DATA.replace(b64url(USUAL.index.trie_root).encode(), b"short"))
    assert awarding_log(*statuses("revoked")).listed().keys() >= set(tag_keys(TAG))
