"""Cases of evidence of a wrong index: the file, a policy, the verdict; `fails` names the first step that fails.

One log of nine entries: awards of nobody's, an institution in two versions, a withdrawal that belongs into another log,
and one that nobody understands. Beside its index there are some that it might have signed instead.
"""

import base64
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from protocol.documents.tlog_proof import TlogProof
from protocol.documents.wrong_index import IndexEvidence, Listing, OtherTree
from protocol.encoding import canonical, jcs
from protocol.encoding.keys import Signer
from protocol.encoding.note import Note, sign_note
from protocol.encoding.wire import b64
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.log.checkpoint import Checkpoint
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead, index_origin, sign_index
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.trie import Trie, leaves_value
from protocol.recognition.terms import keys_of, term_key
from tests.support.examples import (
    COSIGNED,
    DECIDER,
    DECIDING_LOG,
    LOG,
    ORIGIN,
    PARTNERS,
    POLICY,
    a_proof,
    other_entries,
    seed,
)
from tests.vectors.note import damaged
from tests.vectors.recognition_examples import a_withdrawal, an_institution

Leaves = tuple[int, ...]
Map = Mapping[bytes, Leaves]

ENTRIES = other_entries(9)
ENTRIES[2] = canonical.encode(an_institution() | {"version": 1})
ENTRIES[5] = canonical.encode(a_withdrawal())
ENTRIES[6] = canonical.encode({"kind": "institution", "v": 2})
ENTRIES[7] = canonical.encode(an_institution())
SIZE = len(ENTRIES)
ROOT = root_of([leaf_hash(entry) for entry in ENTRIES])
OTHER_ROOT = root_of([leaf_hash(entry) for entry in ENTRIES[::-1]])

INSTITUTION = term_key(("institution",))
TAG = next(iter(keys_of(ENTRIES[3], origin=ORIGIN)))
WITHDRAWAL = term_key(("target", a_withdrawal()["target"]["kind"], a_withdrawal()["target"]["id"]))


def right_map() -> dict[bytes, Leaves]:
    """Return the index of the entries."""
    found: dict[bytes, Leaves] = {}
    for leaf, entry in enumerate(ENTRIES):
        for key in keys_of(entry, origin=ORIGIN):
            found[key] = (*found.get(key, ()), leaf)
    return found


RIGHT = right_map()
HIDDEN = {key: leaves for key, leaves in RIGHT.items() if key != TAG}
SHORTENED = RIGHT | {INSTITUTION: (2,)}
ADDED = RIGHT | {TAG: (3, 4)}
FOREIGN = RIGHT | {WITHDRAWAL: (5,)}
LATER = RIGHT | {INSTITUTION: (2, 6, 7)}

SUCCESSOR, IMPOSTOR = Signer(ORIGIN, seed("successor")), Signer(ORIGIN, seed("impostor"))
BOTH_KEYS = Policy.of_keys([LOG.verifier, SUCCESSOR.verifier])


def trie_of(index: Map) -> Trie:
    """Return the trie of a map."""
    return Trie.of((key, leaves_value(leaves)) for key, leaves in index.items())


def index_note(index: Map, *, signer: Signer = LOG, log_root: bytes = ROOT, size: int = SIZE) -> bytes:
    """Return the note that a log signs of a map."""
    return sign_index(IndexHead(signer.verifier.name, size, log_root, trie_of(index).root), signer)


def checkpoint(*, signer: Signer = LOG, root: bytes = ROOT, size: int = SIZE, more: Sequence[str] = ()) -> bytes:
    """Return the note that a log signs of its tree."""
    return sign_note(Checkpoint(signer.verifier.name, size, root, tuple(more)).render(), signer).render()


def listing(index: Map, key: bytes, leaf: int, note: bytes | None = None) -> Listing:
    """Return what a map lists under a key, beside the entry at a leaf."""
    answer = IndexAnswer(key, index.get(key, ()), trie_of(index).prove(key))
    return Listing(answer, ENTRIES[leaf], a_proof(ENTRIES, leaf, note or checkpoint()))


def accused(index: Map, key: bytes, leaf: int, *, signer: Signer = LOG, note: bytes | None = None) -> IndexEvidence:
    """Return an accusation, true or not, by an entry."""
    return IndexEvidence(
        origin=ORIGIN,
        index_note=index_note(index, signer=signer),
        trie_root=trie_of(index).root,
        shown=listing(index, key, leaf, note),
    )


def of_other_tree(log_root: bytes = OTHER_ROOT, note: bytes | None = None) -> IndexEvidence:
    """Return the evidence of an index note that binds another root of the log."""
    return IndexEvidence(
        origin=ORIGIN,
        index_note=index_note(RIGHT, log_root=log_root),
        trie_root=trie_of(RIGHT).root,
        shown=OtherTree(note or checkpoint(), log_root),
    )


def written(evidence: IndexEvidence, **members: Any) -> bytes:
    """Return evidence with other members, whether they fit or not; one that is None is left out."""
    value = jcs.decode(evidence.render()) | members
    return jcs.encode({name: member for name, member in value.items() if member is not None})


