r"""Cosignatures of checkpoints (C2SP tlog-cosignature, at the state of mid-2026 that has type 0x06).

A cosigner adds to a checkpoint note a line whose signature bytes are ``u64be(time) ‖ signature``; the time is POSIX
seconds, at most 2^63 − 1. With type 0x04 the signature is Ed25519's over::

    cosignature/v1
    time 1679315147                    decimal
    ledger.example.org/nostra          the checkpoint's whole text, extension lines and last newline included
    20852163
    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

With type 0x06 it is ML-DSA-44's, over these bytes, integers big-endian::

    "subtree/v1\n\0"                   12 bytes
    u8 length, cosigner's key name     1 to 255 bytes
    u64 time                           the same as in the line
    u8 length, origin                  1 to 255 bytes
    u64 start                          0: a checkpoint is of the whole tree
    u64 end                            tree size
    root hash                          32 bytes; extension lines aren't signed, and nothing is claimed of them

What it claims is the cosigner's: a witness claims that of all checkpoints of this origin it has seen, this one extends
every earlier one; a mirror claims besides that it holds and serves the entries. The message of 0x04 does not name the
cosigner, so one key never serves two. Type 0x06 with time 0 signs a tree without claiming that it is the latest: such a
line is verified and not counted here.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

from protocol.encoding import ml_dsa
from protocol.encoding.keys import COSIGNATURE, COSIGNING, ML_DSA_44, SIGNATURE_BYTES, Signer, VerifierKey
from protocol.encoding.note import Note, NoteSignature
from protocol.encoding.wire import MAX_ORIGIN_BYTES, MAX_SIZE
from protocol.errors import BadSignatureError, MalformedError
from protocol.log.checkpoint import Checkpoint

_TIME_BYTES: Final = 8

_KEPT: Final = 1024
"""Lines that were verified and aren't verified again: a note comes by many ways. What doesn't verify isn't kept."""

_LABEL: Final = b"subtree/v1\n\0"


class Cosignature(NamedTuple):
    """Who cosigned, and when by their clock, in POSIX seconds."""

    key: VerifierKey
    time: int


def cosign(text: str, signer: Signer, time: int) -> NoteSignature:
    """Return the line by which a cosigner adds its claim to a checkpoint's text.

    Args:
        text: The checkpoint's text, as `Note.text` holds it.
        signer: A key of a cosignature type.
        time: POSIX seconds; not 0 with type 06, where it would take the claim back.

    Raises:
        MalformedError: With type 06: the text is not a checkpoint's, or its origin has more than 255 bytes.
    """
    verifier = signer.verifier
    if verifier.algorithm not in COSIGNING:
        raise ValueError(f"the key '{verifier.name}' is not a cosigner's (type 04 or 06)")
    first = 1 if verifier.algorithm == ML_DSA_44 else 0
    if not first <= time <= MAX_SIZE:
        raise ValueError(f"a time lies within {first} and 2^63-1")
    signature = signer.sign(_message(text, verifier, time))
    return NoteSignature(verifier.name, verifier.key_id, time.to_bytes(_TIME_BYTES, "big") + signature)


def verify(note: Note, keys: Iterable[VerifierKey]) -> tuple[Cosignature, ...]:
    """Verify every line of a known cosigner and return who cosigned when, in the order of the lines.

    Lines of keys that are not given are ignored, and so are given keys of another type. So are given ML-DSA-44 keys
    where the installation can't verify them: what is not verified is never returned. No line at all gives an empty
    tuple: how many are needed is the policy's to say. A cosigner that signed twice is returned twice.

    Raises:
        BadSignatureError: A known cosigner's line does not verify.
    """
    names = {line.name for line in note.signatures}
    known = {(key.name, key.key_id): key for key in keys if key.name in names and _verifiable(key)}
    found = (
        Cosignature(key, _verify_line(note.text, line, key))
        for line in note.signatures
        if (key := known.get((line.name, line.key_id))) is not None
    )
    return tuple(one for one in found if one.time or one.key.algorithm != ML_DSA_44)


def holds(text: str, line: NoteSignature, keys: Iterable[VerifierKey]) -> bool:
    """Return whether a line under this text is a known cosigner's, and verifies."""
    try:
        return bool(verify(Note(text, (line,)), keys))
    except BadSignatureError:
        return False


def read_time(line: NoteSignature) -> int:
    """Return the time that a cosignature line states, without verifying it.

    Raises:
        MalformedError: The line does not hold a time and a signature of one of the two types.
    """
    if len(line.value) - _TIME_BYTES not in {SIGNATURE_BYTES[algorithm] for algorithm in COSIGNING}:
        raise MalformedError("not a time and a signature of 64 bytes or of 2420", f"cosignature of '{line.name}'")
    time = int.from_bytes(line.value[:_TIME_BYTES], "big")
    if time > MAX_SIZE:
        raise MalformedError("its time is beyond 2^63-1", f"cosignature of '{line.name}'")
    return time


def _verifiable(key: VerifierKey) -> bool:
    return key.algorithm == COSIGNATURE or (key.algorithm == ML_DSA_44 and ml_dsa.available())


@lru_cache(_KEPT)
def _verify_line(text: str, line: NoteSignature, key: VerifierKey) -> int:
    try:
        time = read_time(line)
        message = _message(text, key, time)
    except MalformedError as error:
        raise BadSignatureError(f"the cosignature of '{key.name}' can't be one: {error.what}") from None
    key.verify(message, line.value[_TIME_BYTES:])
    return time


def _message(text: str, key: VerifierKey, time: int) -> bytes:
    """Return what a cosigner's key signs; MalformedError where this text has no such message."""
    if key.algorithm == COSIGNATURE:
        return f"cosignature/v1\ntime {time}\n{text}".encode()
    checkpoint = Checkpoint.parse(text)
    parts = [
        _LABEL, _short(key.name), _u64(time), _short(checkpoint.origin), _u64(0), _u64(checkpoint.size), checkpoint.root
    ]  # fmt: skip
    return b"".join(parts)


def _short(text: str) -> bytes:
    data = text.encode()
    if len(data) > MAX_ORIGIN_BYTES:
        raise MalformedError(f"'{text[:60]}…' has more than {MAX_ORIGIN_BYTES} bytes", "cosigned message")
    return bytes([len(data)]) + data


def _u64(value: int) -> bytes:
    return value.to_bytes(8, "big")
