"""Cases of evidence: the file, a policy, and the verdict. `fails` names the first step that does not come out well.

One log has signed two histories of the same entries, which part at the third.
"""

import base64
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Any

from protocol.documents.evidence import SplitView, show_split_view
from protocol.encoding import jcs
from protocol.encoding.keys import Signer
from protocol.encoding.note import Note, NoteSignature, sign_note
from protocol.encoding.wire import b64
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.log.checkpoint import Checkpoint
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.proofs import Span, consistency_spans
from tests.support.examples import COSIGNED, DECIDER, DECIDING_LOG, LOG, ORIGIN, PARTNERS, POLICY, other_entries, seed
from tests.vectors.note import damaged

TRUE = [leaf_hash(entry) for entry in other_entries(9)]
FALSE = [*TRUE[:2], leaf_hash(b"another third entry"), *TRUE[3:]]
SUCCESSOR = Signer(ORIGIN, seed("successor"))
IMPOSTOR = Signer(ORIGIN, seed("impostor"))
BOTH_KEYS = Policy.of_keys([LOG.verifier, SUCCESSOR.verifier])


def checkpoint(leaves: Sequence[bytes], size: int, *extensions: str, origin: str = ORIGIN) -> Checkpoint:
    """Return what a log states of its first leaves."""
    return Checkpoint(origin, size, root_of(leaves[:size]), extensions)


def note(leaves: Sequence[bytes], size: int, *extensions: str, signer: Signer = LOG) -> bytes:
    """Return that, signed."""
    return sign_note(checkpoint(leaves, size, *extensions).render(), signer).render()


def shown(one: bytes, other: bytes, leaves: Sequence[bytes] = TRUE) -> SplitView:
    """Return the evidence of two notes, the larger of which is over these leaves."""
    keys = [LOG.verifier, SUCCESSOR.verifier]
    return show_split_view(one, other, keys, read=lambda span: root_of(leaves[span.start : span.end]))


def hashes(spans: Sequence[Span], leaves: Sequence[bytes] = TRUE) -> tuple[bytes, ...]:
    """Return MTH of each span."""
    return tuple(root_of(leaves[span.start : span.end]) for span in spans)


def written(view: SplitView | dict[str, Any], **members: Any) -> bytes:
    """Return evidence with other members, whether they fit or not; one that is None is left out."""
    value = (view if isinstance(view, dict) else jcs.decode(view.render())) | members
    return jcs.encode({name: member for name, member in value.items() if member is not None})


def with_lines(data: bytes, *lines: NoteSignature) -> str:
    """Return a note's text with further signature lines."""
    return Note.parse(data).adding(lines).render().decode()


def accused(first: bytes, second: bytes, root: bytes | None, proof: Sequence[bytes]) -> bytes:
    """Return an accusation, true or not, of notes at two sizes."""
    return SplitView(origin=ORIGIN, first=first, second=second, root=root, proof=tuple(proof)).render()


SHOWN = shown(note(FALSE, 5), note(TRUE, 9))
ONE_SIZE = shown(note(FALSE, 6), note(TRUE, 6))
DATA, AT_ONE_SIZE = SHOWN.render(), ONE_SIZE.render()
PROOF = hashes(consistency_spans(5, 9))
ROOT = root_of(TRUE[:5])