def with_proof(evidence: IndexEvidence, proof: TlogProof) -> bytes:
    """Return the accusation with another proof of inclusion."""
    assert isinstance(evidence.shown, Listing)
    return dataclasses.replace(evidence, shown=dataclasses.replace(evidence.shown, log_proof=proof)).render()


def cosigned(data: bytes) -> str:
    """Return a note with a cosigner's line beside the log's."""
    note = Note.parse(data)
    return note.adding([cosign(note.text, PARTNERS[0], COSIGNED[0])]).render().decode()


def turned(data: bytes) -> str:
    """Return a note with one bit of its signature turned."""
    note = Note.parse(data)
    return Note(note.text, (damaged(note.signatures[0]),)).render().decode()


def under_own_id(data: bytes) -> str:
    """Return an index note with the log's line as if it were on a checkpoint, but for the name."""
    text = Note.parse(data).text
    line = dataclasses.replace(sign_note(text, LOG).signatures[0], name=index_origin(ORIGIN))
    return Note(text, (line,)).render().decode()


OMITTED, MISPLACED, TREE = accused(HIDDEN, TAG, 3), accused(ADDED, TAG, 4), of_other_tree()
PROOF = OMITTED.shown.log_proof if isinstance(OMITTED.shown, Listing) else None
assert PROOF is not None

