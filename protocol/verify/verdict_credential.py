"""The steps of a verdict that concern one credential: what the openings show alone, and what a presentation adds.

An opening shows what one entry says. That the entries are all there are, and about this credential, only the keys of a
presentation show: without one the reader has the signer's word, and the report says so.
"""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Final

from protocol.documents.dated_excerpt import DatedExcerpt, decisions_followed, standing_known
from protocol.documents.presentation import Presentation, PresentedAward
from protocol.documents.proved_excerpt import ProvedExcerpt
from protocol.documents.verdict import InstitutionTold, StandingTold
from protocol.documents.verdict_content import LEAVE_RULES_TO_COUNT
from protocol.documents.verdict_openings import check_award_opened, opened_chain
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.errors import BadProofError
from protocol.gossip.policy_text import NO_QUORUM
from protocol.recognition.follow import AwardEntry
from protocol.recognition.says import DecisionChain
from protocol.recognition.sealed import AwardStatement, document_value, statement_value
from protocol.recognition.sealed_entry import Sealed
from protocol.verify.checks import Check, Question, established
from protocol.verify.report import Finding, Part
from protocol.verify.verdict_case import VerdictCase, backed


def check_openings(case: VerdictCase) -> Finding:
    """Open every sealed entry that the verdict relies on."""
    subject = established(case.verdict, "readable").credential_subject
    excerpts = established(case.dated, "times")
    standing, opened = subject.standing, 0
    if standing is not None and standing.award is not None:
        file = subject.asked.credential.file if subject.asked.credential is not None else ""
        check_award_opened(standing, standing.award, file, excerpts)
        _check_known(excerpts[standing.origin], [link.leaf for link in standing.links])
        opened += 1 + len(standing.links)
    case.chains = {
        one.origin: [opened_chain(one.origin, chain, excerpts) for chain in one.chains] for one in subject.institutions
    }
    opened += sum(len(chain.links) for one in subject.institutions for chain in one.chains)
    if not opened:
        return Finding("yes", "It relies on no sealed entry: nothing in it concerns one person's credential alone.")
    return Finding(
        "yes",
        f"Each of the {opened} sealed entries that it relies on says what it is said to.",
        "their openings show it",
    )


def _check_known(dated: DatedExcerpt, leaves: Sequence[int]) -> None:
    """Raise BadProofError where an entry is told that was logged after the moment asked about."""
    for leaf in leaves:
        if dated.then(leaf) == "not yet":
            raise BadProofError(f"leaf {leaf} of {dated.origin} was logged after the moment asked about")


def check_file(case: VerdictCase) -> Finding:
    """Compare the credential's file with the one that the verdict is about."""
    asked = established(case.verdict, "readable").credential_subject.asked.credential
    given = b64url(hashlib.sha256(established(case.question.document, "file")).digest())
    if asked is None or given != asked.file:
        return Finding("no", "The file given is not the credential that the verdict is about.")
    return Finding(
        "yes", "The file given is the credential that it is about, byte for byte.", "its SHA-256 is the same"
    )


def check_presentation(case: VerdictCase) -> Finding:
    """Read the presentation, and see that it is of the very credential."""
    presentation = Presentation.parse(established(case.question.presentation, "presentation"))
    asked = established(case.verdict, "readable").credential_subject.asked.credential
    award = presentation.award
    if award is not None and (asked is None or b64url(award.file_hash) != asked.file):
        return Finding("no", "The presentation is of another credential than the verdict is about.")
    case.presentation = presentation
    parts = ["an award"] if award is not None else []
    parts += ["the key of its standing"] if presentation.status_key is not None else []
    parts += [f"{len(presentation.decisions)} keys of decisions"]
    text = f"The presentation given shows {', '.join(parts)}."
    if award is None:
        return Finding("warning", text, "that these keys belong to this very credential is the presenter's word")
    return Finding("yes", text, "its award is about the same credential")


def check_standing(case: VerdictCase) -> Finding:
    """Follow the award's standing by the key shown, and compare it with what the verdict says."""
    subject = established(case.verdict, "readable").credential_subject
    told, presentation = subject.standing, established(case.presentation, "presentation")
    if told is None:
        if subject.asked.credential is not None:
            return Finding("no", "It says nothing of the credential's standing.")
        return Finding("yes", "It is about no credential, so there is no standing.")
    counts = told.standing in LEAVE_RULES_TO_COUNT
    if presentation.award is None or presentation.status_key is None:
        why = "by the signer's word: the presentation doesn't show its key"
        return Finding("warning", f"Its standing is said to be {told.standing}." if counts else _not_good(told), why)
    excerpt = established(case.dated, "times").get(presentation.award.origin)
    if excerpt is not None and told.origin == excerpt.origin:
        return _followed(case, told, presentation.award, presentation.status_key, excerpt)
    if counts:
        return Finding("no", f"The award stands in {presentation.award.origin}, and nothing of that log is shown.")
    return Finding("warning", _not_good(told), "by the signer's word: nothing of the award's log is shown")


