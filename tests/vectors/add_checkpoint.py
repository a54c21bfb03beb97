"""Cases of requests to a witness: the body, the log's keys, what was cosigned last, and the status of the answer.

`last` is left out where nothing was cosigned; `size` is what a 409 answer tells.
"""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding.keys import Signer
from protocol.encoding.note import Note, sign_note
from protocol.encoding.wire import b64
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.cosignature import cosign
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import EMPTY_ROOT, leaf_hash, root_of
from protocol.log.proofs import consistency_spans
from tests.support.examples import COSIGNED, LOG, ORIGIN, PARTNERS, other_entries, seed
from tests.vectors.note import damaged

LEAVES = [leaf_hash(entry) for entry in other_entries(9)]
OTHER = [*LEAVES[:2], leaf_hash(b"another third entry"), *LEAVES[3:]]
SUCCESSOR = Signer(ORIGIN, seed("successor"))
IMPOSTOR = Signer(ORIGIN, seed("impostor"))
STRANGER = Signer("stranger.example", seed("stranger"))
KEYS = [LOG.verifier.render(), SUCCESSOR.verifier.render()]

State = tuple[int, bytes] | None


def root(size: int) -> bytes:
    """Return the root hash of the log's first entries."""
    return root_of(LEAVES[:size])


def last(size: int) -> State:
    """Return what a witness has cosigned last, of the log as it is."""
    return size, root(size)


def checkpoint(size: int, *extensions: str, value: bytes | None = None) -> str:
    """Return the text of a checkpoint, with any root hash."""
    return Checkpoint(ORIGIN, size, root(size) if value is None else value, extensions).render()


def proof(old_size: int, size: int) -> tuple[bytes, ...]:
    """Return the consistency proof between two sizes."""
    return tuple(root_of(LEAVES[span.start : span.end]) for span in consistency_spans(old_size, size))


def body(old: int, text: str, hashes: tuple[bytes, ...] = (), *, signer: Signer = LOG) -> bytes:
    """Return a request with any parts."""
    return AddCheckpoint(old, hashes, sign_note(text, signer).render()).render()


def adding(text: str, line: Any, old: int = 0) -> bytes:
    """Return a request whose signed note bears a further line."""
    return AddCheckpoint(old, (), sign_note(text, LOG).adding([line]).render()).render()


