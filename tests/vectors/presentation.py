"""Cases of presentations: the file's bytes, and what is read from them or that they are refused."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.documents.presentation import Presentation
from protocol.encoding import canonical
from protocol.encoding.wire import b64url
from protocol.recognition.sealed import DecisionStatement
from protocol.recognition.snapshot import Snapshot
from protocol.recognition.standing import Link
from protocol.verify.report import instant
from tests.support.examples import CREDENTIAL, DECIDER, ORIGIN, a_receipt, seed
from tests.support.excerpts import (
    ASKED_AT,
    DECISIONS_KEY,
    LEAF,
    POLICY,
    STATUS_KEY,
    a_presentation,
    a_receipt_in,
    awarding_log,
    deciding_log,
    decisions,
    decisions_excerpt,
    standing_excerpt,
    statuses,
    with_decisions,
)

FULL = Presentation.of(a_receipt(), decisions=[DECIDER, ORIGIN])
PAPER = Presentation(decisions={DECIDER: seed("paper")})
TWICE_CHANGED = awarding_log(*statuses("suspended", "reinstated"))
DECISION = decisions_excerpt(deciding_log(*decisions(DecisionStatement(1, "decided", "full", "credit", 0))), 1, 2)
PROVED = with_decisions(a_presentation(TWICE_CHANGED, 1, 2, 3), DECISION)
"""An award, its standing and a decision, each shown by its log."""
DECIDED = Presentation(decisions={DECIDER: DECISIONS_KEY}, proofs={DECIDER: DECISION})


def a_snapshot() -> Presentation:
    """Return the award with a snapshot of its standing."""
    links = [Link(number, LEAF + number, said) for number, said in enumerate(("suspended", "reinstated"), 1)]
    shown = Presentation.of(a_receipt_in(TWICE_CHANGED))
    return shown.proved({ORIGIN: standing_excerpt(TWICE_CHANGED, 1, 2, 3)}, Snapshot.of(STATUS_KEY, ORIGIN, links))


SNAPSHOT = a_snapshot()
DATA = FULL.render()
VALUE = canonical.decode(DATA)


def written(**members: Any) -> bytes:
    """Return the full presentation with other members; one that is None is left out."""
    value = VALUE | members
    return canonical.encode({name: member for name, member in value.items() if member is not None})


def award(**members: Any) -> bytes:
    """Return the full presentation with other members in its award."""
    return written(award=VALUE["award"] | members)


def of_snapshot(**members: Any) -> bytes:
    """Return the presentation of a snapshot with other members; one that is None is left out."""
    value = canonical.decode(SNAPSHOT.render()) | members
    return canonical.encode({name: member for name, member in value.items() if member is not None})


def of_status(**members: Any) -> bytes:
    """Return the presentation of a snapshot with other members in its first status."""
    standing = canonical.decode(SNAPSHOT.render())["standing"]
    first, *others = standing["openings"]
    return of_snapshot(standing=standing | {"openings": [first | members, *others]})


EXCERPT = DECISION.plain()

READ = {
    "usual": ("An award, its standing, and what two institutions decided", DATA),
    "award-alone": ("The award and no key", Presentation.of(a_receipt(), standing=False).render()),
    "standing": ("The award and the key of its standing", Presentation.of(a_receipt()).render()),
    "decisions-alone": ("What an institution decided on a credential on paper", PAPER.render()),
    "proved": ("An award, its standing and a decision, with what the logs show of them", PROVED.render()),
    "snapshot": ("An award with its statuses opened, and the tag of the next one", SNAPSHOT.render()),
    "decisions-proved": ("What an institution decided, with what its log shows of it", DECIDED.render()),
}
NOT_SHOWN = {
    "revoked": ("The award was revoked", a_presentation(awarding_log(*statuses("revoked")), 1, 2).render()),
    "end-not-shown": (
        "Whether a third status follows is not shown",
        a_presentation(TWICE_CHANGED, 1, 2).render(),
    ),
    "gap": (
        "There is a second status and no first",
        a_presentation(awarding_log(statuses("suspended", "reinstated")[1]), 1, 2, 3).render(),
    ),
    "duplicate": (
        "The first status was entered twice",
        a_presentation(awarding_log(*statuses("reinstated") * 2), 1, 2).render(),
    ),
}
"""Presentations that can be read, and whose award is not shown to stand."""
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
    "proofs-of-nothing": (
        "What a log shows of which nothing is shown",
        written(proofs={DECIDER: EXCERPT}, decisions=None),
    ),
    "proofs-of-another": ("The excerpt is another log's", written(proofs={ORIGIN: EXCERPT})),
    "no-proofs": ("Proofs of no log", written(proofs={})),
    "snapshot-without-proofs": ("A snapshot without what it opens", of_snapshot(proofs=None)),
    "snapshot-and-key": (
        "A key and a snapshot",
        of_snapshot(standing=canonical.decode(SNAPSHOT.render())["standing"] | {"key": b64url(STATUS_KEY)}),
    ),
    "snapshot-without-next": (
        "A snapshot that says of no tag that it is absent",
        of_snapshot(standing={"openings": []}),
    ),
    "snapshot-from-2": ("A snapshot whose first status is the second", of_status(number=2)),
    "snapshot-other-word": ("A status that is none", of_status(status="lost")),
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
    policy = {"policy": POLICY.render().decode(), "at": instant(ASKED_AT)}
    policy["document"] = base64.b64encode(CREDENTIAL).decode()
    for name, (description, data) in NOT_SHOWN.items():
        gives = {"verdict": "refused", "fails": "standing"}
        yield f"presentation_shown/{name}", _case(description, data) | policy | {"gives": gives}
    for name, data in (("key", PROVED.render()), ("snapshot", SNAPSHOT.render())):
        case = _case("The award stands, by its log's index", data)
        yield f"presentation_shown/by-{name}", case | policy | {"gives": {"verdict": "verified"}}


def _case(description: str, data: bytes) -> dict[str, Any]:
    return {"description": description, "input": base64.b64encode(data).decode()}
