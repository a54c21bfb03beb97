"""A small log with an index, of which excerpts are made: from fixed seeds, the same bytes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from protocol.documents.excerpt import Excerpt, ExcerptEntry, ExcerptIndex
from protocol.documents.presentation import Presentation
from protocol.documents.proved_excerpt import END_KEY
from protocol.documents.receipt import Receipt
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note
from protocol.encoding.wire import b64url
from protocol.gossip.cosignature import cosign
from protocol.gossip.policy import Policy
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import IndexHead, sign_index
from protocol.log.merkle import leaf_hash, root_of
from protocol.log.trie import Trie, leaves_value
from protocol.recognition.sealed import (
    DecisionStatement,
    StatusStatement,
    award_key,
    award_tag,
    chain_tag,
    decisions_key,
    seal_award,
    seal_link,
    status_key,
)
from protocol.recognition.terms import keys_of, term_key
from tests.support.examples import (
    COSIGNED,
    DECIDER,
    DECIDING_LOG,
    FILE_HASH,
    LOG,
    ORIGIN,
    PARTNERS,
    RECOGNITION,
    STANDING,
    a_note,
    a_proof,
    other_entries,
    sealed_entry,
    seed,
)

INDEXERS = [Signer(f"index.{name}.example", seed(f"index {name}"), COSIGNATURE) for name in ("alfa", "beta", "gamma")]
"""The partners' index cosigners."""

ASKED_AT = COSIGNED[-1] + 3600
"""A moment at which everything is fresh."""

TAG = award_tag(award_key(STANDING, ORIGIN), ORIGIN)
STATUS_KEY = status_key(STANDING, ORIGIN)
DECISIONS_KEY = decisions_key(RECOGNITION, DECIDER)
AWARD = sealed_entry(seal_award(STANDING, ORIGIN, FILE_HASH))
LEAF = 3
"""Where the award stands."""


def _policy() -> Policy:
    lines = [f"log {signer.verifier.render()}" for signer in (LOG, DECIDING_LOG)]
    for at, (mirror, index) in enumerate(zip(PARTNERS, INDEXERS, strict=True), 1):
        lines.append(f"witness mirror-{at} {mirror.verifier.render()}")
        lines.append(f"witness index-{at} {index.verifier.render()}")
        lines.append(f"group partner-{at} any mirror-{at} index-{at}")
    lines += ["group partners 2 partner-1 partner-2 partner-3", "quorum partners", ""]
    return Policy.parse("\n".join(lines).encode())


POLICY = _policy()
"""Believes both logs, and asks for two of three partners, for checkpoints and for indexes."""


@dataclass(frozen=True)
class SmallLog:
    """Entries of a log, its signer, and the entries that its index is made of, where the log lies about them."""

    entries: tuple[bytes, ...]
    signer: Signer = LOG
    indexed: tuple[bytes, ...] | None = None
    """What the index is made of instead: bytes of no entry are left out of it."""

    @property
    def origin(self) -> str:
        """The log's."""
        return self.signer.verifier.name

    def listed(self) -> dict[bytes, list[int]]:
        """Return the leaves under every key of the index."""
        listed: dict[bytes, list[int]] = {}
        for leaf, entry in enumerate(self.entries if self.indexed is None else self.indexed):
            for key in keys_of(entry, origin=self.origin):
                listed.setdefault(key, []).append(leaf)
        return listed

    def excerpt(
        self,
        keys: Iterable[bytes],
        *,
        leaves: Iterable[int] = (),
        cosigners: Sequence[Signer] = PARTNERS,
        index_cosigners: Sequence[Signer] = INDEXERS,
    ) -> Excerpt:
        """Return what stands under these keys, and at these leaves besides."""
        listed, note = self.listed(), a_note(self.entries, self.signer, cosigners)
        trie = Trie.of((key, leaves_value(under)) for key, under in listed.items())
        answers = [IndexAnswer(key, tuple(listed.get(key, ())), trie.prove(key)) for key in sorted(set(keys))]
        head = IndexHead(
            self.origin, len(self.entries), root_of([leaf_hash(entry) for entry in self.entries]), trie.root
        )
        signed = Note.parse(sign_index(head, self.signer))
        cosigned = signed.adding(
            cosign(signed.text, cosigner, time) for cosigner, time in zip(index_cosigners, COSIGNED, strict=False)
        )
        shown = sorted({*leaves, *(leaf for answer in answers for leaf in answer.leaves)})
        return Excerpt(
            checkpoint=note,
            entries=tuple(
                ExcerptEntry(leaf=leaf, entry=self.entries[leaf], hashes=a_proof(self.entries, leaf, note).hashes)
                for leaf in shown
            ),
            index=ExcerptIndex(note=cosigned.render(), trie_root=trie.root, answers=tuple(answers)),
        )


