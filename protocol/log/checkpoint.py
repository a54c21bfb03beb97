"""Checkpoints (C2SP tlog-checkpoint v1.0.0): what a log says of its tree, as the text of a signed note.

::

    ledger.example.org/nostra          origin: the log's name for good
    20852163                           tree size, decimal
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
                                       root hash, padded base64
    extension line                     zero or more, not empty; kept, never relied on

    — ledger.example.org/nostra Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+Z…MTOAYQ8=

The log signs with a key whose name is its origin. An empty tree has size 0 and the root hash SHA-256 of nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from protocol.encoding.keys import Signer, VerifierKey
from protocol.encoding.note import Note, NoteSignature, open_note, sign_note
from protocol.encoding.wire import b64, parse_b64_hash, parse_decimal
from protocol.errors import MalformedError, NoTrustedKeyError
from protocol.log.ended_key import counting
from protocol.log.merkle import EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Origin, tree size and root hash, with the extension lines if there are any."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Checkpoint":
        """Read the text of a checkpoint note.

        Raises:
            MalformedError: It is not a checkpoint.
        """
        checkpoint = cls.parse_stated(text)
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            raise MalformedError("the root hash of an empty tree is SHA-256 of nothing", "checkpoint")
        return checkpoint

    @classmethod
    def parse_stated(cls, text: str) -> "Checkpoint":
        """Read the text as it stands, also where it states a root hash that an empty tree can't have.

        A witness answers that lie apart from bytes that are no checkpoint; everybody else takes `parse`.

        Raises:
            MalformedError: It is not in the form of a checkpoint.
        """
        return _parse_stated(text)

    def render(self) -> str:
        """Return the text that is signed."""
        return "\n".join([self.origin, str(self.size), b64(self.root), *self.extensions, ""])


@lru_cache(256)
def _parse_stated(text: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise MalformedError("expected origin, tree size and root hash, each on its line", "checkpoint")
    origin, size_text, root_text, *extensions = lines
    size = parse_decimal(size_text, "checkpoint, tree size")
    root = parse_b64_hash(root_text, "checkpoint, root hash")
    return Checkpoint(origin, size, root, tuple(extensions))


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> bytes:
    """Return the checkpoint as a note signed by the log's key, whose name is the origin."""
    if signer.verifier.name != checkpoint.origin:
        raise ValueError(f"the key '{signer.verifier.name}' does not sign for '{checkpoint.origin}'")
    return sign_note(checkpoint.render(), signer).render()


def open_checkpoint(data: bytes, verifiers: Iterable[VerifierKey]) -> tuple[Checkpoint, Note]:
    """Read a note, verify that a log key among `verifiers` signed it for its own origin, and return its checkpoint.

    Raises:
        MalformedError: It is not a checkpoint note.
        BadSignatureError: A known key's signature does not verify.
        NoTrustedKeyError: No known key of that origin signed it.
    """
    note = Note.parse(data)
    checkpoint = Checkpoint.parse(note.text)
    verify_signed(checkpoint, note, verifiers)
    return checkpoint, note


def verify_signed(checkpoint: Checkpoint, note: Note, verifiers: Iterable[VerifierKey]) -> tuple[NoteSignature, ...]:
    """Verify that a log key among `verifiers` signed the note for the origin that its checkpoint states.

    A key that ended counts only up to its end (`protocol.log.ended_key`).

    Returns:
        The lines that were verified and count; whatever others have added is not among them.

    Raises:
        BadSignatureError: A known key's signature does not verify.
        NoTrustedKeyError: No known key of that origin signed it, or it lies beyond the end of each that did.
    """
    keys = [key for key in verifiers if key.name == checkpoint.origin]
    if not keys:
        raise NoTrustedKeyError(f"no trusted key for {checkpoint.origin}")
    counted = counting(open_note(note, keys), keys, size=checkpoint.size, root=checkpoint.root)
    signed = {(key.name, key.key_id) for key in counted}
    return tuple(line for line in note.signatures if (line.name, line.key_id) in signed)
