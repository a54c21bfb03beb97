"""The witness answers as C2SP tlog-witness v1.0.0 says, case by case, and never cosigns two histories."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest

from node.gossip.cosigning.witness import WitnessAnswer
from protocol.encoding.keys import Signer
from protocol.encoding.note import Note, NoteSignature, sign_note
from protocol.gossip.cosignature import verify
from protocol.gossip.witness import parse_lines
from protocol.log.checkpoint import open_checkpoint, sign_checkpoint
from tests.support.examples import seed
from tests.support.growing_log import GrowingLog
from tests.support.witnessing import COSIGNER, SIZE, lines_of

OTHER = "another.example/log"


def a_body(log: GrowingLog, note: bytes, *, old: str = "old 0", proof: tuple[bytes, ...] = ()) -> bytes:
    """Return a request put together by hand."""
    hashes = [base64.b64encode(one).decode() for one in proof]
    return "\n".join([old, *hashes, "", ""]).encode() + note


def signed(log: GrowingLog, **changes) -> bytes:
    """Return a checkpoint that the log has signed and that isn't the true one."""
    return sign_checkpoint(replace(log.checkpoint(SIZE), **changes), log.signer)


def spelt(log: GrowingLog, text: str) -> bytes:
    """Return a text that the log has signed, whatever it is."""
    return sign_note(text, log.signer).render()


def size_line(size: str) -> Callable[[GrowingLog], bytes]:
    """Return what makes a request of a first checkpoint whose size is spelt so."""
    return lambda log: a_body(log, spelt(log, log.checkpoint(SIZE).render().replace("\n20\n", f"\n{size}\n")))


GOOD = {
    "the first checkpoint": ((), 0, SIZE),
    "the first checkpoint, of no entries": ((), 0, 0),
    "from no entries to some": (((0, 0),), 0, SIZE),
    "no entries again": (((0, 0),), 0, 0),
    "an extension": (((0, SIZE),), SIZE, 33),
    "an extension by one": (((0, SIZE),), SIZE, SIZE + 1),
    "from a power of two": (((0, 16),), 16, 33),
    "to a power of two": (((0, SIZE),), SIZE, 32),
    "the same checkpoint again": (((0, SIZE),), SIZE, SIZE),
}


@pytest.mark.parametrize(("before", "old", "new"), GOOD.values(), ids=GOOD)
async def test_checkpoint_that_extends_the_last_is_cosigned(watched, before, old, new):
    """200 with a line of each key; the state, with the log's line and ours, is in the database by then."""
    for step in before:
        await watched.ask(*step)
    watched.clock.advance(100)
    answer = await watched.ask(old, new)
    assert lines_of(watched.log, new, answer) == [watched.clock.now()] * 2
    assert await watched.cosigned() == (new, watched.log.note(new, parse_lines(answer.body)))


