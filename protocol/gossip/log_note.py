"""What a log says to other nodes in signed notes that are no checkpoints.

::

    nostra/<what>/v1
    <origin>                           the log that says it
    <line>                             what it says, line by line

The envelope is that of every signed note (`protocol.encoding.note`). It counts when a key of that log, whose name is
the origin, has signed it. Nobody can take it for a checkpoint: it would be one of a log named ``nostra/<what>/v1``,
which has not signed it.
"""

from collections.abc import Iterable, Sequence

from protocol.encoding.keys import Signer, VerifierKey
from protocol.encoding.note import Note, open_note, sign_note
from protocol.encoding.wire import check_origin
from protocol.errors import MalformedError, NoTrustedKeyError
from protocol.log.ended_key import unended


def sign_log_note(header: str, origin: str, lines: Iterable[str], *, signer: Signer) -> bytes:
    """Return the text as a note signed by the log's key, whose name is the origin."""
    if signer.verifier.name != origin:
        raise ValueError(f"the key '{signer.verifier.name}' does not sign for '{origin}'")
    return sign_note("\n".join([header, origin, *lines, ""]), signer).render()


def open_log_note(data: bytes, header: str, log_keys: Iterable[VerifierKey], *, most: int) -> tuple[str, Sequence[str]]:
    """Verify that a log signed the note, and return its origin and the lines below.

    Args:
        data: The note.
        header: The first line that is expected.
        log_keys: Keys of logs that are trusted; those of this origin count, unless they have ended.
        most: The most bytes that such a note has.

    Raises:
        MalformedError: It is not such a note.
        NoTrustedKeyError: No known key of that origin signed it.
        BadSignatureError: A known key's signature does not verify.
    """
    where = header.split("/")[1]
    if len(data) > most:
        raise MalformedError(f"has at most {most} bytes", where)
    note = Note.parse(data)
    first, *lines = note.text[:-1].split("\n")
    if first != header or not lines:
        raise MalformedError(f"expected the line '{header}', and the log's origin below", where)
    origin = lines[0]
    check_origin(origin, where)
    keys = [key for key in unended(log_keys) if key.name == origin]
    if not keys:
        raise NoTrustedKeyError(f"no trusted key for {origin}")
    open_note(note, keys)
    return origin, lines[1:]
