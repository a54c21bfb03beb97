"""Leave the learner out of what is read of an achievement, as titles of badges made for one person name them.

A text names the learner if it holds a whole name, both a given and a family name, or a number or address for mail
of theirs: a family name alone may be a subject too (*Law*). Such a text is left out whole. So is a body that bears the
learner's very name; one that is called after somebody is kept.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Final

from node.formats.reading import AchievementReading
from node.formats.strict_json import JsonObject
from node.formats.values import objects, strings
from protocol.encoding.nfc import nfc
from protocol.errors import MalformedError

MOST_NAMES: Final = 256
"""Names that texts are searched for. A document with more is refused: some would else go unnoticed."""

_GIVEN: Final = ("givenName", "firstName")
_FAMILY: Final = ("familyName", "lastName", "birthName")
_KEPT: Final = frozenset({"grading", "awarding_bodies", "quality"})
"""Fields that have a rule of their own, or hold nothing that enters a draft as text."""

_LEAST_IDENTIFIER: Final = 6
_LEAST_DIGITS: Final = 4


@dataclass(frozen=True, slots=True)
class LearnerWords:
    """What names the learner, as sets of words that a text has to hold all of."""

    whole: frozenset[frozenset[str]]
    """A whole name; a number, an address for mail."""
    parts: tuple[tuple[frozenset[frozenset[str]], frozenset[frozenset[str]]], ...]
    """For each subject its given and its family names, of which one each together name it."""
    every_word: frozenset[str]

    def named_in(self, text: str) -> bool:
        """Return whether the text names the learner."""
        words = _words(text)
        if self.every_word.isdisjoint(words):
            return False
        if any(name <= words for name in self.whole):
            return True
        return any(
            any(given <= words for given in all_given) and any(family <= words for family in all_family)
            for all_given, all_family in self.parts
        )

    def is_name(self, text: str) -> bool:
        """Return whether the text is the learner's name and nothing else."""
        return self.named_in(text) and _words(text) <= self.every_word


def learner_words(credential: JsonObject) -> LearnerWords:
    """Return what names the learner of a credential, and of those within it.

    Raises:
        MalformedError: It gives more names than one document is about.
    """
    subjects = list(_subjects(credential))
    whole = frozenset(_words(name) for subject in subjects for name in _whole_names(subject)) - {frozenset()}
    parts = tuple((_names(subject, _GIVEN), _names(subject, _FAMILY)) for subject in subjects)
    parts = tuple(dict.fromkeys((given, family) for given, family in parts if given and family))
    names = [*whole, *(name for pair in parts for names in pair for name in names)]
    if len(names) > MOST_NAMES:
        raise MalformedError(f"gives more than {MOST_NAMES} names and numbers of learners", "credentialSubject")
    return LearnerWords(whole, parts, frozenset().union(*names))


def without_learner(achievement: AchievementReading, learner: LearnerWords) -> AchievementReading:
    """Return the achievement without what names the learner; the grade is kept, which never enters an entry."""
    if not learner.whole and not learner.parts:
        return achievement
    changed = {
        part.name: _unnamed(getattr(achievement, part.name), learner)
        for part in fields(achievement)
        if part.name not in _KEPT
    }
    bodies = [body for body in achievement.awarding_bodies if not any(map(learner.is_name, body.names.values()))]
    grading = replace(_unnamed(achievement.grading, learner), grade=achievement.grading.grade)
    return replace(achievement, **changed, awarding_bodies=tuple(bodies), grading=grading)


def _subjects(credential: JsonObject) -> Iterator[JsonObject]:
    """Yield the subjects of a credential, and of the credentials that a record holds."""
    for subject in objects(credential.get("credentialSubject")):
        yield subject
        for inner in objects(subject.get("verifiableCredential")):
            yield from _subjects(inner)


def _whole_names(subject: JsonObject) -> Iterator[str]:
    """Yield texts each of which alone names or identifies the subject."""
    for member in ("name", "fullName"):
        yield from strings(subject.get(member))
    for item in objects(subject.get("identifier")):
        told = [] if item.get("hashed") is True else [*strings(item.get("identityHash"))]
        told += strings(item.get("notation"))
        yield from told if item.get("identityType") == "name" else filter(_is_telling, told)
    for member in ("email", "emailAddress", "contactPoint", "nationalID"):
        yield from (found.removeprefix("mailto:") for found in strings(subject.get(member)) if _is_telling(found))


def _is_telling(identifier: str) -> bool:
    """Return whether an identifier is long enough, and enough of a number or address, to occur for no other reason."""
    return len(identifier) >= _LEAST_IDENTIFIER and (
        "@" in identifier or sum(map(str.isdigit, identifier)) >= _LEAST_DIGITS
    )


def _names(subject: JsonObject, members: tuple[str, ...]) -> frozenset[frozenset[str]]:
    found = (_words(name) for member in members for name in strings(subject.get(member)))
    return frozenset(words for words in found if words)


def _words(text: str) -> frozenset[str]:
    """Return the words of a text, however its letters are composed; of one that has no such form, all as it stands."""
    try:
        return frozenset(re.findall(r"\w+", nfc(text.casefold())))
    except MalformedError:
        return frozenset(re.findall(r"\w+", text.casefold()))


def _unnamed(value: Any, learner: LearnerWords) -> Any:
    """Return a reading's value without the texts that name the learner."""
    if isinstance(value, str):
        return "" if learner.named_in(value) else value
    if isinstance(value, Mapping):
        return {language: kept for language, text in value.items() if (kept := _unnamed(text, learner))}
    if isinstance(value, tuple):
        return tuple(_unnamed(item, learner) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{part.name: _unnamed(getattr(value, part.name), learner) for part in fields(value)})
    return value