MALFORMED = {
    "nothing": lambda log: b"",
    "no empty line": lambda log: b"old 0\n",
    "no note": lambda log: b"old 0\n\n",
    "no old size": lambda log: a_body(log, log.note(SIZE), old="size 0"),
    "an old size with a zero before it": lambda log: a_body(log, log.note(SIZE), old="old 00"),
    "an old size with a sign": lambda log: a_body(log, log.note(SIZE), old="old +0"),
    "an old size with a blank behind": lambda log: a_body(log, log.note(SIZE), old="old 0 "),
    "an old size beyond 63 bits": lambda log: a_body(log, log.note(SIZE), old=f"old {2**63}"),
    "a negative old size": lambda log: a_body(log, log.note(SIZE), old="old -1"),
    "64 hashes": lambda log: a_body(log, log.note(SIZE), proof=(bytes(32),) * 64),
    "a hash of 31 bytes": lambda log: a_body(log, log.note(SIZE), proof=(bytes(31),)),
    "a hash without padding": lambda log: a_body(log, log.note(SIZE), old="old 0\n" + "A" * 43),
    "carriage returns": lambda log: log.request(0, SIZE).replace(b"\n", b"\r\n"),
    "a note without signature": lambda log: b"old 0\n\n" + log.checkpoint(SIZE).render().encode(),
    "a note cut short": lambda log: log.request(0, SIZE)[:-20],
    "no UTF-8": lambda log: log.request(0, SIZE).replace(b"witnessed", b"\xff\xfe"),
    "a size with a zero before it": size_line("05"),
    "a size with a sign": size_line("+20"),
    "a size beyond 63 bits": size_line(str(2**63)),
    "a root of 31 bytes": lambda log: a_body(log, spelt(log, f"{log.origin}\n20\n{'A' * 40}AA==\n")),
    "a checkpoint of two lines": lambda log: a_body(log, spelt(log, f"{log.origin}\n20\n")),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
async def test_malformed_request_is_400(watched, body):
    """What isn't spelt exactly as the specification says is no request."""
    answer = await watched.witness.add_checkpoint(body(watched.log))
    assert (answer.status, answer.media_type) == (400, "text/plain")
    assert await watched.cosigned() == (0, None)


async def test_old_size_beyond_the_checkpoint_is_400(watched):
    """An old size larger than the checkpoint's is malformed, whatever was cosigned last."""
    for steps in ((), ((0, SIZE),)):
        for step in steps:
            await watched.ask(*step)
        answer = await watched.witness.add_checkpoint(a_body(watched.log, watched.log.note(7), old=f"old {SIZE}"))
        assert answer.status == 400


async def test_unknown_log_is_404(watched):
    """A log that is no partner's is not known, however well signed."""
    stranger = GrowingLog("stranger.example/log", 5)
    answer = await watched.witness.add_checkpoint(stranger.request(0, 5))
    assert (answer.status, answer.media_type) == (404, "text/plain")


IMPOSTOR = {
    "no line of the log": lambda log: note_of(log, OTHER),
    "a line of another key of the log's name": lambda log: note_of(log, log.origin),
    "a broken line of the log's key": lambda log: broken(log.note(SIZE)),
    "a broken line beside a good one": lambda log: log.note(SIZE) + broken(log.note(SIZE)).split(b"\n\n")[1],
    "a line that signs another text": lambda log: log.note(SIZE).replace(b"\n20\n", b"\n21\n"),
    "only our own line": lambda log: Note(log.checkpoint(SIZE).render(), COSIGNER.cosign(
        log.checkpoint(SIZE).render(), 1)).render(),
}  # fmt: skip


def note_of(log: GrowingLog, name: str) -> bytes:
    """Return the log's checkpoint signed by a key that isn't the log's, under a name."""
    return sign_note(log.checkpoint(SIZE).render(), Signer(name, seed("another"))).render()


def broken(note: bytes) -> bytes:
    """Return a note whose last signature has one bit changed."""
    parsed = Note.parse(note)
    line = parsed.signatures[-1]
    return Note(parsed.text, (replace(line, value=bytes([line.value[0] ^ 1]) + line.value[1:]),)).render()


@pytest.mark.parametrize("note", IMPOSTOR.values(), ids=IMPOSTOR)
async def test_note_that_the_log_has_not_signed_is_403(watched, note):
    """Without a good line of a key trusted for the log, or with a bad one of it, nothing is considered further."""
    answer = await watched.witness.add_checkpoint(a_body(watched.log, note(watched.log)))
    assert (answer.status, answer.media_type) == (403, "text/plain")
    assert await watched.cosigned() == (0, None)


async def test_lines_of_others_are_ignored(watched):
    """A note with further lines, ours of earlier among them, is cosigned, and only the log's is kept beside ours."""
    log = watched.log
    text = log.checkpoint(SIZE).render()
    others = (*COSIGNER.cosign(text, 5), *note_lines(note_of(log, OTHER)))
    answer = await watched.witness.add_checkpoint(a_body(log, log.note(SIZE, others)))
    assert lines_of(log, SIZE, answer) == [watched.clock.now()] * 2
    assert (await watched.cosigned())[1] == log.note(SIZE, parse_lines(answer.body))


def note_lines(note: bytes) -> tuple[NoteSignature, ...]:
    """Return a note's lines."""
    return Note.parse(note).signatures


STALE = {
    "an old size, nothing cosigned yet": ((), 7, SIZE, 0),
    "zero, something cosigned": (((0, SIZE),), 0, 33, SIZE),
    "zero, the very same cosigned": (((0, SIZE),), 0, SIZE, SIZE),
    "an earlier size": (((0, 7), (7, SIZE)), 7, 33, SIZE),
    "a size never cosigned": (((0, SIZE),), 19, 33, SIZE),
    "a rollback": (((0, SIZE),), 7, 7, SIZE),
    "a size beyond": (((0, SIZE),), 33, 40, SIZE),
}


@pytest.mark.parametrize(("before", "old", "new", "known"), STALE.values(), ids=STALE)
async def test_another_old_size_is_409_with_the_size(watched, before, old, new, known):
    """An old size other than that cosigned last gets that size, in decimal and a newline, under its own media type."""
    for step in before:
        await watched.ask(*step)
    stood = await watched.cosigned()
    assert await watched.ask(old, new) == WitnessAnswer(409, "text/x.tlog.size", b"%d\n" % known)
    assert await watched.cosigned() == stood


def proven(log: GrowingLog, *proof: bytes) -> bytes:
    """Return the request for the checkpoint of 33 entries with another proof."""
    return replace(log.asked(SIZE, 33), proof=proof).render()


def on(log: GrowingLog, note: bytes, *proof: bytes) -> bytes:
    """Return a request from the size cosigned last."""
    return a_body(log, note, old=f"old {SIZE}", proof=proof)


UNPROVEN = {
    "size zero with a root": ((), lambda log: a_body(log, signed(log, size=0))),
    "size zero with a root, after size zero": (((0, 0),), lambda log: a_body(log, signed(log, size=0))),
    "a proof from size zero": ((), lambda log: a_body(log, log.note(SIZE), proof=(bytes(32),))),
    "a proof from size zero, cosigned": (((0, 0),), lambda log: a_body(log, log.note(SIZE), proof=(bytes(32),))),
    "the same size with another root": (((0, SIZE),), lambda log: on(log, signed(log, root=bytes(32)))),
    "the same size with a proof": (((0, SIZE),), lambda log: on(log, log.note(SIZE), log.root(SIZE))),
    "no proof": (((0, SIZE),), lambda log: proven(log)),
    "a proof one short": (((0, SIZE),), lambda log: proven(log, *log.proof(SIZE, 33)[:-1])),
    "a proof one long": (((0, SIZE),), lambda log: proven(log, *log.proof(SIZE, 33), bytes(32))),
    "a proof in reverse": (((0, SIZE),), lambda log: proven(log, *log.proof(SIZE, 33)[::-1])),
    "a proof from elsewhere": (((0, SIZE),), lambda log: proven(log, *log.proof(19, 33))),
    "another history": (((0, SIZE),), lambda log: log.fork(19).request(SIZE, 33)),
    "another history from the beginning": (((0, SIZE),), lambda log: log.fork(0).request(SIZE, 33)),
}


@pytest.mark.parametrize(("before", "body"), UNPROVEN.values(), ids=UNPROVEN)
async def test_checkpoint_not_shown_to_extend_the_last_is_422(watched, before, body):
    """Where the proof does not lead from what was cosigned last to the checkpoint, nothing moves."""
    for step in before:
        await watched.ask(*step)
    stood = await watched.cosigned()
    answer = await watched.witness.add_checkpoint(body(watched.log))
    assert (answer.status, answer.media_type) == (422, "text/plain")
    assert await watched.cosigned() == stood
    await watched.ask(before[-1][1] if before else 0, SIZE)
    assert lines_of(watched.log, 33, await watched.ask(SIZE, 33))


async def test_extension_lines_are_cosigned_as_they_are(watched):
    """Lines below the root hash are part of what is signed, and change nothing else."""
    log = watched.log
    note = signed(log, extensions=("something", "of the log's own"))
    answer = await watched.witness.add_checkpoint(a_body(log, note))
    found = verify(Note(Note.parse(note).text, parse_lines(answer.body)), COSIGNER.keys)
    assert len(found) == 2


async def test_convicted_log_is_403(watched):
    """Of a log that is known to have signed two histories nothing is cosigned, from that moment on."""
    await watched.ask(0, SIZE)
    watched.convicted.add(watched.log.origin)
    answer = await watched.ask(SIZE, 33)
    assert (answer.status, answer.media_type, answer.body.count(b"\n")) == (403, "text/plain", 1)
    assert (await watched.cosigned())[0] == SIZE


SUSPICIOUS = {
    "another root at the size cosigned last": (lambda log: on(log, log.fork(19).note(SIZE)), SIZE),
    "the same, asked from elsewhere": (lambda log: a_body(log, log.fork(19).note(SIZE)), SIZE),
    "a smaller checkpoint": (lambda log: log.fork(3).request(0, 7), 7),
    "a larger one that does not extend": (lambda log: log.fork(19).request(SIZE, 33), 33),
}
HARMLESS = {
    "the same checkpoint": lambda log: log.request(0, SIZE),
    "the same with a needless proof": lambda log: on(log, log.note(SIZE), bytes(32)),
    "a larger one, asked from elsewhere": lambda log: log.request(7, 33),
    "one that the log has not signed": lambda log: on(log, note_of(log, OTHER)),
}


@pytest.mark.parametrize(("body", "size"), SUSPICIOUS.values(), ids=SUSPICIOUS)
async def test_signed_note_that_does_not_fit_is_kept_aside(watched, body, size):
    """What the log has signed and isn't shown to agree with what was cosigned goes to who looks deeper."""
    await watched.ask(0, SIZE)
    await watched.witness.add_checkpoint(body(watched.log))
    ((origin, note, known),) = watched.suspected
    assert (origin, open_checkpoint(note, [watched.log.signer.verifier])[0].size) == (watched.log.origin, size)
    assert known == (await watched.cosigned())[1]


@pytest.mark.parametrize("body", HARMLESS.values(), ids=HARMLESS)
async def test_what_can_be_no_lie_of_the_log_is_not(watched, body):
    """A request that is merely wrong, or merely early, is answered and forgotten."""
    await watched.ask(0, SIZE)
    assert (await watched.witness.add_checkpoint(body(watched.log))).status >= 400
    assert watched.suspected == []
