"""What a file is, told from its bytes."""

import json

import pytest

from node.formats.detect import detect
from node.formats.errors import NotACredentialError
from protocol.errors import MalformedError

V2 = "https://www.w3.org/ns/credentials/v2"
V1 = "https://www.w3.org/2018/credentials/v1"


def a_credential(*types, context=V2):
    """Return the least credential of these types."""
    subject = {"id": "urn:example:learner"}
    kinds = ["VerifiableCredential", *types]
    return {"@context": [context], "type": kinds, "issuer": "https://uni.example", "credentialSubject": subject}


KINDS = {
    "european-digital-credential": (a_credential("EuropeanDigitalCredential", context=V1), "elm"),
    "upload-wrapper": ({"credential": a_credential("EuropeanDigitalCredential", context=V1)}, "elm"),
    "open-badge": (a_credential("OpenBadgeCredential"), "open-badge-3"),
    "achievement-credential": (a_credential("AchievementCredential"), "open-badge-3"),
    "learner-record": (a_credential("ClrCredential"), "clr-2"),
    "data-model-2": (a_credential("AlumniCredential"), "w3c-vc-2"),
    "data-model-1": (a_credential("AlumniCredential", context=V1), "w3c-vc-1"),
    "presentation-of-one": (
        {"type": "VerifiablePresentation", "verifiableCredential": [a_credential("OpenBadgeCredential")]},
        "open-badge-3",
    ),
}


@pytest.mark.parametrize(("document", "kind"), KINDS.values(), ids=KINDS)
def test_a_credential_is_known_by_its_types(document, kind):
    """Each kind of credential is told apart, inside its envelope too."""
    assert detect(json.dumps(document).encode()) == kind


def test_a_byte_order_mark_is_skipped():
    """A file saved with a byte order mark is the same document."""
    assert detect(b"\xef\xbb\xbf" + json.dumps(a_credential()).encode()) == "w3c-vc-2"


OTHERS = {
    "nothing": (b"", "empty"),
    "blanks": (b" \n\t ", "empty"),
    "pdf": (b"%PDF-1.7\n", "a PDF"),
    "png": (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
    "jpeg": (b"\xff\xd8\xff\xe0", "a JPEG picture"),
    "zip": (b"PK\x03\x04rest", "a ZIP archive"),
    "elmo": (b'<?xml version="1.0"?><elmo xmlns="https://example/elmo">', "an ELMO transcript: not read yet"),
    "html": (b"<!DOCTYPE html><html lang='en'>", "a web page"),
    "other-xml": (b"<?xml version='1.0'?><report/>", "XML, of a kind that is not read"),
    "svg": (b"<svg xmlns='http://www.w3.org/2000/svg'>", "an SVG picture"),
    "plain-text": (b"Dear registrar,", "neither JSON nor a signed token"),
    "a-list": (b"[1, 2]", "a list of 2 items"),
    "plain-json": (b'{"course": "Algebra", "credits": 5}', "its members are course, credits"),
    "a-schema": (b'{"$schema": "https://json-schema.org/draft/2020-12/schema"}', "a JSON schema"),
    "two-credentials": (
        b'{"type": "VerifiablePresentation", "verifiableCredential": [{}, {}]}',
        "a presentation of 2 credentials",
    ),
}


@pytest.mark.parametrize(("data", "look"), OTHERS.values(), ids=OTHERS)
def test_another_file_is_refused_by_what_it_looks_like(data, look):
    """Whoever brought a wrong file reads what it is."""
    with pytest.raises(NotACredentialError) as refusal:
        detect(data)
    assert look in str(refusal.value)


BROKEN = {
    "cut-off": (b'{"type": ["VerifiableCredential"', "not JSON"),
    "a-member-twice": (b'{"issuer": "a", "issuer": "b", "credentialSubject": {}}', "twice"),
    "not-a-number": (b'{"issuer": NaN}', "NaN is not JSON"),
    "a-number-beyond-doubles": (b'{"issuer": 1e999}', "number"),
    "lone-surrogate": (b'{"issuer": "\\ud800"}', "surrogate"),
    "not-utf-8": (b'{"issuer": "\xff"}', "UTF-8"),
    "too-deep": (b'{"a":' * 70 + b"1" + b"}" * 70, "nested deeper than 64"),
    "far-too-deep": (b"[" * 200_000, "nested deeper than 64"),
    "too-large": (b'{"a":"' + b"x" * (8 * 1024 * 1024) + b'"}', "at most 8388608"),
}


@pytest.mark.parametrize(("data", "why"), BROKEN.values(), ids=BROKEN)
def test_json_outside_the_limits_is_malformed(data, why):
    """What two readers could read differently, or none could hold, is refused."""
    with pytest.raises(MalformedError) as refusal:
        detect(data)
    assert why in str(refusal.value)
