"""Cases of what a node answers to a lookup: the bytes, the key that was asked for, and what is proved, or the refusal.

`key` is base64url; `keys` are the verifier keys that the reader trusts.
"""

import base64
import dataclasses
from collections.abc import Iterator
from typing import Any

from protocol.encoding import jcs
from protocol.encoding.wire import b64url
from protocol.gossip.index_lookup import IndexLookup
from protocol.log.index_note import IndexHead, sign_index
from tests.support.examples import LOG, ORIGIN, seed
from tests.vectors.cosign_index import cosigned
from tests.vectors.index import ABSENT, HEAD, LOG_ROOT, MANY, OTHER, PRESENT, ROOT, RULE, SIZE, answer_of

NOTE = sign_index(HEAD, LOG)
USUAL = IndexLookup(PRESENT, LOG_ROOT, ROOT, cosigned(NOTE))
NOTHING = IndexLookup(ABSENT, LOG_ROOT, ROOT, NOTE)


def changed(**parts: Any) -> bytes:
    """Return the usual answer with other parts."""
    return dataclasses.replace(USUAL, **parts).render()


def other_head(**parts: Any) -> bytes:
    """Return a note of the log that binds something else."""
    return sign_index(
        IndexHead(**{"origin": ORIGIN, "size": SIZE, "log_root": LOG_ROOT, "trie_root": ROOT} | parts), LOG
    )


PROVED = {
    "present": ("All leaf indexes under a key, cosigned by three", RULE, USUAL.render()),
    "absent": ("Nothing stands under the key", OTHER, NOTHING.render()),
}
REFUSED = {
    "another-key": ("An answer that was asked for by another key", OTHER, USUAL.render(), "BadProofError"),
    "leaf-left-out": ("A leaf index is left out", RULE,
                      changed(answer=dataclasses.replace(PRESENT, leaves=PRESENT.leaves[:-1])), "BadProofError"),
    "other-log-root": ("The note binds another root of the log", RULE, changed(log_root=seed("root")), "BadProofError"),
    "other-trie-root": ("The note binds another trie", RULE, changed(trie_root=seed("root")), "BadProofError"),
    "roots-swapped": ("The roots stand for each other", RULE, changed(log_root=ROOT, trie_root=LOG_ROOT),
                      "BadProofError"),
    "note-of-another-trie": ("Answer and root fit, the note is of another trie", RULE,
                             changed(note=other_head(trie_root=seed("root"))), "BadProofError"),
    "note-of-another-size": ("The note is of a smaller tree: its hash binds the size", RULE,
                             changed(note=other_head(size=50)), "BadProofError"),
    "leaf-beyond-size": ("A leaf index lies beyond the note's size", RULE,
                         IndexLookup(PRESENT, LOG_ROOT, ROOT, other_head(size=5)).render(), "BadProofError"),
    "unknown-log": ("The reader knows no key of the log", RULE, USUAL.render(), "NoTrustedKeyError"),
    "not-json": ("Cut off", RULE, USUAL.render()[:-1], "MalformedError"),
    "member-more": ("A member more", RULE, jcs.encode(jcs.decode(USUAL.render()) | {"v": 1}), "MalformedError"),
    "blanks": ("A blank between the members", RULE, USUAL.render().replace(b',"note"', b', "note"'), "MalformedError"),
    "root-too-short": ("A root of 31 bytes", RULE,
                       jcs.encode(jcs.decode(USUAL.render()) | {"log_root": b64url(LOG_ROOT[:31])}), "MalformedError"),
    "no-note": ("The note is no signed note", RULE, changed(note=b"a\n"), "MalformedError"),
    "found-and-leaves": ("Leaves, and the node found in their place", RULE, jcs.encode(
        jcs.decode(USUAL.render()) | {"answer": PRESENT.plain() | {"found": answer_of(MANY, OTHER).plain()["found"]}}),
        "MalformedError"),
}  # fmt: skip


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case."""
    for name, (description, key, data) in PROVED.items():
        gives = {"leaves": list(IndexLookup.parse(data).answer.leaves), "size": SIZE}
        yield f"index_lookup/{name}", _case(description, key, data) | {"gives": gives}
    for name, (description, key, data, error) in REFUSED.items():
        keys = [] if name == "unknown-log" else [LOG.verifier.render()]
        yield f"index_lookup/{name}", _case(description, key, data) | {"error": error, "keys": keys}


def _case(description: str, key: bytes, data: bytes) -> dict[str, Any]:
    return {
        "description": description,
        "input": base64.b64encode(data).decode(),
        "key": b64url(key),
        "keys": [LOG.verifier.render()],
    }
