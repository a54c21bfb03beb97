"""Cases of cosignatures: a note, the cosigners' keys, and who cosigned when, or the refusal."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note, NoteSignature, sign_note
from protocol.gossip.cosignature import cosign
from tests.support.examples import COSIGNED, LOG, PARTNERS, seed
from tests.vectors import checkpoint
from tests.vectors.note import damaged

TEXT = checkpoint.text()
SIGNED = sign_note(TEXT, LOG)
ALFA, BETA, _ = PARTNERS
TIME = COSIGNED[0]
LINE = cosign(TEXT, ALFA, TIME)
KEYS = [ALFA.verifier.render(), BETA.verifier.render()]


def note(*lines: NoteSignature, text: str = TEXT) -> bytes:
    """Return the signed checkpoint with cosignature lines."""
    return Note(text, (*sign_note(text, LOG).signatures, *lines)).render()


def value(data: bytes) -> NoteSignature:
    """Return a line of the first partner with any bytes after its key ID."""
    return NoteSignature(LINE.name, LINE.key_id, data)


EXTENDED = checkpoint.text("5", checkpoint.ROOT, "an extension line")

READ = {
    "one": ("One partner cosigned", note(LINE), [("alfa", TIME)]),
    "two": ("Two partners cosigned", note(LINE, cosign(TEXT, BETA, TIME + 7)), [("alfa", TIME), ("beta", TIME + 7)]),
    "none": ("Nobody cosigned: the policy says whether that will do", note(), []),
    "twice": ("One partner cosigned again, later", note(LINE, cosign(TEXT, ALFA, TIME + 900)),
              [("alfa", TIME), ("alfa", TIME + 900)]),
    "unknown-cosigner": ("A cosigner that is not known is ignored",
                         note(cosign(TEXT, Signer("stranger.example", seed("stranger"), COSIGNATURE), TIME), LINE),
                         [("alfa", TIME)]),
    "extension-lines": ("The signed message holds the extension lines",
                        note(cosign(EXTENDED, ALFA, TIME), text=EXTENDED), [("alfa", TIME)]),
    "largest-time": ("The latest time, 2^63-1", note(cosign(TEXT, ALFA, 2**63 - 1)), [("alfa", 2**63 - 1)]),
}  # fmt: skip
REFUSED = {
    "other-time": ("The time was changed after signing",
                   note(value((TIME + 1).to_bytes(8, "big") + LINE.value[8:]))),
    "damaged": ("One bit of the signature is turned", note(damaged(LINE))),
    "other-text": ("The cosignature is over another checkpoint", note(cosign(checkpoint.text("7"), ALFA, TIME))),
    "extension-left-out": ("The message lacks the extension lines", note(cosign(TEXT, ALFA, TIME), text=EXTENDED)),
    "no-time": ("The line holds a signature without a time", note(value(LINE.value[8:]))),
    "too-long": ("A byte follows the signature", note(value(LINE.value + b"\x00"))),
    "time-beyond": ("The time is 2^63", note(value((1 << 63).to_bytes(8, "big") + LINE.value[8:]))),
    "plain-signature": ("The key signed the text itself, not a cosignature's message",
                        note(value(TIME.to_bytes(8, "big") + ALFA.sign(TEXT.encode())))),
    "no-domain": ("The message lacks its first line",
                  note(value(TIME.to_bytes(8, "big") + ALFA.sign(f"time {TIME}\n{TEXT}".encode())))),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the note in base64, `keys` the cosigners' verifier keys."""
    for name, (description, data, cosigned) in READ.items():
        yield f"cosignature/{name}", {
            "description": description, "input": base64.b64encode(data).decode(), "keys": KEYS,
            "gives": {"cosigned": [{"name": f"mirror.{who}.example", "time": time} for who, time in cosigned]},
        }  # fmt: skip
    for name, (description, data) in REFUSED.items():
        yield f"cosignature/{name}", {
            "description": description, "input": base64.b64encode(data).decode(), "keys": KEYS,
            "error": "BadSignatureError",
        }  # fmt: skip
