"""Ask partners what they last saw of a log of ours: the newest checkpoint that its key signed, and who serves it.

Each partner tells of two checkpoints, and neither is believed before our own key is found under it. *Held* is the one
whose entries its mirror serves (C2SP tlog-mirror, ``/mirror/<hex SHA-256 of the origin>/``). *Seen* is the newest of
all that it has seen, one that it waits for the entries of included: it too has left this node.

That a partner holds nothing of ours is an answer. That it can't be reached is none: what it saw stays unknown.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from node.errors import NodeError, NotFoundError
from node.log.follow import LogSource, Target, open_target
from protocol.encoding.keys import VerifierKey
from protocol.encoding.note import Note

LONGEST_FAILURE: Final = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom we ask, and where it serves what it holds of our log."""

    name: str
    mirror: LogSource
    seen: Callable[[], Awaitable[Target | None]] | None = None
    """Asks it for the newest checkpoint of ours that it has seen; None of one that only serves entries."""


@dataclass(frozen=True, slots=True)
class LastSeen:
    """What one partner told."""

    name: str
    mirror: LogSource
    held: Target | None = None
    """What its mirror serves; None if it holds nothing."""
    seen: Target | None = None
    """What it has seen beyond that; None if nothing."""
    failure: str = ""
    """Why there is no answer; "" if there is one."""

    @property
    def notes(self) -> tuple[Target, ...]:
        """All that it told of."""
        return tuple(one for one in (self.held, self.seen) if one is not None)


def mirror_url(base_url: str, origin: str) -> str:
    """Return where a node at this address serves its mirror of a log."""
    return f"{base_url.rstrip('/')}/mirror/{hashlib.sha256(origin.encode()).hexdigest()}"


async def ask_all(partners: Sequence[Asked], *keys: VerifierKey) -> list[LastSeen]:
    """Ask every partner at once, and return what each told under these keys of the log, in their order."""
    return list(await asyncio.gather(*(_ask(partner, keys) for partner in partners)))


async def _ask(partner: Asked, keys: Sequence[VerifierKey]) -> LastSeen:
    held = seen = None
    failure = ""
    try:
        held = _without_strange_lines(open_target(await partner.mirror.checkpoint(), *keys), keys)
    except NotFoundError:
        pass
    except NodeError as error:
        failure = str(error)[:LONGEST_FAILURE]
    if partner.seen is not None:
        try:
            seen = await partner.seen()
        except NodeError as error:
            failure = failure or str(error)[:LONGEST_FAILURE]
    return LastSeen(partner.name, partner.mirror, held, seen, failure)


def _without_strange_lines(target: Target, keys: Sequence[VerifierKey]) -> Target:
    """Return a target without lines under our name that no key of ours made: we are about to show the note as ours."""
    note, ours = Note.parse(target.note), {key.key_id for key in keys}
    lines = [line for line in note.signatures if line.name != target.checkpoint.origin or line.key_id in ours]
    return Target(target.checkpoint, Note(note.text, tuple(lines)).render())
