"""Whatever the bytes, reading and checking end in a value or in one of two refusals."""

import json
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.formats.credential import read_credential
from node.formats.draft import achievement_draft
from node.formats.errors import NotACredentialError
from node.formats.personal import personal_strings
from node.formats.reading import KINDS
from node.formats.seals import check_authenticity
from node.formats.write_elm import write_elm
from node.formats.write_openbadge import write_openbadge
from protocol.errors import MalformedError
from protocol.recognition.entry import from_json
from tests.node.formats.documents import an_award, as_bytes
from tests.node.formats.sealing import proved, seal, token

ELM = write_elm(an_award())
BADGE = write_openbadge(an_award())
DOCUMENTS = {
    "elm": as_bytes(ELM),
    "badge": as_bytes(BADGE),
    "sealed": as_bytes(seal(as_bytes(ELM))),
    "token": token(BADGE),
    "proved": as_bytes(proved(BADGE)),
}
PLACES = 150
"""Places tried in each document; --long tries them all."""


def everything(data: bytes) -> str | None:
    """Read, draft, collect and check; return the report's result, or None where the bytes are refused.

    A draft that says it lacks nothing has to be an entry: the log would refuse it else.
    """
    try:
        reading = read_credential(data)
        result = check_authenticity(data, at="2026-06-12").result
        personal_strings(data)
    except (MalformedError, NotACredentialError):
        return None
    assert reading.kind in KINDS
    for achievement in reading.achievements:
        draft = achievement_draft(achievement)
        if draft.complete:
            from_json(draft.entry)
    return result


@pytest.mark.parametrize("data", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_flipped_byte_gives_a_value_or_a_refusal(data, pytestconfig):
    """No single changed byte brings any other error, and none leaves an altered signed document good."""
    dice = random.Random(20260612)
    signed = everything(data) == "good"
    places = range(len(data)) if pytestconfig.getoption("--long") else dice.sample(range(len(data)), PLACES)
    for place in places:
        altered = data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :]
        result = everything(altered)
        if signed and result == "good":
            assert same_document(altered, data)


def same_document(altered: bytes, data: bytes) -> bool:
    """Return whether only what nobody signed differs: blanks between members."""
    return json.loads(altered) == json.loads(data)


@pytest.mark.parametrize("data", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_cut_document_is_refused(data):
    """No shorter document passes for the whole one; a token without its end is bad."""
    for length in range(0, len(data), max(1, len(data) // PLACES)):
        assert everything(data[:length]) in (None, "bad")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def paths(value, path=()):
    """Yield the path of every value in a document."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inner:
        yield from paths(item, (*path, name))


def replaced(value, path, item):
    """Return a document with the value at one path replaced."""
    if not path:
        return item
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], item)
    return changed


PATHS = {
    "elm": (ELM, list(paths(ELM))),
    "badge": (BADGE, list(paths(BADGE))),
    "sealed": (seal(as_bytes(ELM)), list(paths(seal(as_bytes(ELM))))),
    "proved": (proved(BADGE), list(paths(proved(BADGE)))),
}


@pytest.mark.parametrize(("document", "places"), PATHS.values(), ids=PATHS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(data=st.data())
def test_any_value_in_any_place_gives_a_value_or_a_refusal(document, places, data):
    """A document whose every member may be of any type is still read, or refused."""
    place = data.draw(st.sampled_from(places))
    everything(json.dumps(replaced(document, place, data.draw(JSON))).encode())


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=200))
def test_random_bytes_are_refused(data):
    """Noise is no credential."""
    assert everything(data) is None


HEADERS = st.dictionaries(
    st.sampled_from(["alg", "b64", "crit", "jwk", "kid", "x5c", "x5t#S256", "sigT"]), JSON, max_size=5
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(HEADERS)
def test_any_header_of_a_token_gives_a_value_or_a_refusal(header):
    """A token's header may hold anything, and never makes it good."""
    assert everything(token(BADGE, header={"alg": "ES256"} | header)) != "good"
