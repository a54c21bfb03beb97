"""The closed lists: every word that an entry or a decision document may use where a choice is fixed.

A word outside its list is refused, so a new word needs a new version of the kind. `docs/formats/words.md`
says what each means; pages show the glossary's labels for them.
"""

from typing import Literal, get_args

Outcome = Literal["full", "partial", "conditional", "alternative"]
"""What a rule gives. A rule never refuses: whoever gets less than full may ask for a decision."""

DecisionOutcome = Literal["full", "partial", "conditional", "alternative", "refused"]
"""What a decision on one credential gives."""

Purpose = Literal["credit", "exemption", "access", "professional"]
"""What recognition is for. `access`: may apply and be considered, no place is promised."""

BasisKind = Literal[
    "automatic",
    "multilateral-agreement",
    "bilateral-agreement",
    "learning-agreement",
    "precedent",
    "case-by-case",
    "recognition-of-prior-learning",
]
"""Why the institution recognises."""

Criterion = Literal["quality", "verification", "level", "learningOutcomes", "workload", "assessment", "identification"]
"""The seven criteria of the European evaluation practice, as the members of `criteria` are named."""

Finding = Literal["met", "not met", "not shown"]
"""What was found under a criterion. `not shown` is never a ground for giving less."""

Difference = Literal[
    "quality-assurance",
    "authenticity",
    "level",
    "profile",
    "learning-outcomes",
    "workload",
    "assessment",
    "identity-check",
]
"""In what a substantial difference lies."""

CRITERION_OF: dict[Difference, Criterion] = {
    "quality-assurance": "quality",
    "authenticity": "verification",
    "level": "level",
    "profile": "learningOutcomes",
    "learning-outcomes": "learningOutcomes",
    "workload": "workload",
    "assessment": "assessment",
    "identity-check": "identification",
}
"""The criterion that has to be `not met` before a difference may be a ground."""

AppliesBy = Literal["award", "learning-agreement", "application"]
"""Whose date decides whether a rule in force applies."""

Cycle = Literal["short", "first", "second", "third"]
"""Cycles of the Qualifications Framework of the European Higher Education Area."""

AssessmentType = Literal[
    "continuous",
    "written-examination",
    "oral-examination",
    "practical",
    "coursework",
    "portfolio",
    "project",
    "presentation",
    "prior-learning",
    "other",
]
"""How learning was assessed; `other` needs a text."""

Participation = Literal["on-site", "online", "blended", "work-experience", "volunteering"]
"""Form of participation in the learning activity."""

QualityAssuranceKind = Literal["internal", "institutional", "programme", "joint-programme"]
"""Who assures quality: the body itself, or an external review of institution, programme or joint programme."""

Supervision = Literal["unsupervised", "supervised-without-identity-check", "supervised-with-identity-check"]
"""Supervision and identity check during assessment: the three values of annex I."""

StackabilityKind = Literal["stand-alone", "stackable"]
"""Whether the achievement builds towards a larger one."""

ReferenceKind = Literal["institution", "achievement", "mandate", "rule", "withdrawal", "agreement"]
"""Kinds of entries that have an id and a version, and so can be referred to."""

LegalEffect = Literal["binding", "advisory"]
"""Whether a decision binds, or advises whoever decides."""

GradeMethod = Literal["table", "formula", "pass-fail", "none"]
"""How a grade was converted; `table` names the table's version."""

CosignerClaim = Literal["index", "mirror", "witness"]
"""What a cosigner's key vouches for: one kind of claim, never two."""

KeyEnd = Literal["retired", "compromised"]
"""Why a log's key counts no more beyond its last good checkpoint."""

PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
OUTCOMES: tuple[DecisionOutcome, ...] = get_args(DecisionOutcome)
