"""The openings in a verdict: from the keys of whoever answers, and back to what the sealed entries say.

An opening shows what one entry says, and not under which key it stands: whoever reads it can't follow the chain.
"""

from collections.abc import Iterable, Mapping

from protocol.documents.dated_excerpt import DatedExcerpt, decisions_known
from protocol.documents.verdict import AwardTold, ChainTold, DocumentTold, LinkTold, StandingTold
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.errors import BadProofError
from protocol.recognition.says import DecisionChain, DocumentPart
from protocol.recognition.sealed import (
    AwardStatement,
    DecisionStatement,
    StatusStatement,
    document_value,
    opening_key,
    statement_value,
)
from protocol.recognition.sealed_entry import Sealed
from protocol.recognition.standing import Link, StandingDecisions

Excerpts = Mapping[str, DatedExcerpt]
"""By origin."""


def decisions_told(
    key: bytes, links: Iterable[Link[DecisionStatement]], documents: Mapping[int, DocumentPart], *, shown: bool
) -> ChainTold:
    """Return a chain of decisions as a verdict tells it: every link found, opened where it can be read.

    Args:
        key: The chain's key k_i, which isn't told.
        links: All links found.
        documents: What is known of the decisions' documents, by number.
        shown: Whether the asker gave the key.
    """
    told = [
        DocumentTold(number=at, scope=one.scope, credits=one.credits, basis=one.basis) for at, one in documents.items()
    ]
    return ChainTold(shown=shown, links=tuple(_decision_told(key, link) for link in links), documents=tuple(told))


def _decision_told(key: bytes, link: Link[DecisionStatement]) -> LinkTold:
    said = link.said
    if said is None:
        return LinkTold(number=link.number, leaf=link.leaf)
    return LinkTold(
        number=link.number,
        leaf=link.leaf,
        key=b64url(opening_key(key, link.number)),
        says=(said.act, said.outcome, said.purpose),
        replaces=said.replaces,
    )


def status_told(key: bytes, link: Link[str]) -> LinkTold:
    """Return a link of an award's statuses as a verdict tells it."""
    if link.said is None:
        return LinkTold(number=link.number, leaf=link.leaf)
    opening = b64url(opening_key(key, link.number))
    return LinkTold(number=link.number, leaf=link.leaf, key=opening, says=(link.said,))


def opened_chain(origin: str, chain: ChainTold, excerpts: Excerpts) -> DecisionChain:
    """Return what a chain of decisions says, as its openings show it in the log of that origin, as it was known.

    Raises:
        BadProofError: An entry isn't there, or an opening isn't its.
        MalformedError: An opening says what no decision says.
    """
    links = [_opened_decision(origin, link, excerpts) for link in chain.links]
    documents = {
        one.number: DocumentPart(scope=one.scope, credits=one.credits, basis=one.basis) for one in chain.documents
    }
    return DecisionChain(decisions_known(excerpts[origin], links) if links else StandingDecisions(()), documents)


def _opened_decision(origin: str, link: LinkTold, excerpts: Excerpts) -> Link[DecisionStatement]:
    entry = sealed_at(origin, link.leaf, excerpts)
    if not link.key:
        return Link(link.number, link.leaf, None)
    if len(link.says) != 3:
        raise BadProofError("a decision's opening gives act, outcome and purpose")
    said = DecisionStatement(link.number, *link.says, link.replaces)
    _check_opened(origin, link, entry, said)
    return Link(link.number, link.leaf, said)


def check_award_opened(standing: StandingTold, award: AwardTold, file: str, excerpts: Excerpts) -> None:
    """Check that an award, and the statuses told of it, are opened rightly.

    Args:
        standing: What is told of the standing.
        award: The award's entry and opening.
        file: SHA-256 of the credential's file, as base64url.
        excerpts: The logs.

    Raises:
        BadProofError: An entry isn't there, or an opening isn't its.
        MalformedError: A value isn't what it should be.
    """
    entry = sealed_at(standing.origin, award.leaf, excerpts)
    key = parse_b64url32(award.key, "award.key")
    statement = AwardStatement(parse_b64url32(award.status_key_id, "award.statusKeyId"))
    if b64url(statement_value(key, standing.origin, statement)) != entry.statement:
        raise BadProofError(f"leaf {award.leaf} of {standing.origin} is not opened as an award")
    if not file or b64url(document_value(key, parse_b64url32(file, "credential.file"))) != entry.document:
        raise BadProofError(f"the award at leaf {award.leaf} of {standing.origin} is of another file")
    tag = parse_b64url32(entry.tag)
    for link in standing.links:
        if link.key:
            said = StatusStatement(link.number, link.says[0] if link.says else "", tag)
            _check_opened(standing.origin, link, sealed_at(standing.origin, link.leaf, excerpts), said)


def _check_opened(origin: str, link: LinkTold, entry: Sealed, said: StatusStatement | DecisionStatement) -> None:
    key = parse_b64url32(link.key, "link.key")
    if b64url(statement_value(key, origin, said)) != entry.statement:
        raise BadProofError(f"leaf {link.leaf} of {origin} does not say what its opening gives")


def sealed_at(origin: str, leaf: int, excerpts: Excerpts) -> Sealed:
    """Return the sealed entry at a leaf index.

    Raises:
        BadProofError: It isn't shown.
    """
    logged = excerpts[origin].shown.entries.get(leaf) if origin in excerpts else None
    if logged is None or not isinstance(logged.entry, Sealed):
        raise BadProofError(f"leaf {leaf} of {origin or 'no log'} is not shown as a sealed entry")
    return logged.entry