def _followed(
    case: VerdictCase, told: StandingTold, award: PresentedAward, key: bytes, excerpt: DatedExcerpt
) -> Finding:
    vouched = backed(case, excerpt.shown)
    found = standing_known(excerpt, _award_entry(award, excerpt.shown), key)
    asked = case.question.trust.policy.quorum != NO_QUORUM
    by_log_alone = vouched == "claimed" and asked and found.standing == "good"
    standing = "unknown" if vouched == "stale" or by_log_alone else found.standing
    if standing == told.standing:
        proved = vouched == "proved"
        why = "every change of it is shown, and that there is no further one" + ("" if proved else ", by the log alone")
        return Finding("yes" if proved else "warning", f"The credential's standing is {standing}: {found.why}.", why)
    if told.standing in LEAVE_RULES_TO_COUNT:
        why = "that no change of it is left out is claimed by its log alone" if by_log_alone else found.why
        return Finding("no", f"Its standing is {standing}, and the verdict says {told.standing}.", why)
    return Finding("warning", _not_good(told), f"by the signer's word; what is shown is: {standing}")


def _award_entry(award: PresentedAward, excerpt: ProvedExcerpt) -> AwardEntry:
    """Return the award's entry as the excerpt shows it: the one that the presentation opens.

    Raises:
        BadProofError: It is not there, or the presentation's opening is not its own.
    """
    leaf = award.log_proof.index
    logged = excerpt.entries.get(leaf)
    if logged is None or logged.data != award.entry or not isinstance(logged.entry, Sealed):
        raise BadProofError("the award that is presented is not the one that the verdict shows")
    statement = statement_value(award.opening, award.origin, AwardStatement(award.status_key_id))
    document = document_value(award.opening, award.file_hash)
    if (b64url(statement), b64url(document)) != (logged.entry.statement, logged.entry.document):
        raise BadProofError("the presentation does not open its own award")
    tag = parse_b64url32(logged.entry.tag)
    return AwardEntry(origin=award.origin, leaf=leaf, tag=tag, status_key_id=award.status_key_id)


def _not_good(told: StandingTold) -> str:
    return f"The signer does not hold its standing for good ({told.standing}), and relies on nothing for it."


def check_decisions(case: VerdictCase) -> Finding:
    """Follow the decisions under every key shown, and compare them with what the verdict says."""
    subject = established(case.verdict, "readable").credential_subject
    presentation, chains = established(case.presentation, "presentation"), established(case.chains, "openings")
    parts = [
        part
        for institution in subject.institutions
        for part in _decided(case, institution, presentation, chains.get(institution.origin, ()))
    ]
    return Finding("yes", "What was decided on the credential was compared with the logs.", parts=parts)


def _decided(
    case: VerdictCase, institution: InstitutionTold, presentation: Presentation, chains: Sequence[DecisionChain]
) -> Iterator[Part]:
    origin, excerpts = institution.origin, established(case.dated, "times")
    key = presentation.decisions.get(origin)
    if origin not in excerpts:
        return
    if key is None:
        said = f"{len(chains)} of its chains shown" if chains else "none shown"
        yield Part(
            "warning", f"{origin}: decisions, {said}.", "by the signer's word: the presentation doesn't show its key"
        )
        return
    found = decisions_followed(excerpts[origin], key)
    told = [chain.stands for chain, shown in zip(chains, institution.chains, strict=True) if shown.shown]
    if len(told) != 1 or (found.decisions, bool(found.unknown)) != (told[0].decisions, bool(told[0].unknown)):
        yield Part("no", f"{origin}: decided otherwise than the verdict says.", found.unknown)
        return
    if further := len(chains) - 1:
        why = "by the signer's word: the presentation shows no key of theirs"
        yield Part("warning", f"{origin}: {further} further chains of decisions on it are told.", why)
    if found.unknown:
        yield Part("warning", f"{origin}: what was decided can't be known: {found.unknown}.")
        return
    count = f"{len(found.decisions)} decisions stand" if found.decisions else "no decision stands"
    match backed(case, excerpts[origin].shown):
        case "proved":
            yield Part("yes", f"{origin}: {count} under the key shown.", "that there is no further one is shown")
        case other:
            word = "STALE" if other == "stale" else "claimed by the log alone"
            yield Part("warning", f"{origin}: {count} under the key shown.", f"that there is no further one is {word}")


class _Waiver:
    """Leaves a step out where no presentation is given."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, question: Question) -> Finding | None:
        if question.presentation is not None:
            return None
        return Finding("not checked", self._text, "no presentation was given")


def _no_file(question: Question) -> Finding | None:
    if question.document is not None:
        return None
    return Finding("not checked", "No credential was compared.", "its file was not given")


CHECKS: Final = (
    Check("openings", check_openings, "What it relies on does not say what it is said to."),
    Check("file", check_file, waived=_no_file),
    Check(
        "presentation",
        check_presentation,
        "The presentation can't be used.",
        waived=_Waiver("What concerns one credential is by the signer's word."),
        may_warn=True,
    ),
    Check(
        "standing",
        check_standing,
        "Its standing is not shown.",
        waived=_Waiver("The credential's standing is by the signer's word."),
        may_warn=True,
    ),
    Check(
        "decisions",
        check_decisions,
        "What was decided is not shown.",
        waived=_Waiver("What was decided on the credential is by the signer's word."),
        may_warn=True,
    ),
)
