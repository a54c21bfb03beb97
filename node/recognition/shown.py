"""A credential as somebody shows it: its file, a receipt or presentation of its award, or the data of a paper.

A receipt counts as a presentation that shows everything. What a presentation says of itself is checked here as far as
it can be without any log: it opens its own entry, and it is about the very file that is shown. Whether the entry
stands in the log is asked of the log.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from node.errors import BadRequestError, InadmissibleError
from protocol.documents.presentation import KIND as PRESENTATION
from protocol.documents.presentation import Presentation, PresentedAward
from protocol.documents.receipt import KIND as RECEIPT
from protocol.documents.receipt import Receipt
from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from protocol.errors import MalformedError
from protocol.recognition.arrange import from_plain
from protocol.recognition.decision import Paper
from protocol.recognition.problems import InadmissibleError as BrokenRulesError
from protocol.recognition.sealed import AwardStatement, document_value, seal_award, statement_value
from protocol.recognition.sealed_entry import parse_sealed


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One credential: identified by its file or by a paper's data, with what is presented of its award."""

    file_hash: bytes | None = None
    document: bytes | None = None
    """The file, where it is at hand and not only its hash."""
    presentation: Presentation | None = None
    paper: Paper | None = None

    @property
    def award(self) -> PresentedAward | None:
        """The award that is presented."""
        return None if self.presentation is None else self.presentation.award

    def decisions_key(self, origin: str) -> bytes | None:
        """Return the key of what this log's institution decided, where it is shown."""
        return None if self.presentation is None else self.presentation.decisions.get(origin)


def show(
    *,
    document: bytes | None = None,
    presented: bytes | None = None,
    paper: object = None,
    origins: Iterable[str] = (),
) -> Shown:
    """Return what is shown, put together from its parts.

    Args:
        document: The credential's file.
        presented: A receipt or a presentation; canonical JSON.
        paper: What a credential on paper says, as a builder's plain value.
        origins: Logs whose institutions' decisions a receipt is to show.

    Raises:
        BadRequestError: The presentation can't be read.
        InadmissibleError: The parts don't fit each other, or identify no credential.
    """
    presentation = None if presented is None else _presentation(presented, origins)
    award = None if presentation is None else presentation.award
    if paper is not None:
        if document is not None or award is not None:
            raise InadmissibleError("a paper has neither a file nor an award: show the one or the other")
        return Shown(paper=_paper(paper), presentation=presentation)
    file_hash = None if document is None else hashlib.sha256(document).digest()
    if award is not None and file_hash is not None and file_hash != award.file_hash:
        raise InadmissibleError("the receipt or presentation is about another file than the one shown")
    if file_hash is None and award is not None:
        file_hash = award.file_hash
    if file_hash is None:
        raise InadmissibleError("no credential is shown: give its file, its receipt, or a paper's data")
    return Shown(file_hash=file_hash, document=document, presentation=presentation)


def _presentation(data: bytes, origins: Iterable[str]) -> Presentation:
    try:
        value = canonical.decode(data)
        kind = value.get("kind") if isinstance(value, dict) else None
        if kind == RECEIPT:
            receipt = Receipt.parse(data)
            check_receipt(receipt)
            return Presentation.of(receipt, decisions=origins)
        if kind != PRESENTATION:
            raise MalformedError(f"is of kind '{str(kind)[:40]}', must be {RECEIPT} or {PRESENTATION}", "kind")
        presentation = Presentation.parse(data)
    except MalformedError as error:
        raise BadRequestError(f"the receipt or presentation can't be read: {error}") from None
    if presentation.award is not None:
        _check_award(presentation.award)
    return presentation


def check_receipt(receipt: Receipt) -> None:
    """Raise InadmissibleError unless the receipt's standing secret gives its entry."""
    values = seal_award(receipt.standing, receipt.origin, receipt.file_hash)
    entry = parse_sealed(receipt.entry)
    sealed = (b64url(values.document), b64url(values.statement), b64url(values.tag))
    if entry is None or sealed != (entry.document, entry.statement, entry.tag):
        raise InadmissibleError("the receipt's secret does not open its own entry")


def _check_award(award: PresentedAward) -> None:
    entry = parse_sealed(award.entry)
    statement = statement_value(award.opening, award.origin, AwardStatement(award.status_key_id))
    document = document_value(award.opening, award.file_hash)
    if entry is None or (b64url(statement), b64url(document)) != (entry.statement, entry.document):
        raise InadmissibleError("the presentation's opening does not open its own entry")


def _paper(value: object) -> Paper:
    try:
        return from_plain(value, Paper)
    except BrokenRulesError as error:
        problems = [(f"paper.{one.where}".rstrip("."), one.what) for one in error.problems]
        raise InadmissibleError(f"the paper's data can't be used: {error}", problems) from None
