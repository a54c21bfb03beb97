"""Whatever a mirror answers costs its own push, and a line that isn't its own never comes back."""

import pytest

from node.client import Bounds, HttpClient
from node.client.cosigning import MirrorClient
from node.config import PartnerSettings
from node.errors import BadAnswerError, ConflictError, ForbiddenError, NodeError, NotFoundError, UnreachableError
from node.gossip.release.push import MirrorPush
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.gossip.cosignature import cosign
from protocol.gossip.mirror_info import MirrorInfo
from protocol.gossip.witness import render_lines
from tests.support.lying_mirror import LyingMirror, endless, hanging_up, saying, silent
from tests.support.memory_log import SIGNER, History

MIRROR = Signer("mirror.example/mirror", b"\6" * 32, COSIGNATURE)
HISTORY = History([b"entry %d" % leaf for leaf in range(9)])
TARGET = HISTORY.reader().published
OK = saying(200)
QUICK = Bounds(connect_seconds=1, total_seconds=1, stall_seconds=0.3)


def lines(text: str = "", signer: Signer = MIRROR) -> bytes:
    """Return the body of an answer with one line."""
    return render_lines([cosign(text or Note.parse(TARGET.note).text, signer, 1_700_000_000)])


def info(size: int, following: int) -> bytes:
    """Return the body of an answer that something is missing."""
    return MirrorInfo(size, following).render()


LIES = {
    "a 500 at first": (saying(500), OK, BadAnswerError, "500"),
    "a 404 at first": (saying(404, b"who?\n"), OK, NotFoundError, "404"),
    "a 403 at first": (saying(403, b"no\n"), OK, ForbiddenError, "403"),
    "an empty 409": (saying(409), OK, BadAnswerError, "409"),
    "a 409 of noise": (saying(409, b"seven\n"), OK, BadAnswerError, "409"),
    "a 409 with a size beyond": (saying(409, b"12\n"), OK, ConflictError, "has seen size 12"),
    "a 409 again and again": (saying(409, b"3\n"), OK, BadAnswerError, "ever another size"),
    "noise at first": (saying(200, b"noise"), OK, BadAnswerError, "signature lines"),
    "silence": (silent, OK, UnreachableError, "in time"),
    "hanging up": (hanging_up, OK, UnreachableError, "no connection"),
    "an answer without end": (endless, OK, BadAnswerError, "doesn't end"),
    "silence then": (OK, silent, UnreachableError, "in time"),
    "hanging up then": (OK, hanging_up, UnreachableError, "no connection"),
    "without end then": (OK, endless, BadAnswerError, "doesn't end"),
    "a 500 then": (OK, saying(500), BadAnswerError, "500"),
    "a 422 then": (OK, saying(422, b"no\n"), NodeError, "422"),
    "no lines": (OK, saying(200), BadAnswerError, "signature lines"),
    "a line of noise": (OK, saying(200, b"noise\n"), BadAnswerError, "not a signature line"),
    "a line over something else": (OK, saying(200, lines("other.example/log\n1\nAA==\n")), BadAnswerError, "own"),
    "a line of another key": (
        OK, saying(200, lines(signer=Signer("x.example/m", b"\1" * 32, COSIGNATURE))), BadAnswerError, "none of its"),
    "a line of our own log": (OK, saying(200, TARGET.note.partition(b"\n\n")[2]), BadAnswerError, "none of its"),
    "a 202 that does not get on": (OK, saying(202, info(9, 0)), BadAnswerError, "does not get on"),
    "a 202 that creeps": (OK, saying(202, info(9, 1)), BadAnswerError, "does not get on"),
    "a 202 beyond the end": (OK, saying(202, info(9, 2**60)), BadAnswerError, "does not get on"),
    "a 202 of noise": (OK, saying(202, b"1\n2\n"), BadAnswerError, "202"),
    "a 409 of another size": (OK, saying(409, info(4, 4)), BadAnswerError, "does not get on"),
    "a 409 of the same": (OK, saying(409, info(9, 0)), BadAnswerError, "does not get on"),
}  # fmt: skip


@pytest.mark.parametrize(("first", "then", "error", "says"), LIES.values(), ids=LIES)
async def test_a_lie_ends_the_push(first, then, error, says):
    """Each ends it with words, after few requests; nothing is taken for a cosignature."""
    async with LyingMirror(first, then) as mirror, HttpClient(bounds=QUICK) as http:
        partner = PartnerSettings(
            "mirror", "mirror.example/log", SIGNER.verifier, mirror.url, mirror_keys=(MIRROR.verifier,)
        )
        push = MirrorPush(HISTORY.reader(), partner, MirrorClient(http, mirror.url))
        with pytest.raises(error, match=says):
            await push.push(TARGET)
        assert len(mirror.asked) <= 12
