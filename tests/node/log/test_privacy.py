"""The walk over a log's entries: each shape is proved or named, and no finding repeats what was written."""

import pytest

from node.errors import NotFoundError, UnreachableError
from node.formats.known_names import KnownNames
from node.log import privacy
from node.log.privacy import PrivacyWalk
from protocol.encoding.canonical import encode
from protocol.encoding.wire import b64url
from protocol.errors import MalformedError
from protocol.log.tile import render_bundle
from protocol.recognition.entry import render
from protocol.recognition.sealed_entry import Sealed, parse_sealed
from protocol.recognition.texts import separate
from tests.support.entries import sealed_entries
from tests.support.foreign_entries import NOT_UNDERSTOOD, a_rule_with_texts
from tests.support.reference import mth
from tests.vectors.recognition_examples import TEXTS_SALT, a_withdrawal, an_achievement

RULE, COMMITMENT, TEXTS = a_rule_with_texts()


async def walk(*bundles, texts=None, known=None):
    """Walk over bundles of entries, with what is served behind each commitment."""
    served = {COMMITMENT: TEXTS} if texts is None else texts

    async def each():
        for bundle in bundles:
            yield render_bundle(bundle)

    async def read_texts(commitment):
        answer = served.get(commitment, NotFoundError("gone"))
        if isinstance(answer, Exception):
            raise answer
        return answer

    return await PrivacyWalk(known, lambda entries: None).read(each(), read_texts)


def a_sealed(**values) -> bytes:
    """Return a sealed entry with some values of one's choice."""
    one = parse_sealed(sealed_entries("chosen", 1)[0])
    return Sealed(**{"document": one.document, "statement": one.statement, "tag": one.tag} | values).render()


async def test_a_log_of_honest_entries_has_nothing_to_find():
    """Sealed ones are counted, clear ones read, their texts too; the root hash is that of what was walked."""
    entries = [*sealed_entries("honest", 300), RULE, render_of(an_achievement())]
    found = await walk(entries[:256], entries[256:])
    assert (found.entries, dict(found.kinds)) == (302, {"sealed": 300, "rule": 1, "achievement": 1})
    assert (found.strange.count, found.no_noise.count, found.signs.count, found.repeated) == (0, 0, 0, 0)
    assert (found.texts, found.texts_missing, found.texts_false) == (1, 0, 0)
    assert found.root == mth(entries)


def render_of(value) -> bytes:
    """Return the entry of a builder's plain value."""
    return encode(value)


async def test_the_empty_log_has_nothing_to_find():
    """No entry, no finding."""
    found = await walk()
    assert (found.entries, found.root) == (0, mth([]))


async def test_what_is_not_understood_is_named():
    """Nothing can be said of what is in it: kept by mirrors, and never proved clean."""
    found = await walk([*NOT_UNDERSTOOD, *sealed_entries("strange", 2)])
    assert found.strange.count == len(NOT_UNDERSTOOD)
    assert [leaf for leaf, _ in found.strange.first] == list(range(len(NOT_UNDERSTOOD)))


@pytest.mark.parametrize("beside", [[], [RULE]], ids=["a bundle of sealed entries", "a mixed bundle"])
@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"Aino Esimerkki, born 7 May 1999.", id="text"),
        pytest.param(b"Aino" + bytes(28), id="padded text"),
        pytest.param(bytes(32), id="zeros"),
        pytest.param(bytes(range(8)) * 4, id="a pattern"),
    ],
)
@pytest.mark.parametrize("member", ["document", "statement", "tag"])
async def test_a_value_that_is_no_noise_is_named(beside, value, member):
    """In whichever of the three it hides; the finding names the member and not the value."""
    found = await walk([*sealed_entries("noise", 4), a_sealed(**{member: b64url(value)}), *beside])
    assert (found.no_noise.count, found.no_noise.first) == (1, [(4, member)])


async def test_random_values_look_like_noise():
    """Sixty thousand of them: no false alarm."""
    assert (await walk(*[sealed_entries(f"random {at}", 200) for at in range(100)])).no_noise.count == 0


@pytest.mark.parametrize("parts", [500_000, 4])
async def test_a_value_that_stands_twice_is_counted(monkeypatch, parts):
    """Whichever member it is in, however many parts the log is looked through in."""
    monkeypatch.setattr(privacy, "PART_WORDS", parts)
    (one,) = sealed_entries("twice", 1)
    other = a_sealed(document=parse_sealed(one).document, tag=b64url(bytes(range(200, 232))))
    found = await walk([*sealed_entries("others", 20), one], [other, *sealed_entries("more", 20)])
    assert found.repeated == 1


def a_rule_that_says(text: str) -> tuple[bytes, str, bytes]:
    """Return a withdrawal whose reasons hold a text, its commitment, and the texts document."""
    value = {name: one for name, one in a_withdrawal().items() if name != "texts"}
    entry, document = separate(value | {"reasons": {"en": text}}, salt=TEXTS_SALT)
    return render(entry), document.commitment, document.render()


async def test_texts_beside_the_log_are_looked_at():
    """A birth date in a reason is found at its leaf; neither it nor the name is repeated."""
    entry, commitment, document = a_rule_that_says("As Mr Esimerkki, born 7.5.1999, has left.")
    found = await walk([*sealed_entries("texts", 3), entry], texts={commitment: document})
    assert {leaf for leaf, _ in found.signs.first} == {3}
    told = " ".join(what for _, what in found.signs.first)
    assert "beside the log, texts.reasons.en: a birth date" in told
    assert "Esimerkki" not in told
    assert "1999" not in told


async def test_clear_entries_are_looked_at():
    """A name that the node knows in the title of an achievement, and an address in an outcome."""
    entry = an_achievement() | {"title": {"en": "Thesis of Aino Esimerkki"}}
    entry["learningOutcomes"] = [{"en": "Can be asked at aino@example.org"}]
    found = await walk([render_of(entry)], known=KnownNames(["Aino Esimerkki"]))
    assert found.strange.count == 0, found.strange.first
    assert [what for _, what in found.signs.first] == [
        "learningOutcomes[0].en: an e-mail address",
        "title.en: a person whom this node knows",
    ]


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        pytest.param(NotFoundError("gone"), (0, 1, 0), id="missing"),
        pytest.param(b"\xff", (0, 0, 1), id="noise"),
        pytest.param(encode({"salt": b64url(bytes(32)), "texts": {"reasons": {"en": "x"}}}), (1, 0, 1), id="another"),
        pytest.param(encode({"hidden": "born 1999-05-07"}), (1, 0, 1), id="no texts"),
    ],
)
async def test_texts_that_are_not_as_committed_are_counted(answer, counted):
    """What can be read is looked at all the same."""
    found = await walk([RULE], texts={COMMITMENT: answer})
    assert (found.texts, found.texts_missing, found.texts_false) == counted
    assert found.signs.count == (isinstance(answer, bytes) and b"born" in answer)


async def test_a_walk_that_cannot_go_on_says_so():
    """A broken bundle, and a server that is gone: an error, never a clean report."""

    async def broken():
        yield b"\x00"

    with pytest.raises(MalformedError):
        await PrivacyWalk(None, lambda entries: None).read(broken(), None)
    with pytest.raises(UnreachableError):
        await walk([RULE], texts={COMMITMENT: UnreachableError("away")})
