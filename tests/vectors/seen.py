"""Cases of asking what was last seen of a log: requests as notes, answers as JSON, and what each says or why not."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding import jcs
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note, sign_note
from protocol.encoding.wire import b64
from protocol.gossip.seen import Held, SeenAnswer, SeenRequest, sign_seen_request
from protocol.log.merkle import EMPTY_ROOT
from tests.support.examples import COSIGNED, DECIDER, LOG, ORIGIN, seed
from tests.vectors import checkpoint
from tests.vectors.note import damaged

KEYS = [LOG.verifier.render(), Signer(DECIDER, seed("deciding log")).verifier.render()]
TO, TIME = f"{DECIDER}/mirror", COSIGNED[0]
HEADER = "nostra/seen/v1"


def request(*lines: str, header: str = HEADER, origin: str = ORIGIN, signer: Signer = LOG) -> bytes:
    """Return any lines as a signed note."""
    return sign_note("\n".join([header, origin, *lines, ""]), signer).render()


ASKED = sign_note(f"{HEADER}\n{ORIGIN}\n{TO}\n{TIME}\n", LOG)
REQUESTS = {
    "request": ("A log asks a partner", sign_seen_request(SeenRequest(ORIGIN, TO, TIME), LOG), (TO, TIME)),
    "request-of-1970": ("Time 0", request(TO, "0"), (TO, 0)),
    "request-to-any-name": ("A key name of another script", request("зеркало.example", "5"), ("зеркало.example", 5)),
}  # fmt: skip
BAD_REQUESTS = {
    "request-other-header": ("Another first line", request(TO, str(TIME), header="nostra/seen/v2"), "MalformedError"),
    "request-without-time": ("No time", request(TO), "MalformedError"),
    "request-with-more": ("A line too many", request(TO, str(TIME), "x"), "MalformedError"),
    "request-leading-zero": ("The time begins with a zero", request(TO, f"0{TIME}"), "MalformedError"),
    "request-negative": ("The time is negative", request(TO, "-5"), "MalformedError"),
    "request-time-beyond": ("The time is 2^63", request(TO, str(2**63)), "MalformedError"),
    "request-to-no-name": ("A blank in the name", request("a mirror", str(TIME)), "MalformedError"),
    "request-to-nobody": ("An empty name", request("", str(TIME)), "MalformedError"),
    "request-bad-origin": ("The second line is no origin", request(TO, str(TIME), origin="a b"), "MalformedError"),
    "request-too-long": ("More than 8,192 bytes", request("n" * 8192, str(TIME)), "MalformedError"),
    "request-is-a-checkpoint": ("The note is the log's checkpoint", checkpoint.signed(checkpoint.text()),
                                "MalformedError"),
    "request-damaged": ("One bit of the signature is turned",
                        Note(ASKED.text, (damaged(ASKED.signatures[0]),)).render(), "BadSignatureError"),
    "request-of-a-stranger": ("No trusted key of that origin", request(TO, "5", origin="stranger.example/nostra"),
                              "NoTrustedKeyError"),
    "request-by-another": ("Another trusted log asks about this one",
                           request(TO, "5", signer=Signer(DECIDER, seed("deciding log"))), "NoTrustedKeyError"),
    "request-by-a-cosigner": ("A cosigner's key under the log's name signed it",
                              request(TO, "5", signer=Signer(ORIGIN, seed("log"), COSIGNATURE)), "NoTrustedKeyError"),
}  # fmt: skip

NOTE = checkpoint.signed(checkpoint.text("9"))
EXTENDED = checkpoint.signed(checkpoint.text("9", checkpoint.ROOT, "cafe\u0301"))
ANSWERS = {
    "answer": ("A mirror holds 7 entries and has seen a note at 9", SeenAnswer(ORIGIN, Held(7, seed("held")), NOTE)),
    "answer-nothing": ("Nothing was ever seen of that log", SeenAnswer(ORIGIN)),
    "answer-note-alone": ("A note was seen, and nothing is held", SeenAnswer(ORIGIN, None, NOTE)),
    "answer-held-alone": ("Entries are held, and no note was kept", SeenAnswer(ORIGIN, Held(7, seed("held")))),
    "answer-held-empty": ("The mirror has begun, with no entry yet", SeenAnswer(ORIGIN, Held(0, EMPTY_ROOT))),
    "answer-not-nfc": ("The note is quoted as it was signed, in no Unicode form", SeenAnswer(ORIGIN, None, EXTENDED)),
}  # fmt: skip
HELD = {"root": b64(seed("held")), "size": 7}
GOOD = {"held": HELD, "note": NOTE.decode(), "origin": ORIGIN, "v": 1}


def answer(**members: Any) -> bytes:
    """Return the good answer with other members; None leaves one out."""
    return jcs.encode({name: value for name, value in (GOOD | members).items() if value is not None})


def held(**members: Any) -> bytes:
    """Return the good answer with other members of what is held; None leaves one out."""
    return answer(held={name: value for name, value in (HELD | members).items() if value is not None})


BAD_ANSWERS = {
    "answer-empty": ("No byte", b""),
    "answer-not-json": ("Cut off", answer()[:-1]),
    "answer-array": ("An array", b"[]"),
    "answer-blanks": ("Blanks between the members", answer().replace(b',"v"', b', "v"')),
    "answer-other-order": ("The members are not sorted", b'{"v":1,"origin":"' + ORIGIN.encode() + b'"}'),
    "answer-member-twice": ("A member twice", answer()[:-1] + b',"v":1}'),
    "answer-other-escape": ("A newline is written \\u000a", answer().replace(b"\\n", b"\\u000a")),
    "answer-unknown-member": ("A member more", answer(w=1)),
    "answer-null": ("A null", answer().replace(b'"v":1', b'"v":null')),
    "answer-other-version": ("Version 2", answer(v=2)),
    "answer-version-float": ("The version is 1.0", answer().replace(b'"v":1', b'"v":1.0')),
    "answer-version-true": ("The version is true", answer(v=True)),
    "answer-no-origin": ("The origin is missing", answer(origin=None)),
    "answer-bad-origin": ("An origin in capitals", answer(origin="LEDGER.example.edu/nostra", note=None)),
    "answer-other-origin": ("The note is another log's", answer(origin=DECIDER)),
    "answer-size-negative": ("A negative size", held(size=-1)),
    "answer-size-text": ("A size as text", held(size="7")),
    "answer-size-beyond": ("A size of 2^53", answer().replace(b'"size":7', b'"size":9007199254740992')),
    "answer-size-missing": ("No size", held(size=None)),
    "answer-root-short": ("A root hash of 31 bytes", held(root=b64(bytes(31)))),
    "answer-root-base64url": ("A root hash in base64url", held(root="_" * 43)),
    "answer-held-more": ("A member more in what is held", held(time=5)),
    "answer-note-bytes": ("The note is no note", answer(note="a\n")),
    "answer-note-no-checkpoint": ("The note is no checkpoint", answer(note=ASKED.render().decode())),
    "answer-note-surrogate": ("Half a pair in the note", answer().replace(b"9\\n", b"9\\ud800\\n")),
    "answer-not-utf-8": ("A byte that is not UTF-8", answer().replace(b"9\\n", b"9\xff\\n")),
    "answer-newline": ("A newline at the end", answer() + b"\n"),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` in base64; with `keys`, the verifier keys of logs, it is a request, else an answer."""
    for name, (description, data, (to, time)) in REQUESTS.items():
        yield f"seen/{name}", {
            "description": description, "gives": {"origin": ORIGIN, "time": time, "to": to},
            "input": _b64(data), "keys": KEYS,
        }  # fmt: skip
    for name, (description, data, error) in BAD_REQUESTS.items():
        yield f"seen/{name}", {"description": description, "error": error, "input": _b64(data), "keys": KEYS}
    for name, (description, value) in ANSWERS.items():
        yield f"seen/{name}", {
            "description": description, "gives": as_json(value), "input": _b64(value.render()),
        }  # fmt: skip
    for name, (description, data) in BAD_ANSWERS.items():
        yield f"seen/{name}", {"description": description, "error": "MalformedError", "input": _b64(data)}


def as_json(value: SeenAnswer) -> dict[str, Any]:
    """Return an answer as a JSON value, its note in base64."""
    return {
        "held": None if value.held is None else {"root": b64(value.held.root), "size": value.held.size},
        "note": None if value.note is None else _b64(value.note),
        "origin": value.origin,
    }


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
