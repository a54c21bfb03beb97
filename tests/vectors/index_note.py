"""Cases of index notes: the note, the trusted keys and the two roots, and log and size, or the refusal."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding.keys import Signer
from protocol.encoding.note import Note, sign_note
from protocol.encoding.wire import b64
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.index_note import IndexHead, index_signer, sign_index
from tests.support.examples import LOG, ORIGIN, seed
from tests.vectors.index import HEAD, LOG_ROOT, ROOT, SIZE, head_of
from tests.vectors.note import damaged

NOTE = sign_index(HEAD, LOG)
IMPOSTOR, INDEX = Signer(ORIGIN, seed("impostor")), index_signer(LOG)


def of_text(text: str, signer: Signer = INDEX) -> bytes:
    """Return any text, signed."""
    return sign_note(text, signer).render()


TEXT = HEAD.stated().render()
OTHER_ROOT = seed("another root")
NOTES: dict[str, tuple[str, bytes, IndexHead]] = {
    "usual": ("Origin, tree size, and the hash that binds both roots", NOTE, HEAD),
    "no-keys": ("The index of no keys", sign_index(head_of({}), LOG), head_of({})),
    "no-entries": ("The index of an empty log", sign_index(IndexHead(ORIGIN, 0, LOG_ROOT, ROOT), LOG),
                   IndexHead(ORIGIN, 0, LOG_ROOT, ROOT)),
    "largest": ("The largest tree size", sign_index(IndexHead(ORIGIN, 2**63 - 1, LOG_ROOT, ROOT), LOG),
                IndexHead(ORIGIN, 2**63 - 1, LOG_ROOT, ROOT)),
}  # fmt: skip
NO_NOTES: dict[str, tuple[str, bytes, bytes, bytes, str]] = {
    "other-log-root": ("The note binds another root of the log", NOTE, OTHER_ROOT, ROOT, "BadProofError"),
    "other-trie-root": ("The note binds another root of the trie", NOTE, LOG_ROOT, OTHER_ROOT, "BadProofError"),
    "roots-swapped": ("Each root stands for the other", NOTE, ROOT, LOG_ROOT, "BadProofError"),
    "hash-without-size": ("The hash is of another size", of_text(
        Checkpoint(f"{ORIGIN}/index", SIZE, IndexHead(ORIGIN, SIZE + 1, LOG_ROOT, ROOT).stated().root).render()),
        LOG_ROOT, ROOT, "BadProofError"),
    "impostor": ("A key of the same name that is not the trusted one", sign_index(HEAD, IMPOSTOR), LOG_ROOT, ROOT,
                 "NoTrustedKeyError"),
    "unknown-log": ("A log that is not known", sign_index(
        IndexHead("stranger.example", SIZE, LOG_ROOT, ROOT), Signer("stranger.example", seed("stranger"))),
        LOG_ROOT, ROOT, "NoTrustedKeyError"),
    "key-name-of-the-log": ("The log's key signed under the log's own name", of_text(TEXT, LOG), LOG_ROOT, ROOT,
                            "NoTrustedKeyError"),
    "checkpoint": ("A checkpoint of the log", sign_checkpoint(Checkpoint(ORIGIN, SIZE, LOG_ROOT), LOG), LOG_ROOT, ROOT,
                   "MalformedError"),
    "of-an-index": ("The index of an index", of_text(TEXT.replace("/index", "/index/index")), LOG_ROOT, ROOT,
                    "MalformedError"),
    "further-line": ("A line below the hash", of_text(TEXT + "more\n"), LOG_ROOT, ROOT, "MalformedError"),
    "leading-zero": ("The size is 0100", of_text(TEXT.replace("\n100\n", "\n0100\n")), LOG_ROOT, ROOT,
                     "MalformedError"),
    "damaged-signature": ("One bit of the signature is turned",
                          Note(TEXT, (damaged(Note.parse(NOTE).signatures[0]),)).render(), LOG_ROOT, ROOT,
                          "BadSignatureError"),
    "changed-size": ("The size was changed after signing", NOTE.replace(b"\n100\n", b"\n101\n"), LOG_ROOT, ROOT,
                     "BadSignatureError"),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case; `input` is the note in base64."""
    for name, (description, data, head) in NOTES.items():
        gives = {"origin": head.origin, "size": head.size}
        yield f"index_note/{name}", _case(description, data, (head.log_root, head.trie_root)) | {"gives": gives}
    for name, (description, data, log_root, trie_root, error) in NO_NOTES.items():
        yield f"index_note/{name}", _case(description, data, (log_root, trie_root)) | {"error": error}


def _case(description: str, data: bytes, roots: tuple[bytes, bytes]) -> dict[str, Any]:
    return {
        "description": description, "input": base64.b64encode(data).decode(), "keys": [LOG.verifier.render()],
        "log_root": b64(roots[0]), "trie_root": b64(roots[1]),
    }  # fmt: skip