VERIFIED = {
    "omitted": ("The index proves that nothing stands under the key of an entry", OMITTED.render(), POLICY),
    "omitted-from-a-list": ("The index lists the first of two entries under a key",
                            accused(SHORTENED, INSTITUTION, 7).render(), POLICY),
    "misplaced": ("The index lists an entry beside the right one", MISPLACED.render(), POLICY),
    "misplaced-of-another-log": ("The index lists a withdrawal that counts in another log only",
                                 accused(FOREIGN, WITHDRAWAL, 5).render(), POLICY),
    "another-tree": ("The index note binds another root hash than the checkpoint has", TREE.render(), POLICY),
    "two-keys": ("The log has two trusted keys, and signed one note with each",
                 accused(HIDDEN, TAG, 3, signer=SUCCESSOR).render(), BOTH_KEYS),
    "extension-not-in-nfc": ("An extension line of the checkpoint is in Unicode form NFD",
                             accused(HIDDEN, TAG, 3, note=checkpoint(more=["Universita\u0308t"])).render(), POLICY),
}  # fmt: skip
REFUSED = {
    "no-trust": ("Nobody is trusted", OMITTED.render(), Policy(), "signed"),
    "checkpoint-by-impostor": ("A key that is not the trusted one signed the checkpoint",
                               accused(HIDDEN, TAG, 3, note=checkpoint(signer=IMPOSTOR)).render(), POLICY, "signed"),
    "checkpoint-damaged": ("One bit of the checkpoint's signature is turned",
                           written(TREE, checkpoint=turned(checkpoint())), POLICY, "signed"),
    "index-by-impostor": ("A key that is not the trusted one signed the index note",
                          accused(HIDDEN, TAG, 3, signer=IMPOSTOR).render(), POLICY, "index"),
    "index-damaged": ("One bit of the index note's signature is turned",
                      written(OMITTED, index_note=turned(OMITTED.index_note)), POLICY, "index"),
    "index-by-a-key-not-known": ("Another key of the log signed the index note, which isn't trusted",
                                 written(OMITTED, index_note=index_note(HIDDEN, signer=SUCCESSOR).decode()), POLICY,
                                 "index"),
    "index-under-the-logs-name": ("The log's key signed the index note under the key ID of its checkpoints",
                                  written(OMITTED, index_note=under_own_id(OMITTED.index_note)), POLICY, "index"),
    "trie-root-not-bound": ("The index note binds another root of the trie",
                            written(OMITTED, trie_root=b64(trie_of(RIGHT).root)), POLICY, "index"),
    "log-root-not-bound": ("The index note binds the checkpoint's root; the accuser names another",
                           dataclasses.replace(TREE, index_note=index_note(RIGHT)).render(), POLICY, "index"),
    "of-another-tree-as-a-listing": ("The index note binds another root than that of the proof",
                                     dataclasses.replace(OMITTED, index_note=index_note(
                                         HIDDEN, log_root=OTHER_ROOT)).render(), POLICY, "index"),
    "honest": ("The index lists the entry under its key", accused(RIGHT, TAG, 3).render(), POLICY, "conflict"),
    "honest-list": ("The index lists both entries under the key", accused(RIGHT, INSTITUTION, 7).render(), POLICY,
                    "conflict"),
    "honest-absence": ("The entry counts in another log only, so it stands under no key",
                       accused(RIGHT, WITHDRAWAL, 5).render(), POLICY, "conflict"),
    "honest-about-another": ("The entry doesn't have the key, and isn't listed under it",
                             accused(RIGHT, TAG, 4).render(), POLICY, "conflict"),
    "not-understood": ("The index lists an entry of a version that the reader doesn't know",
                       accused(LATER, INSTITUTION, 6).render(), POLICY, "conflict"),
    "entry-of-another-leaf": ("The entry stands elsewhere", written(OMITTED, entry=ENTRIES[4].decode()), POLICY,
                              "conflict"),
    "leaf-of-another-entry": ("The proof is of the leaf behind", with_proof(
        OMITTED, dataclasses.replace(PROOF, index=4)), POLICY, "conflict"),
    "proof-one-short": ("The last hash of the inclusion proof is missing", with_proof(
        OMITTED, dataclasses.replace(PROOF, hashes=PROOF.hashes[:-1])), POLICY, "conflict"),
    "entry-never-logged": ("An entry that the log doesn't have",
                           written(OMITTED, entry=other_entries(20)[19].decode()), POLICY, "conflict"),
    "answer-made-up": ("The answer doesn't lead to the root of the index", written(
        accused(RIGHT, TAG, 3), answer=IndexAnswer(TAG, (), trie_of(HIDDEN).prove(TAG)).plain()), POLICY, "conflict"),
    "answer-of-another-key": ("The answer is right, of another key",
                              written(OMITTED, answer=listing(HIDDEN, INSTITUTION, 7).answer.plain()), POLICY,
                              "conflict"),
}  # fmt: skip
UNREADABLE = {
    "same-root": ("The root named is the checkpoint's", written(TREE, log_root=b64(ROOT))),
    "two-sizes": ("The checkpoint is of another size", written(TREE, checkpoint=checkpoint(size=8).decode())),
    "checkpoint-of-another-log": ("The checkpoint is of another log",
                                  written(TREE, checkpoint=checkpoint(signer=DECIDING_LOG).decode())),
    "index-of-another-log": ("The index note is of another log",
                             written(OMITTED, index_note=index_note(HIDDEN, signer=DECIDING_LOG).decode())),
    "other-origin": ("The origin is not the notes'", written(OMITTED, origin=DECIDER)),
    "checkpoint-as-index-note": ("There are two checkpoints", written(TREE, index_note=checkpoint().decode())),
    "index-note-as-checkpoint": ("There are two index notes", written(TREE, checkpoint=TREE.index_note.decode())),
    "checkpoint-cosigned": ("The checkpoint bears a cosigner's line", written(TREE, checkpoint=cosigned(checkpoint()))),
    "index-cosigned": ("The index note bears a cosigner's line",
                       written(OMITTED, index_note=cosigned(OMITTED.index_note))),
    "proof-cosigned": ("The proof's checkpoint bears a cosigner's line", written(OMITTED, log_proof=dataclasses.replace(
        PROOF, checkpoint=cosigned(PROOF.checkpoint).encode()).render().decode())),
    "extra": ("The proof has an extra line",
              written(OMITTED, log_proof=dataclasses.replace(PROOF, extra=b"x").render().decode())),
    "both-forms": ("It shows an entry and another root",
                   written(OMITTED, checkpoint=checkpoint().decode(), log_root=b64(OTHER_ROOT))),
    "entry-and-root": ("It shows an entry and names a root", written(OMITTED, log_root=b64(OTHER_ROOT))),
    "nothing-shown": ("It shows nothing beside the index note", written(TREE, checkpoint=None, log_root=None)),
    "no-entry": ("The entry is left out", written(OMITTED, entry=None)),
    "no-answer": ("The answer is left out", written(OMITTED, answer=None)),
    "no-log-root": ("The root is left out", written(TREE, log_root=None)),
    "short-root": ("A root of 31 bytes", written(TREE, trie_root=b64(bytes(31)))),
    "not-an-answer": ("The answer has an empty list", written(
        OMITTED, answer=listing(RIGHT, TAG, 3).answer.plain() | {"leaves": []})),
    "unknown-member": ("A member that evidence does not have", written(OMITTED, time="2026-07-01T00:00:00Z")),
    "a-key": ("Evidence that brings a key along", written(OMITTED, key=LOG.verifier.render())),
    "version-2": ("A version that is not known", written(OMITTED, v=2)),
    "version-true": ("true is not 1", written(OMITTED, v=True)),
    "blank": ("A blank after a colon", OMITTED.render().replace(b'"v":1', b'"v": 1')),
    "newline-at-end": ("A newline at the end", OMITTED.render() + b"\n"),
}  # fmt: skip
assert index_origin(ORIGIN) == Note.parse(OMITTED.index_note).signatures[0].name


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the file in base64, `policy` a tlog-policy."""
    for name, (description, data, policy) in VERIFIED.items():
        yield f"wrong_index/{name}", _case(description, data, policy, {"verdict": "verified"})
    for name, (description, data, policy, step) in REFUSED.items():
        yield f"wrong_index/{name}", _case(description, data, policy, {"fails": step, "verdict": "refused"})
    for name, (description, data) in UNREADABLE.items():
        yield f"wrong_index/{name}", _case(description, data, POLICY, {"fails": "readable", "verdict": "unreadable"})


def _case(description: str, data: bytes, policy: Policy, gives: dict[str, str]) -> dict[str, Any]:
    return {
        "description": description, "input": base64.b64encode(data).decode(), "policy": policy.render().decode(),
        "gives": gives,
    }  # fmt: skip
