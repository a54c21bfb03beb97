"""What is read of rosters, next keys and successions that keep the rules."""

import hashlib

import pytest
from msgspec import UNSET

from node.formats.seals import check_authenticity
from protocol.encoding import canonical, jcs
from protocol.encoding.keys import Signer
from protocol.encoding.wire import b64url
from protocol.errors import MalformedError
from protocol.recognition.entry import MAX_ENTRY_BYTES, check, from_json, parse_entry, render
from protocol.recognition.key import sign_key
from protocol.recognition.problems import InadmissibleError
from tests.vectors.membership_examples import (
    ASSERTION,
    MIRROR,
    NEW_KEY,
    OLD_KEY,
    a_key,
    a_roster,
    a_succession,
    a_tuni_member,
    signed,
)
from tests.vectors.recognition_examples import DCU, TUNI

ROSTER = from_json(a_roster())


def test_a_member_has_one_key_that_signs_now():
    """The others end somewhere; a member whose every key ends is closed."""
    tuni, dcu = ROSTER.entities.credential_subject
    assert tuni.current.key == NEW_KEY.verifier
    assert [(one.key, one.last.size) for one in tuni.log_keys if one.last is not UNSET] == [(OLD_KEY.verifier, 1204)]
    assert dcu.current is None


def test_a_cosigners_key_is_known_by_its_hash_however_it_is_given():
    """A long key that stands by hash is recognised once somebody shows it."""
    mirror, long_mirror, _ = ROSTER.entities.credential_subject[0].cosigners
    assert mirror.hash == b64url(hashlib.sha256(MIRROR.verifier.render().encode()).digest())
    assert (long_mirror.hash, long_mirror.verifier_key) == (long_mirror.verifier_key_hash, UNSET)


def test_a_verifier_of_credentials_reads_the_roster_too():
    """The credential by itself is what any reader of Data Integrity proofs finds good."""
    (found,) = check_authenticity(jcs.encode(ROSTER.credential)).seals
    assert (found.signature.result, found.key_owner) == ("good", ROSTER.entities.issuer.id)


def test_a_builder_leaves_what_is_signed_as_it_is():
    """Text that would be trimmed, or sorted, elsewhere is under the credential's signature."""
    credential = signed(a_roster()["credential"] | {"description": " Members ", "keywords": ["b", "a", "b"]})
    roster = from_json({"kind": "roster", "id": "eciu", "credential": credential})
    assert roster.credential == credential
    assert (roster.version, parse_entry(render(roster), strict=True)) == (1, roster)


@pytest.mark.parametrize("value", [1.5, None], ids=["float", "null"])
def test_a_credential_outside_canonical_json_is_no_entry(value):
    """What other vocabularies may hold, and our logs never do."""
    credential = signed(a_roster()["credential"] | {"score": value})
    with pytest.raises(MalformedError):
        render(from_json(a_roster() | {"credential": credential}))


def test_only_the_credential_may_hold_what_is_not_known():
    """The exemption ends where the foreign vocabulary does."""
    with pytest.raises(InadmissibleError) as refused:
        from_json(a_roster() | {"termsOfUse": "x"})
    assert [problem.where for problem in refused.value.problems] == ["termsOfUse"]


def a_member(number: int) -> dict:
    """Return one of many members: two keys of its log, and two cosigners by two algorithms each."""
    origin = f"ledger.university-{number}.example.org/nostra"
    seeds = [hashlib.sha256(f"{number} {part}".encode()).digest() for part in range(4)]
    first, second = (Signer(origin, seed).verifier.render() for seed in seeds[:2])
    whole = [
        {"claim": claim, "verifierKey": Signer(f"{origin}/{claim}", seed, 4).verifier.render()}
        for claim, seed in zip(("mirror", "witness"), seeds[2:], strict=True)
    ]
    hashed = [
        {"claim": claim, "verifierKeyHash": b64url(hashlib.sha256(f"{number} {claim}".encode()).digest())}
        for claim in ("mirror", "witness")
    ]
    last = a_tuni_member()["logKeys"][0]["last"]
    keys = [{"from": "2026-01-01", "last": last, "verifierKey": first}, {"from": "2026-01-01", "verifierKey": second}]
    return a_tuni_member() | {
        "id": f"https://{origin}", "origin": origin, "logKeys": keys, "cosigners": whole + hashed,
        "operator": f"university-{number}", "name": f"The University of Example Number {number}",
    }  # fmt: skip


def test_a_roster_has_room_for_forty_members_after_a_change_of_every_key():
    """An entry has 65,535 bytes; the largest alliances of universities have some fifteen members."""
    members = [a_member(number) for number in range(40)]
    credential = signed(a_roster()["credential"] | {"credentialSubject": members})
    assert len(render(from_json(a_roster() | {"credential": credential}))) < MAX_ENTRY_BYTES


def test_a_log_says_its_own_next_key_and_no_other():
    """The same entry is admissible in the log that it names, and nowhere else."""
    key = from_json(a_key())
    assert key.verifier_key == NEW_KEY.verifier
    assert check(key, origin=TUNI) == []
    assert [problem.where for problem in check(key, origin=DCU)] == ["key"]


def test_each_next_key_has_its_number():
    """The third key is version 3: one of the same number can't follow the same key twice."""
    third = sign_key(Signer(TUNI, ASSERTION.sign(b"third")[:32]), from_="2027-01-01", version=3)
    assert (third.id, third.version) == ("log-key", 3)
    assert parse_entry(canonical.encode(a_key()), strict=True).version == 2


@pytest.mark.parametrize(("leaf", "closed"), [(20840, True), (20839, False), (20841, False)])
def test_a_succession_closes_only_at_its_own_place(leaf, closed):
    """It is the last leaf of the size that it names."""
    assert from_json(a_succession()).closes_at(leaf) is closed
