"""Asks witnesses and mirrors to cosign a checkpoint (C2SP tlog-witness, tlog-mirror), ours and other programs'.

Strict in what is sent, tolerant in what comes back: an answer that isn't the specification's is an error of that server
and says nothing of the log. 403 and 404 are both used for a log that isn't known there; a 409 without a size can't be
answered by asking again; a 500 proves nothing. What the lines are worth, `protocol.gossip.cosignature` says.
"""

import asyncio
import gzip
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from node.client.problems import error_of
from node.client.transport import Answer, HttpClient
from node.errors import BadAnswerError
from protocol.encoding.note import NoteSignature
from protocol.errors import MalformedError, StaleSizeError
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.add_entries import Upload
from protocol.gossip.mirror_info import MAX_INFO_BYTES, MirrorInfo
from protocol.gossip.witness import MAX_ANSWER_BYTES, parse_lines, parse_size

OK: Final = 200
ACCEPTED: Final = 202
CONFLICT: Final = 409

TEXT: Final = {"Content-Type": "text/plain; charset=utf-8"}
BYTES: Final = {"Content-Type": "application/octet-stream"}

TICKET_HEADER: Final = "Nostra-Ticket"
TICKET_CHECKPOINT: Final = "add-checkpoint"
"""In the answer of a mirror that takes a checkpoint as an upload's ticket (`node.gossip.mirror.upload`)."""

SAMPLE_BYTES: Final = 4096
"""So much of a body is compressed to see whether the whole is worth it; smaller ones fit a few packets as they are."""

WORTH: Final = 0.6
"""Sealed entries, which are mostly hashes, stay above: on most lines sending them costs less than compressing."""


@dataclass(frozen=True, slots=True)
class Missing:
    """A mirror doesn't have all entries yet; it says from where to go on."""

    info: MirrorInfo
    accepted: bool
    """Whether it kept something of what was sent (202), or nothing, for it did not fit (409)."""


class WitnessClient:
    """Asks one witness."""

    def __init__(self, http: HttpClient, prefix: str) -> None:
        """Ask the witness whose submission prefix this is."""
        self._http = http
        self.prefix = prefix.rstrip("/")

    async def add_checkpoint(self, request: AddCheckpoint) -> tuple[NoteSignature, ...]:
        """Return the lines of a witness for a checkpoint, none of them verified.

        Raises:
            StaleSizeError: It has seen another size of the log last, and says which.
            NodeError: UnreachableError, BadAnswerError, or what it refused with.
        """
        return _lines(await self._add_checkpoint(request))

    async def _add_checkpoint(self, request: AddCheckpoint) -> Answer:
        url = f"{self.prefix}/add-checkpoint"
        answer = await self._http.request("POST", url, most=MAX_ANSWER_BYTES, body=request.render(), headers=TEXT)
        if answer.status == CONFLICT:
            raise StaleSizeError(_size(answer))
        if answer.status != OK:
            raise error_of(answer)
        return answer


class MirrorClient(WitnessClient):
    """Asks one mirror, which cosigns once it holds all entries."""

    takes_checkpoints = False
    """Whether it has said that it takes the bytes of an add-checkpoint request as the ticket of an upload."""

    async def add_checkpoint(self, request: AddCheckpoint) -> tuple[NoteSignature, ...]:
        """Make a checkpoint the pending one; some mirrors are a witness besides, and send its lines.

        Raises:
            StaleSizeError: Another size is pending.
            NodeError: As for a witness.
        """
        answer = await self._add_checkpoint(request)
        self.takes_checkpoints = answer.headers.get(TICKET_HEADER) == TICKET_CHECKPOINT
        return _lines(answer) if answer.body else ()

    async def add_entries(self, upload: Upload, packages: Iterable[bytes]) -> tuple[NoteSignature, ...] | Missing:
        """Bring rendered packages, the upload's first ones or all; return the mirror's lines once it holds all.

        Raises:
            NodeError: UnreachableError, BadAnswerError, or what it refused with.
        """
        body, headers = b"".join([upload.render(), *packages]), BYTES
        if _is_worth_compressing(body):
            body, headers = await asyncio.to_thread(gzip.compress, body, 1), BYTES | {"Content-Encoding": "gzip"}
        most = max(MAX_ANSWER_BYTES, MAX_INFO_BYTES)
        answer = await self._http.request("POST", f"{self.prefix}/add-entries", most=most, body=body, headers=headers)
        if answer.status in (ACCEPTED, CONFLICT):
            return Missing(_info(answer), answer.status == ACCEPTED)
        if answer.status != OK:
            raise error_of(answer)
        return _lines(answer)


def _is_worth_compressing(body: bytes) -> bool:
    sample = body[:SAMPLE_BYTES]
    return len(body) > SAMPLE_BYTES and len(zlib.compress(sample, 1)) < WORTH * len(sample)


def _lines(answer: Answer) -> tuple[NoteSignature, ...]:
    try:
        return parse_lines(answer.body)
    except MalformedError as error:
        raise _unusable(answer, error) from None


def _size(answer: Answer) -> int:
    try:
        return parse_size(answer.body)
    except MalformedError as error:
        raise _unusable(answer, error) from None


def _info(answer: Answer) -> MirrorInfo:
    try:
        return MirrorInfo.parse(answer.body)
    except MalformedError as error:
        raise _unusable(answer, error) from None


def _unusable(answer: Answer, error: MalformedError) -> BadAnswerError:
    return BadAnswerError(f"{answer.url}: answered with HTTP status {answer.status}, and {error}")
