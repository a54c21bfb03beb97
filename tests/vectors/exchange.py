"""Cases of what two nodes tell each other in a round of gossip: the bytes, and the notes in them, or the refusal."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding import jcs
from protocol.encoding.note import sign_note
from protocol.gossip.exchange import Exchange
from tests.support.examples import DECIDER, DECIDING_LOG, LOG
from tests.vectors import checkpoint, cosignature, cosignature_ml_dsa

NOTE = checkpoint.signed(checkpoint.text("9"))
OTHER = checkpoint.signed(checkpoint.text("20", origin=DECIDER), DECIDING_LOG)
READ = {
    "two": ("The newest notes of two logs", (NOTE, OTHER)),
    "nothing": ("Nothing was seen yet", ()),
    "other-order": ("Their order says nothing, and is kept", (OTHER, NOTE)),
    "one-log-twice": ("Two notes of one log", (NOTE, checkpoint.signed(checkpoint.text("8")))),
    "cosigned": ("Cosigned by two, with both types of keys",
                 (cosignature.note(cosignature.LINE, cosignature_ml_dsa.line()),)),
    "unknown-log": ("A log that the reader may not know",
                    (checkpoint.signed(checkpoint.text("5", origin="Any log: 1")),)),
    "empty-tree-other-root": ("An empty tree with another root hash: whoever opens the note refuses it",
                              (checkpoint.signed(checkpoint.text("0")),)),
    "not-nfc": ("A note is quoted as it was signed, in no Unicode form",
                (checkpoint.signed(checkpoint.text("9", checkpoint.ROOT, "cafe\u0301")),)),
}  # fmt: skip
GOOD = Exchange((NOTE,)).render()


def told(*notes: Any, **members: Any) -> bytes:
    """Return any notes, and other members."""
    return jcs.encode({"notes": list(notes), "v": 1} | members)


TEXT = NOTE.decode()
REFUSED = {
    "empty": ("No byte", b""),
    "not-json": ("Cut off", GOOD[:-1]),
    "array": ("The notes alone", jcs.encode([TEXT])),
    "other-version": ("Version 2", told(TEXT, v=2)),
    "no-version": ("No version", b'{"notes":[]}'),
    "no-notes": ("No notes", b'{"v":1}'),
    "notes-as-text": ("The notes are one text", told(notes=TEXT)),
    "note-as-number": ("A note is a number", told(5)),
    "note-as-null": ("A note is null", b'{"notes":[null],"v":1}'),
    "unknown-member": ("A member more", told(TEXT, w=1)),
    "other-order-of-members": ("The members are not sorted", b'{"v":1,"notes":[]}'),
    "blanks": ("A blank between the members", GOOD.replace(b',"v"', b', "v"')),
    "member-twice": ("A member twice", GOOD[:-1] + b',"v":1}'),
    "other-escape": ("A newline is written \\u000a", GOOD.replace(b"\\n", b"\\u000a")),
    "no-note": ("A text without a signature line", told("a\n")),
    "no-checkpoint": ("A note that is no checkpoint", told(sign_note("a\nb\nc\n", LOG).render().decode())),
    "one-bad-of-two": ("A good note, and one cut off", told(TEXT, TEXT[:-1])),
    "surrogate": ("Half a pair in a note", GOOD.replace(b"9\\n", b"9\\ud800\\n")),
    "not-utf-8": ("A byte that is not UTF-8", GOOD.replace(b"9\\n", b"9\xff\\n")),
    "trailing": ("A newline at the end", GOOD + b"\n"),
    "nested": ("Notes within notes, three thousand deep", b'{"notes":' + b"[" * 3_000 + b"]" * 3_000 + b',"v":1}'),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the JSON in base64, `notes` the notes in it, each in base64."""
    for name, (description, notes) in READ.items():
        yield f"exchange/{name}", {
            "description": description, "gives": {"notes": [_b64(note) for note in notes]},
            "input": _b64(Exchange(notes).render()),
        }  # fmt: skip
    for name, (description, data) in REFUSED.items():
        yield f"exchange/{name}", {"description": description, "error": "MalformedError", "input": _b64(data)}


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
