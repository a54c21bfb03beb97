"""What a log pushes to our mirror (C2SP tlog-mirror, main branch of July 2026).

============== ====== ============================================================================================
add-checkpoint 200    the checkpoint is pending: kept, and not cosigned; the body is empty
               400    malformed, or the old size is beyond the checkpoint's
               403    not signed by the log's key; or the log has signed two histories
               404    a log that this node doesn't mirror
               409    another size is pending, which is the body
               422    the proof does not hold
add-entries    200    all up to the upload's end are held durably, and this checkpoint is cosigned: our lines
               202    something was accepted, more is missing: `text/x.tlog.mirror-info` says from where to go on
               400    nothing could be read
               403, 404   as above
               409    this upload's start or end doesn't fit what is here: `text/x.tlog.mirror-info`
               422    nothing is pending, or a package's proof does not hold
both           503    not now: the database, or this mirror after a restore
============== ====== ============================================================================================

Each package is verified by itself against the pending checkpoint before it is accepted (`node.gossip.mirror.receive`),
and becomes durable in `node.gossip.mirror.intake`. The mirror gives out empty tickets: the last notes that were pending
are remembered. It takes one, beyond the specification, from whoever was told so (TICKET_HEADER of a 200): the bytes of
an add-checkpoint request. It is held to the same rule, and its checkpoint becomes pending in the same commit as the
entries, so that a batch costs one request instead of two. Where it doesn't fit, the answer is as without it.
"""

from collections.abc import AsyncIterator
from typing import Final

from node.clock import Clock
from node.errors import NodeError
from node.gossip.cosigning.plain_answer import TEXT, PlainAnswer, line
from node.gossip.mirror.mirror import Mirror
from node.gossip.mirror.mirrors import MirrorSet
from node.gossip.mirror.receive import Offer, Receiver, conflict
from node.gossip.mirror.upload_limits import UploadLimits
from node.log.follow import InconsistentError, Target
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import warn
from protocol.encoding.note import Note
from protocol.errors import (
    BadProofError,
    BadSignatureError,
    MalformedError,
    NoTrustedKeyError,
    ProtocolError,
    StaleSizeError,
)
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.add_entries import Upload
from protocol.gossip.witness import SIZE_TYPE, render_size
from protocol.log.checkpoint import Checkpoint, verify_signed

MAX_REQUEST_BYTES: Final = 64 * 1024
"""A checkpoint with its log's own line and the longest proof has 4 KiB; the rest is room for others' lines."""

UNKNOWN: Final = "this node does not mirror that log"


class MirrorUploads:
    """Receives for all mirrors of a node."""

    def __init__(self, mirrors: MirrorSet, clock: Clock) -> None:
        """Receive for these mirrors; their `on_inconsistent` is told of signed notes that don't fit together."""
        self._mirrors = mirrors
        self._limits = UploadLimits(clock)

    async def add_checkpoint(self, body: bytes) -> PlainAnswer:
        """Answer a request that makes a checkpoint the pending one."""
        try:
            if len(body) > MAX_REQUEST_BYTES:
                raise MalformedError(f"a request has at most {MAX_REQUEST_BYTES} bytes", "add-checkpoint")
            request = AddCheckpoint.parse(body)
            checkpoint, note = request.stated()
            mirror = self._mirrors.find(checkpoint.origin)
            if mirror is None:
                return line(404, UNKNOWN)
            return await self._offer(mirror, request, checkpoint=checkpoint, note=note)
        except MalformedError as error:
            return line(400, str(error))
        except (BadSignatureError, NoTrustedKeyError) as error:
            return line(403, str(error))
        except NodeError as error:
            return line(503, str(error))
        except DATABASE_FAILURES as error:
            return _no_database(error)

    async def _offer(
        self, mirror: Mirror, request: AddCheckpoint, *, checkpoint: Checkpoint, note: Note
    ) -> PlainAnswer:
        lines = verify_signed(checkpoint, note, mirror.partner.log_keys)
        await mirror.begin()
        if refused := _refused(mirror):
            return refused
        target = Target(checkpoint, Note(note.text, lines).render())
        try:
            await mirror.intake.offer(request, target)
        except (StaleSizeError, BadProofError) as error:
            self._tell(mirror, target, error)
            if isinstance(error, StaleSizeError):
                return PlainAnswer(409, SIZE_TYPE, render_size(error.size))
            return line(422, str(error))
        return PlainAnswer(200, TEXT, b"")

    def _tell(self, mirror: Mirror, target: Target, error: StaleSizeError | BadProofError) -> None:
        """Tell of a signed note that may not be one history with what is pending; whether it is, is looked at there."""
        known = mirror.holding.pending
        if known is None or known.checkpoint == target.checkpoint:
            return
        if isinstance(error, BadProofError) or target.checkpoint.size <= known.checkpoint.size:
            self._mirrors.on_inconsistent(InconsistentError(known, target))

    async def add_entries(self, body: AsyncIterator[bytes]) -> PlainAnswer:
        """Answer a request that brings entries; its body is read only as far as it is good."""
        with self._limits.opened() as opened:
            receiver = Receiver(self._limits.pieces(opened, body), lambda: self._limits.advance(opened))
            try:
                upload = await receiver.head()
                if upload is None:
                    return line(400, "the body ends before its first package")
                mirror = self._mirrors.find(upload.origin)
                if mirror is None:
                    return line(404, UNKNOWN)
                await mirror.begin()
                return _refused(mirror) or await self._receive(receiver, upload, mirror)
            except MalformedError as error:
                return line(400, str(error))
            except NodeError as error:
                return line(503, str(error))
            except DATABASE_FAILURES as error:
                return _no_database(error)

    async def _receive(self, receiver: Receiver, upload: Upload, mirror: Mirror) -> PlainAnswer:
        offer = _offered(upload, mirror)
        try:
            return await receiver.receive(upload, mirror, offer)
        except (BadProofError, StaleSizeError) as error:
            if offer is not None:
                self._tell(mirror, offer.target, error)
            return line(422, str(error)) if isinstance(error, BadProofError) else conflict(upload, mirror)


def _offered(upload: Upload, mirror: Mirror) -> Offer | None:
    """Return the checkpoint that an upload brings as its ticket; None if that is another thing, or not signed."""
    try:
        request = AddCheckpoint.parse(upload.ticket)
        checkpoint, note = request.stated()
        if (checkpoint.origin, checkpoint.size) != (upload.origin, upload.end):
            return None
        lines = verify_signed(checkpoint, note, mirror.partner.log_keys)
    except ProtocolError:
        return None
    return Offer(request, Target(checkpoint, Note(note.text, lines).render()))


def _refused(mirror: Mirror) -> PlainAnswer | None:
    claim = mirror.holding.claim
    if refusal := claim.refusal:
        return line(403 if claim.is_convicted else 503, refusal)
    return None


def _no_database(error: Exception) -> PlainAnswer:
    warn("database_unreachable", failure=str(error))
    return line(503, "the node can't ask its database now")
