"""Write an awarding body as an ELM organisation, as `node.formats.elm_body` reads it."""

from node.formats import elm_concepts
from node.formats.award_details import given
from node.formats.strict_json import JsonObject
from protocol.recognition.bodies import Alias, AwardingBody


def organisation(body: AwardingBody, id_: str, url: str = "") -> JsonObject:
    """Return the organisation with its name, country, region and identifiers."""
    location: JsonObject = {
        "type": "Location",
        "address": {"type": "Address", "countryCode": elm_concepts.country(body.country)},
    }
    if region := given(body.region):
        location["spatialCode"] = elm_concepts.region(region)
    members: JsonObject = {"id": id_, "type": "Organisation", "legalName": dict(body.name), "location": location}
    aliases = given(body.identifiers) or ()
    legal = [_legal_identifier(alias, body.country) for alias in aliases if alias.scheme == "eidas"]
    others = [_identifier(alias) for alias in aliases if alias.scheme != "eidas"]
    members |= {"eIDASIdentifier": legal} if legal else {}
    members |= {"identifier": others} if others else {}
    return members | ({"homepage": page(url)} if url else {})


def _legal_identifier(alias: Alias, country: str) -> JsonObject:
    return {"type": "LegalIdentifier", "notation": alias.value, "spatial": elm_concepts.country(country)}


def _identifier(alias: Alias) -> JsonObject:
    return {"type": "Identifier", "schemeName": alias.scheme, "notation": alias.value}


def page(url: str) -> JsonObject:
    """Return a web address as ELM writes it."""
    return {"type": "WebResource", "contentURL": url}
