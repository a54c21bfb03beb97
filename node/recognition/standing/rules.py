"""Which change of status may follow which: the institution's own law for its awards, as one table.

::

    standing now    may become
    good            suspended, revoked
    suspended       reinstated, revoked
    superseded      revoked
    revoked         nothing more
    unknown         nothing more

`superseded` is entered with the award that takes the place of another (`node.recognition.awards.issue`), `closed` by an
erasure. Revoked is for good: whoever was revoked by mistake is awarded anew, so that the log tells both. A verifier
knows no such table: it takes the last status that the institution entered.
"""

from typing import Final, Literal

from node.errors import ConflictError
from protocol.recognition.standing import Standing

StatusChange = Literal["revoked", "suspended", "reinstated"]
"""What a registrar can say of an award."""

MAY_FOLLOW: Final[dict[str, tuple[StatusChange, ...]]] = {
    "good": ("suspended", "revoked"),
    "suspended": ("reinstated", "revoked"),
    "superseded": ("revoked",),
    "revoked": (),
    "unknown": (),
}

_MEND: Final = {
    "good": "nothing suspends it",
    "suspended": "reinstate or revoke it",
    "superseded": "another award has taken its place; it can only be revoked",
    "revoked": "revoked is for good: award the credential anew",
    "unknown": "nothing can be said of it any more",
}


def stands_already(standing: Standing, change: StatusChange) -> bool:
    """Whether this very change is the last that was entered: asking for it again enters nothing."""
    return standing.standing != "unknown" and bool(standing.links) and standing.links[-1].said == change


def check_may_follow(standing: Standing, change: StatusChange, award_leaf: int) -> None:
    """Let pass a change that may follow what stands.

    Raises:
        ConflictError: It may not.
    """
    if change in MAY_FOLLOW[standing.standing]:
        return
    now = "in good standing" if standing.standing == "good" else standing.standing
    why = f": {standing.why}" if standing.standing == "unknown" else ""
    raise ConflictError(
        f"the award at leaf {award_leaf} is {now}{why}, and can't be {change}",
        award_leaf,
        mend=_MEND[standing.standing],
    )
