"""Read an Open Badge 3.0, or the achievements of a Comprehensive Learner Record 2.0.

The subject of a badge has one ``achievement``; a CLR's has a list of them and of credentials within it. The
achievement's ``creator`` made its definition, and the code (``humanCode``) is the creator's: it is read as
the awarding body where it is named, else the issuer is. The issuer is read apart in either case.

Open Badges has no language maps: texts are in the achievement's ``inLanguage``. What it has no property for is read by
`node.formats.openbadge_terms`. Source: 1EdTech Open Badges 3.0, CLR 2.0.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from node.formats import identifiers, openbadge_terms, vocabulary
from node.formats.dates import legal_date
from node.formats.languages import UNDETERMINED
from node.formats.reading import (
    MOST_ACHIEVEMENTS,
    AchievementReading,
    Body,
    Grading,
    Identifier,
    QualityAssurance,
    check_count,
)
from node.formats.strict_json import JsonObject
from node.formats.values import by_language, first_object, identity, listed, objects, text

_PERSONAL_TYPES = frozenset({"emailAddress", "userName", "nationalIdentityNumber", "accountId", "sourcedId"})


def read_claims(credential: JsonObject) -> tuple[AchievementReading, ...]:
    """Return what a badge or record claims of its subject; empty if it claims nothing."""
    claims = list(islice(_claims(credential), MOST_ACHIEVEMENTS + 1))
    check_count(claims)
    return tuple(_achievement(claim) for claim in claims)


@dataclass(frozen=True, slots=True)
class _Holder:
    """A profile that may be the awarding body's: an issuer's is read once for all that it issued."""

    body: Body
    quality: tuple[QualityAssurance, ...]

    @classmethod
    def of(cls, profile: object, said_in: str) -> "_Holder":
        """Read a Profile, or the address of one."""
        return cls(read_profile(profile, said_in), openbadge_terms.read_quality(first_object(profile)))


@dataclass(frozen=True, slots=True)
class _Claim:
    """An achievement with what stands around it in the credential that claims it."""

    item: JsonObject
    subject: JsonObject
    credential: JsonObject
    issuer: _Holder


def _claims(credential: JsonObject) -> Iterator[_Claim]:
    issuer = _Holder.of(credential.get("issuer"), "issuer")
    for subject in objects(credential.get("credentialSubject")):
        for inner in objects(subject.get("verifiableCredential")):
            yield from _claims(inner)
        for item in objects(subject.get("achievement")):
            yield _Claim(item, subject, credential, issuer)


def read_profile(profile: object, said_in: str) -> Body:
    """Return the body that a Profile, or the address of one, describes."""
    item = first_object(profile)
    url, address = text(item.get("url")), first_object(item.get("address"))
    country = vocabulary.country(address.get("addressCountryCode"))
    return Body(
        names=by_language(item.get("name")) | by_language(item.get("legalName")),
        country=country,
        region=vocabulary.region(address.get("addressRegion"), country),
        identifiers=_identifiers(item, identity(profile)),
        url=url or _web_address(identity(profile)),
        id=identity(profile),
        said_in=said_in,
    )


def _web_address(address: str) -> str:
    return address if address.startswith(("https://", "http://")) else ""


def _identifiers(profile: JsonObject, address: str) -> tuple[Identifier, ...]:
    found = [identifiers.identifier(address), identifiers.identifier(text(profile.get("url")))]
    found = [item for item in found if item is not None and item.scheme != identifiers.OTHER]
    for item in objects(profile.get("otherIdentifier")):
        scheme = text(item.get("identifierType")).removeprefix("ext:")
        if scheme not in _PERSONAL_TYPES:
            found.append(identifiers.identifier(text(item.get("identifier")), scheme=scheme))
    return tuple(dict.fromkeys(item for item in found if item is not None))


def _achievement(claim: _Claim) -> AchievementReading:
    item = claim.item
    language = next(iter(vocabulary.languages(item.get("inLanguage"))), UNDETERMINED)
    holder = _awarding_body(claim)
    return AchievementReading(
        claim="achievement",
        title=openbadge_terms.read_title(item, language),
        code=_code(item),
        awarding_bodies=openbadge_terms.read_bodies(item) or _named(holder.body, language),
        award_date=legal_date(text(claim.credential.get("awardedDate"))),
        outcomes=openbadge_terms.read_outcomes(item, language),
        esco=openbadge_terms.read_skills(item),
        description=by_language(item.get("description"), language),
        credits=openbadge_terms.read_credits(item),
        credits_received=openbadge_terms.read_received(claim.subject),
        hours=openbadge_terms.read_hours(item),
        eqf_level=openbadge_terms.read_eqf(item),
        cycle=openbadge_terms.read_cycle(item),
        assessment_types=openbadge_terms.read_assessment(item),
        participation=openbadge_terms.read_participation(item),
        quality=(*openbadge_terms.read_quality(item), *holder.quality),
        supervision=openbadge_terms.read_supervision(item),
        prerequisites=openbadge_terms.read_prerequisites(item, language),
        grading=_grading(item, claim.subject, language),
        stackability=openbadge_terms.read_stackability(item),
        isced_f=openbadge_terms.read_fields(item),
        languages=openbadge_terms.read_languages(item),
        url=_web_address(identity(item)) or _web_address(identity(item.get("criteria"))),
    )


def _awarding_body(claim: _Claim) -> _Holder:
    """Return the awarding body.

    The creator counts where it is named and another than the issuer; of one body named twice the issuer's is fuller.
    """
    creator, issuer = first_object(claim.item.get("creator")), claim.credential.get("issuer")
    same = identity(creator) and identity(creator) == identity(issuer) and first_object(issuer)
    if by_language(creator.get("name")) and not same:
        return _Holder.of(creator, "achievement.creator")
    return claim.issuer


def _named(body: Body, language: str) -> tuple[Body, ...]:
    """Return the body with its name in the badge's language; nothing where it has no name."""
    names = {language if known == UNDETERMINED else known: name for known, name in body.names.items()}
    return (replace(body, names=names),) if names else ()


def _code(item: JsonObject) -> str:
    if code := text(item.get("humanCode")):
        return code
    for other in objects(item.get("otherIdentifier")):
        if code := text(other.get("identifier")):
            return code
    return ""


def _grading(item: JsonObject, subject: JsonObject, language: str) -> Grading:
    """Return the first result with its description: what is graded how, and how this learner did."""
    descriptions = {identity(found): found for found in objects(item.get("resultDescription"))}
    if result := first_object(subject.get("result")):
        description = descriptions.get(text(result.get("resultDescription")), {})
        value = text(result.get("value")) or text(result.get("status"))
        return replace(_scheme(description, language), grade=by_language(value, language))
    return _scheme(next(iter(descriptions.values()), {}), language)


def _scheme(description: JsonObject, language: str) -> Grading:
    """Return the name of a result description with what it allows: ``Final mark (1; 2; 3)``."""
    names = by_language(description.get("name"), language) | by_language(description.get("title"), language)
    allowed = "; ".join(text(value) for value in listed(description.get("allowedValue")))
    title = {key: f"{name} ({allowed})" if allowed else name for key, name in names.items()}
    return Grading(title, url=text(first_object(description.get("supplementaryDocument")).get("contentURL")))
