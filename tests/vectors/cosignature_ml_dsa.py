"""Cases of cosignatures of type 06: a note, the cosigners' keys, and who cosigned when, or the refusal.

The signed message is put together here by hand, and signed by an implementation that the verifier does not use.
"""

import base64
import struct
from collections.abc import Iterator
from typing import Any

from protocol.encoding.note import Note, NoteSignature, sign_note
from protocol.encoding.wire import b64
from protocol.gossip.cosignature import cosign
from protocol.log.merkle import EMPTY_ROOT
from tests.support.examples import COSIGNED, LOG, ORIGIN, PARTNERS, seed
from tests.support.ml_dsa import DeterministicSigner
from tests.vectors import checkpoint
from tests.vectors.note import damaged

TIME = COSIGNED[0]
SIZE, ROOT = 20852163, seed("root")
TEXT = checkpoint.text(str(SIZE), b64(ROOT))
ALFA = DeterministicSigner("mirror.alfa.example", seed("alfa, ML-DSA"))
BETA = DeterministicSigner("mirror.beta.example", seed("beta, ML-DSA"))
STRANGER = DeterministicSigner("stranger.example", seed("stranger, ML-DSA"))
LONG_NAME = DeterministicSigner("n" * 255, seed("long"))
LONG_ORIGIN = "o" * 255
KEYS = [key.verifier.render() for key in (PARTNERS[0], ALFA, BETA)]


def message(
    name: str = ALFA.verifier.name, time: int = TIME, origin: str = ORIGIN, *, start: int = 0, end: int = SIZE,
    root: bytes = ROOT, label: bytes = b"subtree/v1\n\x00", numbers: str = ">Q",
) -> bytes:  # fmt: skip
    """Return a cosigned message with any parts."""
    pack = struct.Struct(numbers).pack
    named, logged = name.encode(), origin.encode()
    return b"".join(
        [label, bytes([len(named)]), named, pack(time), bytes([len(logged)]), logged, pack(start), pack(end), root]
    )


def line(signed: bytes | None = None, time: int = TIME, signer: DeterministicSigner = ALFA) -> NoteSignature:
    """Return a cosigner's line over any message."""
    if signed is None:
        signed = message(signer.verifier.name, time)
    return value(time.to_bytes(8, "big") + signer.sign(signed), signer)


def value(data: bytes, signer: DeterministicSigner = ALFA) -> NoteSignature:
    """Return a cosigner's line with any bytes after its key ID."""
    return NoteSignature(signer.verifier.name, signer.verifier.key_id, data)


def note(*lines: NoteSignature, text: str = TEXT) -> bytes:
    """Return the signed checkpoint with cosignature lines."""
    return Note(text, (*sign_note(text, LOG).signatures, *lines)).render()


EXTENDED = checkpoint.text(str(SIZE), b64(ROOT), "an extension line")
EMPTY = checkpoint.text("0", b64(EMPTY_ROOT))
OF_LONG_ORIGIN = checkpoint.text(str(SIZE), b64(ROOT), origin=LONG_ORIGIN)
OF_TOO_LONG_ORIGIN = checkpoint.text(str(SIZE), b64(ROOT), origin=LONG_ORIGIN + "o")

