"""Pushes an own log to a partner's mirror until the mirror has cosigned a checkpoint (C2SP tlog-mirror, as a client).

::

    add-checkpoint   the note, with the proof that it extends what was pending there       → pending
    add-entries      the entries that it lacks, in packages with a proof each              → 202, go on; 200, cosigned

What the mirror has is remembered, so that in the ordinary run a batch costs these two requests, on a connection that is
kept alive, with proofs from memory; to a mirror that takes the first as the ticket of the second
(`node.gossip.mirror.upload`), it costs one. What is remembered may be wrong at any time: another process of ours pushes
the same log, the mirror was restored, a request was given up half-way. Then the mirror's 409 says what it has, and the
push goes on from there. So `push` may be cancelled anywhere.

What is pushed is durable here and may not be released yet: mirrors are the ones who see it first.
"""

from typing import Final

from node.client.cosigning import MirrorClient, Missing
from node.config import PartnerSettings
from node.errors import BadAnswerError, ConflictError, PushBackError
from node.gossip.release.packages import Packages
from node.log.prove import LogReader
from node.log.state import Published
from protocol.encoding.note import Note, NoteSignature
from protocol.errors import BadSignatureError, StaleSizeError
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.add_entries import Upload
from protocol.gossip.cosignature import verify
from protocol.gossip.mirror_info import MAX_TICKET_BYTES
from protocol.log.proofs import consistency_spans
from protocol.log.tile import TILE_WIDTH

MOST_CONFLICTS: Final = 4
"""Answers in one push that say the mirror has something else than we thought; more is a mirror at odds with itself."""


class MirrorPush:
    """Pushes one log to the mirror of one partner."""

    def __init__(self, reader: LogReader, partner: PartnerSettings, client: MirrorClient) -> None:
        """Push what this reader reads; only lines of the partner's `mirror_keys` count."""
        self._reader = reader
        self._partner = partner
        self._client = client
        self._packages = Packages(reader)
        self._pending = 0
        """Size of the checkpoint that is pending there, as far as we know."""
        self._next = 0
        """The first entry that isn't there, as far as we know."""

    @property
    def partner(self) -> PartnerSettings:
        """Whose mirror it is."""
        return self._partner

    async def push(self, target: Published) -> tuple[NoteSignature, ...]:
        """Return the mirror's verified lines over this very note, once it holds all entries up to its size.

        Raises:
            ConflictError: The mirror has seen a larger size of the log, which is `known_size`.
            NodeError: UnreachableError, BadAnswerError, or what the mirror refused with.
        """
        if target.size > self._reader.state.head.size:
            raise PushBackError(f"size {target.size} isn't known here yet")
        ticket = b""
        if self._client.takes_checkpoints:
            ticket = (await self._request(target)).render()
        if not 0 < len(ticket) <= MAX_TICKET_BYTES:
            ticket = b""
            await self._offer(target)
        try:
            return self._verified(target, await self._bring_all(target, ticket))
        finally:
            await self._packages.end()

    async def _bring_all(self, target: Published, ticket: bytes) -> tuple[NoteSignature, ...]:
        """Bring what is missing, request by request, and return the mirror's lines."""
        conflicts = 0
        while True:
            start = min(self._next, target.size)
            upload = Upload(self._reader.state.head.origin, start, target.size, ticket)
            answer = await self._client.add_entries(upload, await self._packages.take(upload))
            if not isinstance(answer, Missing):
                self._pending = self._next = target.size
                return answer
            self._next = min(answer.info.next_entry, target.size)
            got_on = start < self._next and self._next >= _first_package_end(start, target.size)
            if not (answer.accepted and got_on):
                conflicts += 1
            if conflicts > MOST_CONFLICTS:
                raise BadAnswerError(f"the mirror of {self._partner.name} does not get on from entry {self._next}")
            if answer.info.size != target.size:
                self._pending = answer.info.size
                await self._offer(target)

    async def _offer(self, target: Published) -> None:
        """Make the target the pending checkpoint."""
        for _ in range(MOST_CONFLICTS):
            try:
                await self._client.add_checkpoint(await self._request(target))
            except StaleSizeError as error:
                self._pending = error.size
                if error.size > target.size:
                    raise ConflictError(
                        f"the mirror of {self._partner.name} has seen size {error.size} of the log, beyond "
                        f"{target.size}",
                        known_size=error.size,
                    ) from None
            else:
                self._pending = target.size
                return
        raise BadAnswerError(f"the mirror of {self._partner.name} asks for a proof from ever another size")

    async def _request(self, target: Published) -> AddCheckpoint:
        """Return what asks that the target be pending, from what is pending as far as we know."""
        old = min(self._pending, target.size)
        proof = await self._reader.hashes(consistency_spans(old, target.size))
        return AddCheckpoint(old, tuple(proof), target.note)

    def _verified(self, target: Published, lines: tuple[NoteSignature, ...]) -> tuple[NoteSignature, ...]:
        """Return the lines that hold; those of keys that we can't verify with are left out, and so are unknown ones."""
        text, keys = Note.parse(target.note).text, self._partner.mirror_keys
        try:
            found = {(one.key.name, one.key.key_id) for one in verify(Note(text, lines), keys)}
        except BadSignatureError as error:
            raise BadAnswerError(
                f"the mirror of {self._partner.name} sent a line that isn't its own: {error}"
            ) from None
        if not found:
            raise BadAnswerError(f"the mirror of {self._partner.name} cosigned by none of its keys that we know")
        return tuple(line for line in lines if (line.name, line.key_id) in found)


def _first_package_end(start: int, size: int) -> int:
    """Return where an upload's first package ends: a mirror that accepts less of it than that is only holding us up."""
    return min(size, start - start % TILE_WIDTH + TILE_WIDTH)
