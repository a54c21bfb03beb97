"""An organisation of the European Learning Model (ELM v3) as the body that a reading names.

Read: ``legalName`` (else ``prefLabel``, ``altLabel``), the country of ``location.address.countryCode`` (else of the
legal identifiers), ``eIDASIdentifier``, ``vatIdentifier``, ``taxIdentifier``, ``registration``, ``identifier``,
``homepage``.
"""

from typing import Final

from node.formats import identifiers, vocabulary, words
from node.formats.dates import legal_date
from node.formats.reading import Body, Identifier, QualityAssurance
from node.formats.strict_json import JsonObject
from node.formats.values import by_language, first_object, identity, objects, text

_LEGAL: Final = (
    ("eIDASIdentifier", "", "eIDAS"),
    ("eidasLegalIdentifier", "", "eIDAS"),
    ("vatIdentifier", "VAT", "VAT"),
    ("taxIdentifier", "", "tax"),
    ("registration", "NTR", "registration"),
)


def read_body(organisation: JsonObject, said_in: str) -> Body:
    """Return the body that an ELM organisation describes."""
    names = (by_language(organisation.get(name)) for name in ("legalName", "prefLabel", "altLabel", "name"))
    country = _country(organisation)
    return Body(
        names=next((found for found in names if found), {}),
        country=country,
        region=_region(organisation, country),
        identifiers=_identifiers(organisation),
        url=_homepage(organisation),
        id=identity(organisation),
        said_in=said_in,
    )


def _country(organisation: JsonObject) -> str:
    for location in objects(organisation.get("location")):
        for address in objects(location.get("address")):
            if code := vocabulary.country(address.get("countryCode")):
                return code
        if code := vocabulary.country(location.get("spatial") or location.get("spatialCode")):
            return code
    legal = [found for name, _, _ in _LEGAL for found in objects(organisation.get(name))]
    return next((code for item in legal if (code := vocabulary.country(item.get("spatial")))), "")


def _region(organisation: JsonObject, country: str) -> str:
    codes = (vocabulary.region(item.get("spatialCode"), country) for item in objects(organisation.get("location")))
    return next((code for code in codes if code), "")


def _identifiers(organisation: JsonObject) -> tuple[Identifier, ...]:
    found = [identifiers.identifier(text(organisation.get("id")))]
    found = [item for item in found if item is not None and item.scheme != identifiers.OTHER]
    for name, register, label in _LEGAL:
        for item in objects(organisation.get(name)):
            country, notation = vocabulary.country(item.get("spatial")), text(item.get("notation"))
            found.append(identifiers.legal(notation, register=register, country=country, label=label))
    for item in objects(organisation.get("identifier")):
        found.append(
            identifiers.identifier(
                text(item.get("notation")), scheme=_scheme_name(item), address=text(item.get("schemeId"))
            )
        )
    return tuple(dict.fromkeys(item for item in found if item is not None))


def _scheme_name(item: JsonObject) -> str:
    agency = by_language(item.get("schemeAgency"))
    return text(item.get("schemeName")) or next(iter(agency.values()), "")


def _homepage(organisation: JsonObject) -> str:
    page = first_object(organisation.get("homepage"))
    return text(page.get("contentURL")) or text(page.get("contentUrl")) or text(organisation.get("homepage"))


def read_accreditations(holder: JsonObject) -> tuple[QualityAssurance, ...]:
    """Return what ``accreditation`` of an organisation or a specification states."""
    return tuple(_accreditation(item) for item in objects(holder.get("accreditation")))


def _accreditation(item: JsonObject) -> QualityAssurance:
    agent = first_object(item.get("accreditingAgent"))
    kind = words.named(item.get("dcType"), words.QUALITY)
    report = first_object(item.get("report")) or first_object(item.get("landingPage"))
    return QualityAssurance(
        kind=kind.word if kind else "",
        title=by_language(item.get("title")) or (kind.text if kind else {}),
        agency=by_language(agent.get("legalName")) or by_language(agent.get("prefLabel")),
        deqar=_deqar(item),
        url=text(report.get("contentURL")) or text(report.get("contentUrl")),
        valid_from=legal_date(text(item.get("dateIssued"))),
        valid_until=legal_date(text(item.get("expiryDate"))),
    )


def _deqar(item: JsonObject) -> str:
    for found in objects(item.get("identifier")):
        if "deqar" in f"{_scheme_name(found)} {text(found.get('schemeId'))}".casefold():
            return text(found.get("notation"))
    return ""