VERIFIED = {
    "rewritten": ("A later tree has another root at the size signed before", DATA, POLICY),
    "one-size": ("Two root hashes at one size", AT_ONE_SIZE, POLICY),
    "first-is-a-complete-subtree": ("At a power of two the root itself begins the proof",
                                    shown(note(FALSE, 4), note(TRUE, 9)).render(), POLICY),
    "one-entry-and-two": ("The smallest trees of two sizes",
                          shown(note(FALSE[2:], 1), note(TRUE[2:], 2), TRUE[2:]).render(), POLICY),
    "two-keys": ("The log has two keys that are trusted, and signed one history with each",
                 shown(note(FALSE, 5), note(TRUE, 9, signer=SUCCESSOR)).render(), BOTH_KEYS),
    "extension-not-in-nfc": ("A signed extension line is in Unicode form NFD: a note stands as it was signed",
                             shown(note(FALSE, 5, "Universita\u0308t"), note(TRUE, 9)).render(), POLICY),
    "further-line-of-the-name": ("A line of the log's name whose key is not known is ignored",
                                 written(SHOWN, second=with_lines(
                                     SHOWN.second, *sign_note("any text\n", IMPOSTOR).signatures)), POLICY),
}  # fmt: skip
REFUSED = {
    "no-trust": ("Nobody is trusted", DATA, Policy(), "first"),
    "first-by-impostor": ("A key that is not the trusted one signed the first note",
                          written(SHOWN, first=note(FALSE, 5, signer=IMPOSTOR).decode()), POLICY, "first"),
    "second-by-impostor": ("A key that is not the trusted one signed the second note",
                           written(SHOWN, second=note(TRUE, 9, signer=IMPOSTOR).decode()), POLICY, "second"),
    "one-key-of-two-known": ("The second note is of a key that is not trusted",
                             shown(note(FALSE, 5), note(TRUE, 9, signer=SUCCESSOR)).render(),
                             Policy.of_keys([LOG.verifier]), "second"),
    "changed-after-signing": ("The first note's root hash was put there later",
                              accused(note(TRUE, 5).replace(b64(ROOT).encode(), b64(seed("x")).encode()),
                                      note(TRUE, 9), ROOT, PROOF), POLICY, "first"),
    "damaged-signature": ("One bit of the second note's signature is turned",
                          written(SHOWN, second=Note(Note.parse(SHOWN.second).text, (
                              damaged(Note.parse(SHOWN.second).signatures[0]),)).render().decode()), POLICY, "second"),
    "one-root": ("One size and one root hash, in two notes", accused(note(TRUE, 6), note(TRUE, 6, "again"), None, ()),
                 POLICY, "conflict"),
    "empty-trees": ("Two notes of the empty tree", accused(note(TRUE, 0), note(TRUE, 0, "again"), None, ()), POLICY,
                    "conflict"),
    "from-the-empty-tree": ("Every tree extends the empty one",
                            accused(note(TRUE, 0), note(TRUE, 9), seed("x"), [TRUE[0]]), POLICY, "conflict"),
    "honest": ("The proof verifies, and what the first note signed is what it leads from",
               accused(note(TRUE, 5), note(TRUE, 9), ROOT, PROOF), POLICY, "conflict"),
    "proof-of-nothing": ("The log is honest; the accuser made up root and proof",
                         accused(note(TRUE, 5), note(TRUE, 9), seed("x"), PROOF), POLICY, "conflict"),
    "root-of-the-first": ("The proof is right, the root hash that of the first note",
                          dataclasses.replace(SHOWN, root=root_of(FALSE[:5])).render(), POLICY, "conflict"),
    "changed-hash": ("One hash of the proof is another",
                     dataclasses.replace(SHOWN, proof=(*PROOF[:-1], seed("x"))).render(), POLICY, "conflict"),
    "proof-one-short": ("The last hash is missing", dataclasses.replace(SHOWN, proof=PROOF[:-1]).render(), POLICY,
                        "conflict"),
    "proof-one-long": ("A hash follows the proof", dataclasses.replace(SHOWN, proof=(*PROOF, seed("x"))).render(),
                       POLICY, "conflict"),
    "proof-swapped": ("Two hashes of the proof stand in each other's place",
                      dataclasses.replace(SHOWN, proof=(PROOF[1], PROOF[0], *PROOF[2:])).render(), POLICY, "conflict"),
    "proof-of-another-size": ("The proof leads from size 4",
                              dataclasses.replace(SHOWN, root=root_of(TRUE[:4]),
                                                  proof=hashes(consistency_spans(4, 9))).render(), POLICY, "conflict"),
    "proof-of-the-other-history": ("The proof leads to the tree that was not signed",
                                   dataclasses.replace(SHOWN, root=root_of(FALSE[:5]), proof=hashes(
                                       consistency_spans(5, 9), FALSE)).render(), POLICY, "conflict"),
}  # fmt: skip
VALUE = jcs.decode(DATA)
UNREADABLE = {
    "larger-first": ("The larger tree comes first", written(SHOWN, first=VALUE["second"], second=VALUE["first"])),
    "higher-root-first": ("At one size the higher root hash comes first",
                          written(ONE_SIZE, first=ONE_SIZE.second.decode(), second=ONE_SIZE.first.decode())),
    "other-origin": ("The origin is not the notes'", written(SHOWN, origin=DECIDER)),
    "note-of-another-log": ("One of the notes is of another log",
                            written(SHOWN, first=sign_note(
                                checkpoint(FALSE, 5, origin=DECIDER).render(), DECIDING_LOG).render().decode())),
    "checkpoint-of-another-log": ("The log's key signed a checkpoint of another origin",
                                  written(SHOWN, first=sign_note(
                                      checkpoint(FALSE, 5, origin=DECIDER).render(), LOG).render().decode())),
    "unsigned": ("A note bears no signature line", written(SHOWN, first=Note.parse(SHOWN.first).text + "\n")),
    "cosigned": ("A note bears a cosigner's line beside the log's",
                 written(SHOWN, first=with_lines(SHOWN.first, cosign(
                     Note.parse(SHOWN.first).text, PARTNERS[0], COSIGNED[0])))),
    "no-proof": ("Two sizes without root and proof", written(SHOWN, root=None, proof=None)),
    "proof-alone": ("A proof without the root it leads from", written(SHOWN, root=None)),
    "root-alone": ("A root hash without a proof", written(SHOWN, proof=None)),
    "empty-proof": ("A proof without hashes", written(SHOWN, proof=[])),
    "proof-at-one-size": ("Root and proof at one size", written(ONE_SIZE, root=VALUE["root"], proof=VALUE["proof"])),
    "sixty-four-hashes": ("One hash more than a proof can have",
                          written(SHOWN, proof=[b64(seed(f"hash {at}")) for at in range(64)])),
    "proof-as-text": ("The proof is no array", written(SHOWN, proof="\n".join(VALUE["proof"]))),
    "short-root": ("A root hash of 31 bytes", written(SHOWN, root=b64(bytes(31)))),
    "root-in-base64url": ("A root hash without padding", written(SHOWN, root=VALUE["root"].rstrip("="))),
    "empty-tree-with-root": ("The first note gives the empty tree another root hash",
                             written(SHOWN, first=sign_note(
                                 Checkpoint(ORIGIN, 0, seed("x")).render(), LOG).render().decode())),
    "leading-zero": ("The first note's size is 05", written(SHOWN, first=VALUE["first"].replace("\n5\n", "\n05\n"))),
    "not-a-note": ("The second note is a text", written(SHOWN, second="hello")),
    "first-left-out": ("There is one note", written(SHOWN, first=None)),
    "unknown-member": ("A member that evidence does not have", written(SHOWN, time="2026-07-01T00:00:00Z")),
    "a-key": ("Evidence that brings a key along", written(SHOWN, key=LOG.verifier.render())),
    "version-2": ("A version that is not known", written(SHOWN, v=2)),
    "version-true": ("true is not 1", written(SHOWN, v=True)),
    "root-null": ("null is not left out", AT_ONE_SIZE.replace(b',"second"', b',"root":null,"second"')),
    "blank": ("A blank after a colon", DATA.replace(b'"v":1', b'"v": 1')),
    "newline-at-end": ("A newline at the end", DATA + b"\n"),
    "members-unsorted": ("A member stands last that belongs first", b'{"v":1,' + DATA[1:-7] + b"}"),
    "needless-escape": ("A dash written as an escape", DATA.replace("\u2014".encode(), b"\\u2014")),
    "duplicate-member": ("The origin stands twice", DATA.replace(b'"kind"', b'"kind":"split-view","kind"', 1)),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the file in base64, `policy` a tlog-policy."""
    for name, (description, data, policy) in VERIFIED.items():
        yield f"evidence/{name}", _case(description, data, policy, {"verdict": "verified"})
    for name, (description, data, policy, step) in REFUSED.items():
        yield f"evidence/{name}", _case(description, data, policy, {"fails": step, "verdict": "refused"})
    for name, (description, data) in UNREADABLE.items():
        yield f"evidence/{name}", _case(description, data, POLICY, {"fails": "readable", "verdict": "unreadable"})


def _case(description: str, data: bytes, policy: Policy, gives: dict[str, str]) -> dict[str, Any]:
    return {
        "description": description, "input": base64.b64encode(data).decode(), "policy": policy.render().decode(),
        "gives": gives,
    }  # fmt: skip