READ = {
    "one": ("One partner cosigned", note(line()), [(ALFA, TIME)]),
    "both-types": ("One partner cosigned with both its keys", note(cosign(TEXT, PARTNERS[0], TIME), line()),
                   [(PARTNERS[0], TIME), (ALFA, TIME)]),
    "two": ("Two partners cosigned", note(line(), line(signer=BETA, time=TIME + 7)), [(ALFA, TIME), (BETA, TIME + 7)]),
    "unknown-cosigner": ("A cosigner that is not known is ignored", note(line(signer=STRANGER), line()),
                         [(ALFA, TIME)]),
    "extension-lines": ("The signed message leaves out the extension lines", note(line(), text=EXTENDED),
                        [(ALFA, TIME)]),
    "time-zero": ("Time 0: the tree is signed, and not said to be the latest, so it does not count",
                  note(line(time=0), line(signer=BETA)), [(BETA, TIME)]),
    "largest-time": ("The latest time, 2^63-1", note(line(time=2**63 - 1)), [(ALFA, 2**63 - 1)]),
    "empty-log": ("The log has no entry yet", note(line(message(end=0, root=EMPTY_ROOT)), text=EMPTY), [(ALFA, TIME)]),
    "longest-name": ("A cosigner's name of 255 bytes", note(line(signer=LONG_NAME)), [(LONG_NAME, TIME)]),
    "longest-origin": ("An origin of 255 bytes", note(line(message(origin=LONG_ORIGIN)), text=OF_LONG_ORIGIN),
                       [(ALFA, TIME)]),
}  # fmt: skip
REFUSED = {
    "other-time": ("The time was changed after signing", note(line(message(), TIME + 1))),
    "damaged": ("One bit of the signature is turned", note(damaged(line()))),
    "other-size": ("The message is of another tree size", note(line(message(end=SIZE + 1)))),
    "other-root": ("The message is of another root hash", note(line(message(root=seed("other root"))))),
    "other-origin": ("The message is of another log", note(line(message(origin="other.example/nostra")))),
    "other-name": ("The message names another cosigner", note(line(message("mirror.beta.example")))),
    "other-key": ("Another key signed the message", note(value(line(message(), signer=BETA).value))),
    "other-label": ("The message begins with another label", note(line(message(label=b"subtree/v2\n\x00")))),
    "label-cut": ("The label lacks its zero byte", note(line(message(label=b"subtree/v1\n")))),
    "part-of-the-tree": ("The message does not begin at the first leaf", note(line(message(start=256)))),
    "little-endian": ("Numbers are written in the wrong order of bytes", note(line(message(numbers="<Q")))),
    "with-context": ("FIPS 204's context is not empty",
                     note(value(TIME.to_bytes(8, "big") + ALFA.sign(message(), b"subtree/v1")))),
    "ed25519-message": ("The key signed the message of type 04",
                        note(line(f"cosignature/v1\ntime {TIME}\n{TEXT}".encode()))),
    "plain-signature": ("The key signed the text itself", note(line(TEXT.encode()))),
    "time-zero-other": ("A line with time 0 that does not verify", note(line(message(), 0))),
    "no-time": ("The line holds a signature without a time", note(value(line().value[8:]))),
    "too-long": ("A byte follows the signature", note(value(line().value + b"\x00"))),
    "too-short": ("The signature lacks a byte", note(value(line().value[:-1]))),
    "ed25519-length": ("The line holds a signature of 64 bytes", note(value(line().value[:72]))),
    "time-beyond": ("The time is 2^63", note(line(time=1 << 63))),
    "no-checkpoint": ("The note's text is no checkpoint", note(line(), text="a\nb\nc\n")),
    "empty-log-other-root": ("An empty tree with another root hash",
                             note(line(message(end=0)), text=checkpoint.text("0", b64(ROOT)))),
    "origin-too-long": ("An origin of 256 bytes has no signed message",
                        note(line(message(origin=LONG_ORIGIN)), text=OF_TOO_LONG_ORIGIN)),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the note in base64, `keys` the cosigners' verifier keys."""
    for name, (description, data, cosigned) in READ.items():
        others = {who.verifier.render() for who, _ in cosigned} - set(KEYS)
        yield f"cosignature/ml-dsa-{name}", {
            "description": description, "input": base64.b64encode(data).decode(), "keys": [*KEYS, *others],
            "gives": {"cosigned": [{"name": who.verifier.name, "time": time} for who, time in cosigned]},
        }  # fmt: skip
    for name, (description, data) in REFUSED.items():
        yield f"cosignature/ml-dsa-{name}", {
            "description": description, "input": base64.b64encode(data).decode(), "keys": KEYS,
            "error": "BadSignatureError",
        }  # fmt: skip