def tag_keys(*tags: bytes) -> list[bytes]:
    """Return the index keys of tags."""
    return [term_key(("tag", b64url(tag))) for tag in tags]


def chain_keys(key: bytes, origin: str, *numbers: int) -> list[bytes]:
    """Return the index keys of a chain's links."""
    return tag_keys(*(chain_tag(key, origin, number) for number in numbers))


def statuses(*said: str, key: bytes = STATUS_KEY) -> list[bytes]:
    """Return the entries of an award's statuses 1, 2, …, in their order."""
    return [
        sealed_entry(seal_link(key, ORIGIN, StatusStatement(number, one, TAG))) for number, one in enumerate(said, 1)
    ]


def decisions(*said: DecisionStatement, document_hash: bytes = seed("document")) -> list[bytes]:
    """Return the entries of decisions."""
    return [sealed_entry(seal_link(DECISIONS_KEY, DECIDER, one, document_hash)) for one in said]


def awarding_log(*later: bytes) -> SmallLog:
    """Return the log of the award, with these entries behind it."""
    others = other_entries(LEAF + 3)
    return SmallLog((*others[:LEAF], AWARD, *later, *others[LEAF:]))


def deciding_log(*later: bytes) -> SmallLog:
    """Return the log of an institution that decides, with these entries."""
    others = other_entries(4)
    return SmallLog((*others[:2], *later, *others[2:]), DECIDING_LOG)


def standing_excerpt(log: SmallLog, *numbers: int) -> Excerpt:
    """Return what the log shows of the award and of these statuses."""
    return log.excerpt([*tag_keys(TAG), *chain_keys(STATUS_KEY, ORIGIN, *numbers), END_KEY])


def decisions_excerpt(log: SmallLog, *numbers: int) -> Excerpt:
    """Return what the log shows of these decisions."""
    return log.excerpt([*chain_keys(DECISIONS_KEY, DECIDER, *numbers), END_KEY])


def a_receipt_in(log: SmallLog) -> Receipt:
    """Return the receipt of the award in that log."""
    return Receipt(
        origin=ORIGIN,
        entry=AWARD,
        log_proof=a_proof(log.entries, LEAF, a_note(log.entries)),
        standing=STANDING,
        recognition=RECOGNITION,
        file_name="credential.json",
        file_hash=FILE_HASH,
    )


def a_presentation(awarding: SmallLog, *numbers: int, excerpt: Excerpt | None = None) -> Presentation:
    """Return a presentation of the award and its standing, with what the log shows of these statuses."""
    shown = Presentation.of(a_receipt_in(awarding))
    return shown.proved({ORIGIN: excerpt or standing_excerpt(awarding, *numbers)})


def with_decisions(presentation: Presentation, excerpt: Excerpt) -> Presentation:
    """Return the presentation with what the deciding institution decided."""
    return replace(presentation, decisions={DECIDER: DECISIONS_KEY}, proofs={**presentation.proofs, DECIDER: excerpt})