USUAL = body(5, checkpoint(9), proof(5, 9))
WRONG = seed("wrong")
COSIGNABLE = {
    "first": ("The first checkpoint that the witness sees", body(0, checkpoint(5)), None),
    "usual": ("The proof leads from the size cosigned last", USUAL, last(5)),
    "power-of-two": ("From a complete subtree", body(8, checkpoint(9), proof(8, 9)), last(8)),
    "one-more": ("One entry follows", body(1, checkpoint(2), proof(1, 2)), last(1)),
    "again": ("The same size and root hash: cosigned again, at a later time", body(5, checkpoint(5)), last(5)),
    "empty": ("The empty tree", body(0, checkpoint(0)), None),
    "empty-again": ("The empty tree a second time", body(0, checkpoint(0)), last(0)),
    "from-empty": ("From the empty tree, which every tree extends", body(0, checkpoint(9)), last(0)),
    "extension-lines": ("Extension lines are carried", body(5, checkpoint(9, "one more"), proof(5, 9)), last(5)),
    "other-key-of-the-log": ("Signed by the log's second key",
                             body(5, checkpoint(9), proof(5, 9), signer=SUCCESSOR), last(5)),
    "unknown-line": ("A line of an unknown key of the log's name is ignored",
                     adding(checkpoint(5), *sign_note("any text\n", IMPOSTOR).signatures), None),
    "cosigned-already": ("A cosigner's line stands below the log's",
                         adding(checkpoint(5), cosign(checkpoint(5), PARTNERS[0], COSIGNED[0])), None),
}  # fmt: skip
MALFORMED = {
    "nothing": ("No bytes", b""),
    "old-missing": ("The old size line is missing", USUAL.removeprefix(b"old 5\n")),
    "old-as-number-alone": ("The first line is a number", USUAL.removeprefix(b"old ")),
    "old-with-zero": ("old 05", USUAL.replace(b"old 5", b"old 05")),
    "old-with-sign": ("old +5", USUAL.replace(b"old 5", b"old +5")),
    "old-with-two-blanks": ("Two blanks after 'old'", USUAL.replace(b"old 5", b"old  5")),
    "old-with-blank-at-end": ("A blank after the old size", USUAL.replace(b"old 5", b"old 5 ")),
    "old-too-large": ("old 2^63", USUAL.replace(b"old 5", b"old 9223372036854775808")),
    "old-in-other-digits": ("The old size in Arabic-Indic digits", USUAL.replace(b"old 5", "old \u0665".encode())),
    "old-beyond-size": ("The old size is beyond the checkpoint's", body(9, checkpoint(5))),
    "sixty-four-hashes": ("One hash too many", body(5, checkpoint(9), tuple(seed(f"hash {at}") for at in range(64)))),
    "short-hash": ("A hash of 31 bytes", USUAL.replace(b64(proof(5, 9)[0]).encode(), b64(bytes(31)).encode())),
    "hash-not-padded": ("A hash without padding",
                        USUAL.replace(b64(proof(5, 9)[0]).encode(), b64(proof(5, 9)[0]).rstrip("=").encode())),
    "carriage-return": ("Lines end in CR LF", USUAL.replace(b"\n", b"\r\n")),
    "no-empty-line": ("The checkpoint stands right below the proof", USUAL.replace(b"\n\n", b"\n", 1)),
    "two-empty-lines": ("Two empty lines above the checkpoint", USUAL.replace(b"\n\n", b"\n\n\n", 1)),
    "no-note": ("Nothing follows the empty line", USUAL.partition(b"\n\n")[0] + b"\n\n"),
    "unsigned": ("The checkpoint bears no signature line", USUAL[: USUAL.index("\u2014".encode())]),
    "size-with-zero": ("The checkpoint's size is 09", body(5, checkpoint(9).replace("\n9\n", "\n09\n"), proof(5, 9))),
    "short-root": ("A root hash of 31 bytes", body(5, checkpoint(9, value=bytes(31)), proof(5, 9))),
    "no-newline-at-end": ("The last line is cut", USUAL[:-1]),
}  # fmt: skip
UNTRUSTED = {
    "impostor": ("Signed by a key of the log's name that is not its own",
                 body(5, checkpoint(9), proof(5, 9), signer=IMPOSTOR), 403),
    "changed-root": ("The root hash was changed after signing",
                     USUAL.replace(b64(root(9)).encode(), b64(WRONG).encode()), 403),
    "damaged-line": ("One bit of the log's line is turned", AddCheckpoint(5, proof(5, 9), Note(
        checkpoint(9), (damaged(sign_note(checkpoint(9), LOG).signatures[0]),)).render()).render(), 403),
    "damaged-second-line": ("The log's first line holds, that of its second key does not", AddCheckpoint(
        5, proof(5, 9), sign_note(checkpoint(9), LOG).adding(
            [damaged(sign_note(checkpoint(9), SUCCESSOR).signatures[0])]).render()).render(), 403),
    "unknown-origin": ("A log that is not known", AddCheckpoint(0, (), sign_note(
        Checkpoint("stranger.example", 5, root(5)).render(), STRANGER).render()).render(), 404),
    "unknown-origin-known-key": ("A known log's key signed for an origin that is not known", AddCheckpoint(
        0, (), sign_note(Checkpoint("stranger.example", 5, root(5)).render(), LOG).render()).render(), 404),
}  # fmt: skip
STALE = {
    "behind": ("The witness has cosigned a later size", USUAL, last(7)),
    "ahead": ("The witness has not seen the old size", USUAL, last(3)),
    "never-seen": ("Nothing was cosigned, and the proof starts from 5", USUAL, None),
    "asking": ("From size zero, to be told where the witness is", body(0, checkpoint(9)), last(7)),
    "rollback": ("An earlier tree, as if it were the first", body(0, checkpoint(5)), last(9)),
    "empty-rollback": ("Back to the empty tree", body(0, checkpoint(0)), last(9)),
    "zero-with-proof": ("A proof from size zero, and a witness that has cosigned",
                        body(0, checkpoint(9), proof(5, 9)), last(7)),
}  # fmt: skip
UNPROVEN = {
    "changed-hash": ("One hash is another", body(5, checkpoint(9), (*proof(5, 9)[:-1], WRONG)), last(5)),
    "one-short": ("The last hash is missing", body(5, checkpoint(9), proof(5, 9)[:-1]), last(5)),
    "one-long": ("A hash follows the proof", body(5, checkpoint(9), (*proof(5, 9), WRONG)), last(5)),
    "swapped": ("Two hashes stand in each other's place",
                body(5, checkpoint(9), (proof(5, 9)[1], proof(5, 9)[0], *proof(5, 9)[2:])), last(5)),
    "no-proof": ("No proof from a size that is not zero", body(5, checkpoint(9)), last(5)),
    "fork": ("The log goes on from a history that was not cosigned", USUAL, (5, root_of(OTHER[:5]))),
    "other-root": ("The same size with another root hash", body(5, checkpoint(5, value=WRONG)), last(5)),
    "proof-at-one-size": ("A proof where old and new size are the same",
                          body(5, checkpoint(5), (WRONG,)), last(5)),
    "first-with-proof": ("A proof from size zero", body(0, checkpoint(9), (root(8), LEAVES[8])), None),
    "empty-with-proof": ("A proof of the empty tree", body(0, checkpoint(0), (EMPTY_ROOT,)), None),
    "empty-with-root": ("An empty tree with the root hash of another", body(0, checkpoint(0, value=WRONG)), None),
    "empty-again-with-root": ("The empty tree once more, with another root hash",
                              body(0, checkpoint(0, value=WRONG)), last(0)),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the body in base64, `last` what was cosigned last."""
    for name, (description, data, state) in COSIGNABLE.items():
        yield f"add_checkpoint/{name}", _case(description, data, state, {"status": 200})
    for name, (description, data) in MALFORMED.items():
        yield f"add_checkpoint/{name}", _case(description, data, last(5), {"status": 400})
    for name, (description, data, status) in UNTRUSTED.items():
        yield f"add_checkpoint/{name}", _case(description, data, last(5), {"status": status})
    for name, (description, data, state) in STALE.items():
        yield (
            f"add_checkpoint/{name}",
            _case(description, data, state, {"size": state[0] if state else 0, "status": 409}),
        )
    for name, (description, data, state) in UNPROVEN.items():
        yield f"add_checkpoint/{name}", _case(description, data, state, {"status": 422})


def _case(description: str, data: bytes, state: State, gives: dict[str, int]) -> dict[str, Any]:
    held = {} if state is None else {"last": {"root": b64(state[1]), "size": state[0]}}
    return {"description": description, "gives": gives, "input": base64.b64encode(data).decode(), "keys": KEYS} | held
