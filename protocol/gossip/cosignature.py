r"""Ed25519 cosignatures of checkpoints (C2SP tlog-cosignature v1.0.1, signature type 0x04).

A cosigner adds to a checkpoint note a line whose signature bytes are ``u64be(time) ‖ Ed25519 signature``, made over::

    cosignature/v1
    time 1679315147                    POSIX seconds, decimal, at most 2^63 − 1
    ledger.example.org/nostra          the checkpoint's whole text, extension lines and last newline included
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

What it claims is the cosigner's: a witness claims that of all checkpoints of this origin it has seen, this one extends
every earlier one; a mirror claims besides that it holds and serves the entries. The message does not name the cosigner,
so one key never serves two. The type 0x06 (ML-DSA-44) is not known here: its lines are carried and ignored.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from protocol.encoding.keys import COSIGNATURE, SIGNATURE_BYTES, Signer, VerifierKey
from protocol.encoding.note import Note, NoteSignature
from protocol.encoding.wire import MAX_SIZE
from protocol.errors import BadSignatureError, MalformedError

_TIME_BYTES: Final = 8


class Cosignature(NamedTuple):
    """Who cosigned, and when by their clock, in POSIX seconds."""

    key: VerifierKey
    time: int


def cosign(text: str, signer: Signer, time: int) -> NoteSignature:
    """Return the line by which a cosigner adds its claim to a checkpoint's text.

    Args:
        text: The checkpoint's text, as `Note.text` holds it.
        signer: A key of the cosignature type.
        time: POSIX seconds.
    """
    verifier = signer.verifier
    if verifier.algorithm != COSIGNATURE:
        raise ValueError(f"the key '{verifier.name}' is not a cosigner's (type 04)")
    if not 0 <= time <= MAX_SIZE:
        raise ValueError("a time lies within 0 and 2^63-1")
    signature = signer.sign(_message(text, time))
    return NoteSignature(verifier.name, verifier.key_id, time.to_bytes(_TIME_BYTES, "big") + signature)


def verify(note: Note, keys: Iterable[VerifierKey]) -> tuple[Cosignature, ...]:
    """Verify every line of a known cosigner and return who cosigned when, in the order of the lines.

    Lines of keys that are not given are ignored, and so are given keys of another type. No line at all gives an empty
    tuple: how many are needed is the policy's to say. A cosigner that signed twice is returned twice.

    Raises:
        BadSignatureError: A known cosigner's line does not verify.
    """
    known = {(key.name, key.key_id): key for key in keys if key.algorithm == COSIGNATURE}
    return tuple(
        Cosignature(key, _verify_line(note.text, line, key))
        for line in note.signatures
        if (key := known.get((line.name, line.key_id))) is not None
    )


def read_time(line: NoteSignature) -> int:
    """Return the time that a cosignature line states, without verifying it.

    Raises:
        MalformedError: The line does not hold a time and an Ed25519 signature.
    """
    if len(line.value) != _TIME_BYTES + SIGNATURE_BYTES or line.value[0] >= 0x80:
        raise MalformedError("not a time and a signature of 64 bytes", f"cosignature of '{line.name}'")
    return int.from_bytes(line.value[:_TIME_BYTES], "big")


def _verify_line(text: str, line: NoteSignature, key: VerifierKey) -> int:
    try:
        time = read_time(line)
    except MalformedError:
        raise BadSignatureError(f"the cosignature of '{key.name}' is not a time and a signature") from None
    key.verify(_message(text, time), line.value[_TIME_BYTES:])
    return time


def _message(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()
