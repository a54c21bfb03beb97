"""Which lists of a log's index a verdict needs: of the institution, of the achievement, of rules, of chains. Pure."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from node.recognition.logs.chains import STEP
from protocol.documents.dated_excerpt import timed
from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from protocol.recognition.follow import MAX_LINKS
from protocol.recognition.question import Question
from protocol.recognition.rules_asked import Under, ending_terms, question_terms, speaking
from protocol.recognition.sealed import chain_tag
from protocol.recognition.terms import Term, term_key


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTerms:
    """What is asked of one log."""

    origin: str
    question: Question | None = None
    """Where its institution is asked: what."""
    terms: Sequence[Term] = ()
    """Further terms, as of an achievement that it publishes."""
    tags: Sequence[bytes] = ()
    """Tags whose entries are needed, as of an award."""
    chains: Sequence[bytes] = ()
    """Keys of chains that are followed in it."""
    about: bytes = b""
    """What tells the question from others, with all that it was made from; empty where there is none."""

    @property
    def fingerprint(self) -> bytes:
        """What tells this from all else that is asked of the log: no key can be found from it."""
        asks = [self.about, b"" if self.question is None else b"?", *self.tags, b"", *self.chains]
        told = canonical.encode(sorted(map(list, self.terms)))
        return hashlib.sha256(told + b"".join(len(one).to_bytes(4, "big") + one for one in asks)).digest()

    def wanted(self, proved: ProvedExcerpt | None) -> frozenset[bytes]:
        """Return the index keys that are needed, given what the log has shown so far."""
        terms: list[Term] = [("institution",), ("succession",), *self.terms]
        terms += [("tag", b64url(tag)) for tag in self.tags]
        if self.question is not None:
            terms += _of_rules(self.question, proved)
        for key in self.chains:
            terms += _of_chain(key, self.origin, proved)
        return frozenset(map(term_key, terms))


def _of_rules(question: Question, proved: ProvedExcerpt | None) -> Iterable[Term]:
    terms = question_terms(question)
    yield from terms
    if proved is not None and all(proved.under(term) is not None for term in terms):
        under: Under = {term: timed(proved, term) for term in terms}
        for rule in {rule.id: rule for _, rule, _ in speaking(question, under)}.values():
            yield from ending_terms(rule)


def _of_chain(key: bytes, origin: str, proved: ProvedExcerpt | None) -> Iterable[Term]:
    """Give the tags of a chain: some more than are there, so that a gap is seen; once its end is seen, up to there."""
    last, asked = 0, 0
    for number in range(1, MAX_LINKS + 1):
        found = None if proved is None else proved.under(_tag(key, origin, number))
        if found is None:
            break
        asked = number
        last = number if found else last
    is_seen = asked > last and (asked == last + 1 or asked % STEP == 0)
    end = last + 1 if is_seen else asked - asked % STEP + STEP
    for number in range(1, min(end, MAX_LINKS) + 1):
        yield _tag(key, origin, number)


def _tag(key: bytes, origin: str, number: int) -> Term:
    return ("tag", b64url(chain_tag(key, origin, number)))
