"""Cases of excerpts: what they show under a policy, or that they are refused."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from protocol.documents.excerpt import Excerpt
from protocol.documents.proved_excerpt import verify_excerpt
from protocol.encoding import canonical
from protocol.encoding.wire import b64, b64url
from protocol.gossip.policy import Policy
from protocol.recognition.sealed import SealedValues
from protocol.verify.report import instant
from tests.support.examples import DECIDING_LOG, LOG, ORIGIN, PARTNERS, sealed_entry, seed
from tests.support.excerpts import (
    INDEXERS,
    LEAF,
    POLICY,
    STATUS_KEY,
    TAG,
    SmallLog,
    awarding_log,
    chain_keys,
    statuses,
    tag_keys,
)

LOG_OF_AWARD = awarding_log(*statuses("suspended", "reinstated"))
KEYS = [*tag_keys(TAG), *chain_keys(STATUS_KEY, ORIGIN, 1, 2, 3)]
USUAL = LOG_OF_AWARD.excerpt(KEYS)
VALUE = USUAL.plain()
BARE = LOG_OF_AWARD.excerpt([], leaves=[LEAF])
CHECKPOINT_ONLY = Excerpt(checkpoint=BARE.checkpoint)
OTHER_STATE = SmallLog((*LOG_OF_AWARD.entries, b"another"))
ALONE = Policy.of_keys([LOG.verifier])

READ = {
    "usual": ("An award, two statuses, and that there is no third", USUAL, POLICY),
    "entries-alone": ("An entry of a log that shows no index", replace(BARE, index=None), POLICY),
    "nothing": ("How large the log is", CHECKPOINT_ONLY, POLICY),
    "absent-alone": ("That nothing stands under a key", LOG_OF_AWARD.excerpt(KEYS[3:]), POLICY),
    "index-not-witnessed": (
        "One index cosigner of two",
        LOG_OF_AWARD.excerpt(KEYS, index_cosigners=INDEXERS[:1]),
        POLICY,
    ),
    "log-not-witnessed": ("One mirror of two", LOG_OF_AWARD.excerpt(KEYS, cosigners=PARTNERS[:1]), POLICY),
    "log-alone": ("The reader asks for no cosignature", USUAL, ALONE),
}


def written(**members: Any) -> bytes:
    """Return the usual excerpt with other members."""
    return canonical.encode(VALUE | members)


def with_index(**members: Any) -> bytes:
    """Return the usual excerpt with other members in its index."""
    return written(index=VALUE["index"] | members)


def with_entry(at: int, **members: Any) -> bytes:
    """Return the usual excerpt with other members in one of its entries."""
    entries = [entry | (members if number == at else {}) for number, entry in enumerate(VALUE["entries"])]
    return written(entries=entries)


def wrongly_listed() -> bytes:
    """Return what a log shows whose index lists an entry under a tag that is another's."""
    values = SealedValues(seed("t"), seed("s"), seed("d"))
    entries = LOG_OF_AWARD.entries
    indexed = (*entries[:LEAF], sealed_entry(values), *entries[LEAF + 1 :])
    return replace(LOG_OF_AWARD, indexed=indexed).excerpt(tag_keys(values.tag)).render()


def not_understood() -> bytes:
    """Return what a log shows whose index lists bytes that are no entry."""
    entries = LOG_OF_AWARD.entries
    log = SmallLog((b'{"kind":"poem","v":1}', *entries[1:]), indexed=entries)
    return log.excerpt(tag_keys(seed("tag 0"))).render()


def with_entry_at(leaf: int) -> bytes:
    """Return an entry alone, at another leaf index."""
    entry = replace(BARE.entries[0], leaf=leaf)
    return replace(BARE, entries=(entry,), index=None).render()


ANSWERS, ENTRIES = VALUE["index"]["answers"], VALUE["entries"]
PROOF = base64.b64decode(ENTRIES[0]["proof"])
MALFORMED = {
    "a-leaf-left-out": ("An answer lists an entry that is not shown", written(entries=ENTRIES[:-1])),
    "entries-descend": ("Entries in another order", written(entries=ENTRIES[::-1])),
    "entry-twice": ("An entry twice", written(entries=[ENTRIES[0], *ENTRIES])),
    "answers-descend": ("Answers in another order", with_index(answers=ANSWERS[::-1])),
    "answer-twice": ("An answer twice", with_index(answers=[ANSWERS[0], *ANSWERS])),
    "leaf-beyond": ("A leaf outside the tree", with_entry(len(ENTRIES) - 1, leaf=99)),
    "other-size": ("The index note of another size", with_index(note=OTHER_STATE.excerpt([]).plain()["index"]["note"])),
    "other-log": (
        "The index note of another log",
        with_index(note=SmallLog(LOG_OF_AWARD.entries, DECIDING_LOG).excerpt([]).plain()["index"]["note"]),
    ),
    "half-a-hash": ("An inclusion proof of 31 bytes", with_entry(0, proof=b64(PROOF[:31]))),
    "unknown-member": ("A member that is not known", written(policy="quorum none")),
    "no-checkpoint": ("The index note in the checkpoint's place", written(checkpoint=VALUE["index"]["note"])),
}
REFUSED = {
    "proof-one-short": (
        "An inclusion proof without its last hash",
        with_entry(0, proof=b64(PROOF[:-32])),
        "BadProofError",
    ),
    "other-entry": ("Another entry at that leaf", with_entry(0, entry=ENTRIES[1]["entry"]), "BadProofError"),
    "other-leaf": ("The entry at another leaf, under no index", with_entry_at(LEAF - 1), "BadProofError"),
    "other-trie-root": (
        "A root that the index note does not bind",
        with_index(trie_root=b64url(seed("x"))),
        "BadProofError",
    ),
    "other-path": (
        "An answer with another's path",
        with_index(answers=[one | {"path": ANSWERS[at - 1]["path"]} for at, one in enumerate(ANSWERS)]),
        "BadProofError",
    ),
    "listed-under-another-tag": (
        "The index lists an entry under a tag that it has not",
        wrongly_listed(),
        "BadProofError",
    ),
    "listed-not-understood": ("The index lists bytes that are no entry", not_understood(), "BadProofError"),
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case; `input` is base64."""
    for name, (description, excerpt, policy) in READ.items():
        yield f"excerpt/{name}", _case(description, excerpt.render(), policy) | {"gives": shown(excerpt, policy)}
    for name, (description, data) in MALFORMED.items():
        yield f"excerpt/{name}", _case(description, data) | {"error": "MalformedError"}
    for name, (description, data, error) in REFUSED.items():
        yield f"excerpt/{name}", _case(description, data) | {"error": error}


def shown(excerpt: Excerpt, policy: Policy) -> dict[str, Any]:
    """Return what an excerpt shows: the entries' leaves, what stands under each key, and when the quorum vouched."""
    proved = verify_excerpt(excerpt, policy)
    times = {"log_time": proved.log.time, "index_time": None if proved.index is None else proved.index.time}
    return {
        "origin": proved.origin,
        "size": proved.size,
        "entries": sorted(proved.entries),
        "keys": {b64url(key): list(leaves) for key, leaves in proved.leaves.items()},
        **{name: instant(time) for name, time in times.items() if time is not None},
    }


def _case(description: str, data: bytes, policy: Policy = POLICY) -> dict[str, Any]:
    return {
        "description": description,
        "input": base64.b64encode(data).decode(),
        "policy": policy.render().decode(),
    }
