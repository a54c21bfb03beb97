"""Cases of presentations: the file's bytes, and what is read from them or that they are refused."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.documents.presentation import Presentation
from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from tests.support.examples import DECIDER, ORIGIN, a_receipt, seed

FULL = Presentation.of(a_receipt(), decisions=[DECIDER, ORIGIN])
PAPER = Presentation(decisions={DECIDER: seed("paper")})
DATA = FULL.render()
VALUE = canonical.decode(DATA)


def written(**members: Any) -> bytes:
    """Return the full presentation with other members; one that is None is left out."""
    value = VALUE | members
    return canonical.encode({name: member for name, member in value.items() if member is not None})


def award(**members: Any) -> bytes:
    """Return the full presentation with other members in its award."""
    return written(award=VALUE["award"] | members)


READ = {
    "usual": ("An award, its standing, and what two institutions decided", DATA),
    "award-alone": ("The award and no key", Presentation.of(a_receipt(), standing=False).render()),
    "standing": ("The award and the key of its standing", Presentation.of(a_receipt()).render()),
    "decisions-alone": ("What an institution decided on a credential on paper", PAPER.render()),
}
REFUSED = {
    "nothing-shown": ("Neither an award nor keys", b'{"kind":"presentation","v":1}'),
    "no-decisions": ("Decisions of nobody", written(decisions={})),
    "standing-without-award": ("The key of a standing without its award", written(award=None)),
    "another-status-key": ("The key is not the one that the award names", written(standing={"key": b64url(seed("x"))})),
    "short-key": ("A key of 42 characters", written(decisions={DECIDER: b64url(seed("x"))[:-1]})),
    "no-origin": ("A key of no log", written(decisions={"Not An Origin": b64url(seed("x"))})),
    "a-secret": ("A receipt's secret", written(secrets={"standing": b64url(seed("standing"))})),
    "other-origin": ("The award's origin is not the checkpoint's", award(origin=DECIDER)),
    "clear-entry": ("The entry is no sealed one", award(entry='{"kind":"institution","v":1}')),
    "no-opening": ("The opening's key is missing", award(opening={"status_key_id": b64url(seed("x"))})),
    "version-2": ("A version that is not known", written(v=2)),
    "blank": ("A blank after a colon", DATA.replace(b'"v":1}', b'"v": 1}')),
    "newline-at-end": ("A newline at the end", DATA + b"\n"),
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case; `input` is base64."""
    for name, (description, data) in READ.items():
        yield f"presentation/{name}", _case(description, data) | {"gives": canonical.decode(data)}
    for name, (description, data) in REFUSED.items():
        yield f"presentation/{name}", _case(description, data) | {"error": "MalformedError"}


def _case(description: str, data: bytes) -> dict[str, Any]:
    return {"description": description, "input": base64.b64encode(data).decode()}
