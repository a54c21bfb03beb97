"""Has a witness of the trust policy cosign what was released: any C2SP tlog-witness, ours or another program's."""

from typing import Final

from node.client.cosigning import WitnessClient
from node.errors import BadAnswerError, ConflictError
from node.log.prove import LogReader
from node.log.state import Published
from protocol.encoding.note import Note, NoteSignature
from protocol.errors import BadSignatureError, StaleSizeError
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.cosignature import verify
from protocol.gossip.policy_text import Witness
from protocol.log.proofs import consistency_spans

MOST_CONFLICTS: Final = 3


class WitnessPush:
    """One log and one witness."""

    def __init__(self, reader: LogReader, witness: Witness, client: WitnessClient) -> None:
        """Ask this witness; only lines of its key in the policy count."""
        self._reader = reader
        self._witness = witness
        self._client = client
        self._size = 0
        """The size that it cosigned last, as far as we know."""

    async def push(self, target: Published) -> tuple[NoteSignature, ...]:
        """Return the witness's verified line over this note.

        Raises:
            NodeError: It doesn't cosign.
        """
        for _ in range(MOST_CONFLICTS):
            old = min(self._size, target.size)
            proof = await self._reader.hashes(consistency_spans(old, target.size))
            try:
                lines = await self._client.add_checkpoint(AddCheckpoint(old, tuple(proof), target.note))
            except StaleSizeError as error:
                self._size = error.size
                if error.size > target.size:
                    raise ConflictError(
                        f"the witness {self._witness.name} has cosigned size {error.size}, beyond {target.size}",
                        known_size=error.size,
                    ) from None
            else:
                self._size = target.size
                return self._verified(target, lines)
        raise BadAnswerError(f"the witness {self._witness.name} asks for a proof from ever another size")

    def _verified(self, target: Published, lines: tuple[NoteSignature, ...]) -> tuple[NoteSignature, ...]:
        key = self._witness.key
        ours = tuple(line for line in lines if (line.name, line.key_id) == (key.name, key.key_id))
        try:
            verify(Note(Note.parse(target.note).text, ours), [key])
        except BadSignatureError as error:
            raise BadAnswerError(f"the witness {self._witness.name} sent a line that isn't its own: {error}") from None
        if not ours:
            raise BadAnswerError(f"the witness {self._witness.name} cosigned by no key that we know")
        return ours
