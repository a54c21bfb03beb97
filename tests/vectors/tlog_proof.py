"""Cases of portable proofs: the file, the entry, the log's key, and where the entry stands, or the refusal."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.documents.tlog_proof import TlogProof
from protocol.encoding.wire import b64
from protocol.log.merkle import leaf_hash
from tests.support.examples import LEAF, LOG, SIZE, a_note, a_proof, other_entries, seed

ENTRIES = other_entries(SIZE)
PROOF = a_proof(ENTRIES, LEAF, a_note(ENTRIES))
DATA = PROOF.render()
HEAD, NOTE = DATA.split(b"\n\n", 1)
FIRST_HASH = b64(PROOF.hashes[0]).encode()


def proof(index: int = LEAF, hashes: tuple[bytes, ...] = PROOF.hashes, note: bytes = PROOF.checkpoint) -> bytes:
    """Return the proof with other parts."""
    return TlogProof(index, hashes, note).render()


def long_proof(count: int) -> bytes:
    """Return a proof of so many hashes."""
    return proof(hashes=tuple(seed(f"hash {at}") for at in range(count)))


ALONE = ENTRIES[:1]
READ = {
    "usual": ("An entry among others", PROOF, LEAF),
    "with-extra": ("Extra bytes, for which nothing vouches", a_proof(ENTRIES, 0, a_note(ENTRIES), b"\x01\x02\x03"), 0),
    "with-empty-extra": ("An extra line that holds no bytes", a_proof(ENTRIES, 0, a_note(ENTRIES), b""), 0),
    "last-entry": ("The last entry, whose path is shorter", a_proof(ENTRIES, 6, a_note(ENTRIES)), 6),
    "only-entry": ("A log of one entry: no hashes", a_proof(ALONE, 0, a_note(ALONE)), 0),
    "not-cosigned": ("A note with the log's signature alone", a_proof(ENTRIES, 2, a_note(ENTRIES, cosigners=())), 2),
}
MALFORMED = {
    "nothing": ("No bytes", b""),
    "other-version": ("Another version", DATA.replace(b"@v1", b"@v2", 1)),
    "no-index": ("The index line is missing", DATA.replace(b"index 3\n", b"")),
    "leading-zero-index": ("index 03", DATA.replace(b"index 3", b"index 03")),
    "signed-index": ("index +3", DATA.replace(b"index 3", b"index +3")),
    "two-blanks": ("Two blanks after 'index'", DATA.replace(b"index 3", b"index  3")),
    "index-too-large": ("index 2^63", DATA.replace(b"index 3", b"index 9223372036854775808")),
    "extra-after-index": (
        "The extra line stands below the index",
        DATA.replace(b"index 3\n", b"index 3\nextra AA==\n"),
    ),
    "two-extras": ("Two extra lines", DATA.replace(b"index 3\n", b"extra AA==\nextra AA==\nindex 3\n")),
    "extra-without-blank": ("'extra' alone", DATA.replace(b"index 3\n", b"extra\nindex 3\n")),
    "extra-not-base64": ("The extra line is no base64", DATA.replace(b"index 3\n", b"extra ?\nindex 3\n")),
    "short-hash": ("A hash of 31 bytes", DATA.replace(FIRST_HASH, b64(bytes(31)).encode())),
    "hash-not-padded": ("A hash without padding", DATA.replace(FIRST_HASH, FIRST_HASH.rstrip(b"="))),
    "sixty-four-hashes": ("One hash too many", long_proof(64)),
    "no-empty-line": ("The checkpoint stands right below the hashes", HEAD + b"\n" + NOTE),
    "no-checkpoint": ("Nothing follows the empty line", HEAD + b"\n\n"),
    "no-signature": ("The checkpoint bears no signature", DATA[: DATA.index("\u2014".encode())]),
    "not-a-checkpoint": ("The note is no checkpoint", DATA.replace(b"\n7\n", b"\nseven\n")),
    "carriage-return": ("Lines end in CR LF", DATA.replace(b"\n", b"\r\n")),
    "newline-at-end": ("An empty line at the end", DATA + b"\n"),
    "not-ascii": ("A letter beyond ASCII before the checkpoint", DATA.replace(b"index 3", "index \u0663".encode())),
    "blank-at-line-end": ("A blank after a hash", DATA.replace(FIRST_HASH, FIRST_HASH + b" ")),
}
UNSOUND = {
    "other-index": ("The next leaf index", proof(index=4), "BadProofError"),
    "index-beyond": ("A leaf index outside the tree", proof(index=7), "BadProofError"),
    "proof-one-short": ("The last hash is missing", proof(hashes=PROOF.hashes[:-1]), "BadProofError"),
    "proof-one-long": ("A hash too many", proof(hashes=(*PROOF.hashes, seed("more"))), "BadProofError"),
    "swapped-hashes": ("Two hashes change places", proof(hashes=PROOF.hashes[::-1]), "BadProofError"),
    "changed-hash": ("A hash is another", proof(hashes=(seed("other"), *PROOF.hashes[1:])), "BadProofError"),
    "leaf-hash-first": (
        "The entry's own leaf hash in front", proof(hashes=(leaf_hash(ENTRIES[LEAF]), *PROOF.hashes)), "BadProofError",
    ),
    "another-tree": ("The checkpoint of another tree", proof(note=a_note(other_entries(6))), "BadProofError"),
    "changed-size": (
        "The tree size was changed after signing",
        DATA.replace(b"\n7\n", b"\n8\n"), "BadSignatureError",
    ),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the file and `entry` the entry, both in base64; `keys` are the log's."""
    for name, (description, good, leaf) in READ.items():
        yield f"tlog_proof/{name}", _case(description, good.render(), leaf) | {"gives": {
            "extra": None if good.extra is None else b64(good.extra), "hashes": [b64(one) for one in good.hashes],
            "index": leaf,
        }}  # fmt: skip
    for name, (description, data) in MALFORMED.items():
        yield f"tlog_proof/{name}", _case(description, data) | {"error": "MalformedError"}
    for name, (description, data, error) in UNSOUND.items():
        yield f"tlog_proof/{name}", _case(description, data) | {"error": error}


def _case(description: str, data: bytes, leaf: int = LEAF) -> dict[str, Any]:
    return {
        "description": description,
        "entry": base64.b64encode(ENTRIES[leaf]).decode(),
        "input": base64.b64encode(data).decode(),
        "keys": [LOG.verifier.render()],
    }
