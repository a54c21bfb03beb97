"""Credentials of the institutions that `tests.support.nodes` runs; each is another one unless its id is given."""

import itertools
from typing import Any

from node.formats.write_elm import write_elm
from node.formats.write_openbadge import write_openbadge
from tests.node.formats.documents import FULL, an_award, as_bytes

_NUMBERS = itertools.count(1)


def awarding_body(name: str) -> dict[str, Any]:
    """Return how documents name the institution of a log."""
    return {
        "name": {"en": f"Example University {name}"},
        "country": "FI",
        "identifiers": [{"scheme": "schac", "value": f"{name}.example.org"}],
    }


def an_achievement(name: str = "uni", **changed: Any) -> dict[str, Any]:
    """Return an achievement of the institution, with every element."""
    return FULL | {"awardingBodies": [awarding_body(name)]} | changed


def a_credential(name: str = "uni", **changed: Any) -> bytes:
    """Return a European Digital Credential of the institution."""
    return as_bytes(write_elm(an_award(an_achievement(name), **_new_id() | changed)))


def a_badge(name: str = "uni", **changed: Any) -> bytes:
    """Return an Open Badge of the institution."""
    return as_bytes(write_openbadge(an_award(an_achievement(name), **_new_id() | changed)))


def _new_id() -> dict[str, str]:
    return {"credential_id": f"urn:x-test:{next(_NUMBERS)}"}
