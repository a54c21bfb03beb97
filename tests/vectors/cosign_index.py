"""Cases of requests to an index cosigner: the bytes, and the parts in them, or the refusal."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding.note import Note, sign_note
from protocol.encoding.wire import b64
from protocol.gossip.cosign_index import MAX_REQUEST_BYTES, CosignIndex
from protocol.gossip.cosignature import cosign
from protocol.log.index_note import IndexHead, index_signer, sign_index
from protocol.log.trie import EMPTY
from tests.support.examples import COSIGNED, DECIDER, DECIDING_LOG, LOG, ORIGIN, PARTNERS, seed

TRIE, BEFORE = seed("trie root"), seed("trie root before")


def a_note(size: int, trie_root: bytes = TRIE) -> bytes:
    """Return the log's index note at a size."""
    return sign_index(IndexHead(ORIGIN, size, seed(f"root at {size}"), trie_root), LOG)


def cosigned(note: bytes) -> bytes:
    """Return a note with the lines of all partners."""
    opened = Note.parse(note)
    lines = [cosign(opened.text, key, time) for key, time in zip(PARTNERS, COSIGNED, strict=True)]
    return opened.adding(lines).render()


NOTE, SHOWN = a_note(9), cosigned(a_note(7, BEFORE))
READ = {
    "first": ("The log shows no index yet", CosignIndex(TRIE, NOTE)),
    "usual": ("With the note that the log shows, and the lines on it", CosignIndex(TRIE, NOTE, SHOWN)),
    "again": ("The note that is shown is to be cosigned anew", CosignIndex(BEFORE, a_note(7, BEFORE), SHOWN)),
    "shown-is-larger": ("The note that is shown is of a larger tree: that is for the reader to judge",
                        CosignIndex(TRIE, a_note(5), SHOWN)),
    "empty": ("The index of an empty log",
              CosignIndex(EMPTY, sign_index(IndexHead(ORIGIN, 0, seed("root at 0"), EMPTY), LOG))),
    "other-root": ("A root that the note does not bind: whoever computes it sees that", CosignIndex(BEFORE, NOTE)),
}  # fmt: skip
USUAL = READ["usual"][1].render()
OTHER_LOG = sign_index(IndexHead(DECIDER, 7, seed("root"), TRIE), DECIDING_LOG)
CHECKPOINT = sign_note(f"{ORIGIN}\n9\n{b64(seed('root'))}\n", LOG).render()
EXTENDED = sign_note(Note.parse(NOTE).text + "further\n", index_signer(LOG)).render()
HEAD = f"trie {b64(TRIE)}\n\n".encode()
REFUSED = {
    "nothing": ("No byte", b""),
    "no-note": ("The root alone", HEAD),
    "no-root": ("The note alone", NOTE),
    "root-too-short": ("A root of 31 bytes", f"trie {b64(TRIE[:31])}\n\n".encode() + NOTE),
    "root-unpadded": ("The root without padding", HEAD.replace(b"=", b"", 1) + NOTE),
    "two-blanks": ("A blank more", HEAD.replace(b"trie ", b"trie  ") + NOTE),
    "other-word": ("Another word than trie", HEAD.replace(b"trie", b"root") + NOTE),
    "carriage-return": ("The head ends as in other systems", HEAD.replace(b"\n\n", b"\r\n\r\n") + NOTE),
    "checkpoint": ("A checkpoint is no index note", HEAD + CHECKPOINT),
    "checkpoint-is-shown": ("A checkpoint is shown", HEAD + NOTE + b"\n" + CHECKPOINT),
    "further-line": ("An index note has no further lines", HEAD + EXTENDED),
    "two-logs": ("The note that is shown is of another log", HEAD + NOTE + b"\n" + OTHER_LOG),
    "three-notes": ("A note more", USUAL + b"\n" + NOTE),
    "no-empty-line": ("The notes are not apart", HEAD + NOTE + SHOWN),
    "two-empty-lines": ("Two empty lines between the notes", HEAD + NOTE + b"\n\n" + SHOWN),
    "trailing-newline": ("A newline at the end", USUAL + b"\n"),
    "cut-off": ("The last newline is missing", USUAL[:-1]),
    "not-utf-8": ("A byte that is not UTF-8", HEAD + NOTE.replace(b"ledger", b"led\xffer")),
    "too-long": ("One byte more than a request has", USUAL + b"x" * (MAX_REQUEST_BYTES + 1 - len(USUAL))),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case; notes are base64, the root is as it is written."""
    for name, (description, request) in READ.items():
        gives = {"note": _b64(request.note), "trie_root": b64(request.trie_root)}
        if request.shown is not None:
            gives["shown"] = _b64(request.shown)
        yield f"cosign_index/{name}", {
            "description": description, "gives": gives, "input": _b64(request.render()),
        }  # fmt: skip
    for name, (description, data) in REFUSED.items():
        if name != "too-long":  # a quarter of a mebibyte is no file for a repository
            yield f"cosign_index/{name}", {"description": description, "error": "MalformedError", "input": _b64(data)}


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
