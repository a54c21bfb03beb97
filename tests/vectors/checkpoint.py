"""Cases of checkpoints: a note, the trusted keys, and origin, tree size and root hash, or the refusal."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding.keys import Signer
from protocol.encoding.note import Note, sign_note
from protocol.encoding.wire import b64
from protocol.log.merkle import EMPTY_ROOT
from tests.support.examples import LOG, ORIGIN, seed
from tests.vectors.note import damaged

ROOT = b64(seed("root"))
KEYS = [LOG.verifier.render(), Signer("other.example", seed("other")).verifier.render()]


def text(size: str = "20852163", root: str = ROOT, *extensions: str, origin: str = ORIGIN) -> str:
    """Return a checkpoint's text with any parts."""
    return "\n".join([origin, size, root, *extensions, ""])


def signed(text: str, signer: Signer = LOG) -> bytes:
    """Return any text, signed."""
    return sign_note(text, signer).render()


def empty_root(size: str = "0") -> str:
    """Return the text of an empty log's checkpoint."""
    return text(size, b64(EMPTY_ROOT))


GOOD = sign_note(text(), LOG)

READ = {
    "usual": ("Origin, tree size and root hash", text()),
    "one-entry": ("A log of one entry", text("1")),
    "largest": ("The largest tree size", text("9223372036854775807")),
    "empty": ("The empty tree's root hash is SHA-256 of nothing", empty_root()),
    "extension-lines": ("Extension lines are kept, and never relied on", text("5", ROOT, "one more", "and another")),
}
REFUSED = {
    "leading-zero": ("The size 05", signed(text("05")), "MalformedError"),
    "no-size": ("The size is missing", signed(f"{ORIGIN}\n{ROOT}\n"), "MalformedError"),
    "sign": ("The size +5", signed(text("+5")), "MalformedError"),
    "size-too-large": ("The size 2^63", signed(text("9223372036854775808")), "MalformedError"),
    "short-root": ("A root hash of 31 bytes", signed(text(root=b64(bytes(31)))), "MalformedError"),
    "long-root": ("A root hash of 33 bytes", signed(text(root=b64(bytes(33)))), "MalformedError"),
    "root-not-padded": ("Base64 without padding", signed(text(root=ROOT.rstrip("="))), "MalformedError"),
    "hexadecimal-root": ("The root hash in hexadecimal", signed(text(root=seed("root").hex())), "MalformedError"),
    "empty-with-root": ("An empty tree with the root hash of another", signed(text("0")), "MalformedError"),
    "empty-extension": ("An empty line after the root hash", signed(text("5", ROOT, "")), "MalformedError"),
    "empty-origin": ("No origin", signed("\n" + text().split("\n", 1)[1]), "MalformedError"),
    "no-root": ("Two lines only", signed(f"{ORIGIN}\n5\n"), "MalformedError"),
    "another-origin": (
        "The log's key signed for another origin", signed(text(origin="other.example")), "NoTrustedKeyError",
    ),
    "unknown-origin": (
        "A log that is not known",
        signed(text(origin="stranger.example"), Signer("stranger.example", seed("stranger"))), "NoTrustedKeyError",
    ),
    "key-of-another-log": (
        "Another trusted log's key signed for this origin",
        signed(text(), Signer("other.example", seed("other"))), "NoTrustedKeyError",
    ),
    "impostor": (
        "A key of the same name that is not the trusted one",
        signed(text(), Signer(ORIGIN, seed("impostor"))), "NoTrustedKeyError",
    ),
    "changed-size": ("The size was changed after signing", GOOD.render().replace(b"20852163", b"20852164"),
                     "BadSignatureError"),
    "damaged-signature": ("One bit of the signature is turned",
                          Note(GOOD.text, (damaged(GOOD.signatures[0]),)).render(), "BadSignatureError"),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the note in base64."""
    for name, (description, body) in READ.items():
        origin, size, root, *extensions = body[:-1].split("\n")
        yield f"checkpoint/{name}", {
            "description": description, "input": base64.b64encode(signed(body)).decode(), "keys": KEYS,
            "gives": {"extensions": extensions, "origin": origin, "root": root, "size": int(size)},
        }  # fmt: skip
    for name, (description, data, error) in REFUSED.items():
        yield f"checkpoint/{name}", {
            "description": description, "input": base64.b64encode(data).decode(), "keys": KEYS, "error": error,
        }  # fmt: skip
