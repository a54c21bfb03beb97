"""What waits for a second person: publications with free text, or that look as if they were about a person.

Whoever asks to publish such a thing gets an id; somebody with another token approves or refuses it. Until then nothing
of it stands anywhere but in an encrypted record of kind `publication`, which explains no entry. Content::

    {"asked":"2026-11-24T10:00:00Z","by":"registry","v":1,"value":{"kind":"rule",…}}

Everything else is checked when it is asked for, so that whoever approves is not told of somebody else's mistakes; and
again when it is approved, since the log may have grown.

===========================  =========================================================================================
if the process dies …        then
===========================  =========================================================================================
before the record's commit   nothing waits
before the entry's commit    it still waits, and nothing is published
after it                     it is published and waits no longer: both are one transaction
===========================  =========================================================================================
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from node.clock import Clock
from node.errors import ConflictError, ForbiddenError, NotFoundError, PushBackError
from node.formats.personal_text import Sign, signs_in
from node.recognition.known_logs import OwnLog
from node.recognition.publication.publish import PublishedEntry, Publisher
from node.recognition.records.vault import Vault
from node.storage.database import Connection
from node.storage.pending import add_pending, drop_pending, finish_pending, pending_of
from protocol.encoding import canonical

KIND: Final = "publication"
MOST_PENDING: Final = 200
"""Publications of one log that wait at a time."""

ATTEMPTS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A publication that waits for a second person."""

    id: UUID
    value: Mapping[str, Any]
    """The builder's plain value, texts included."""
    by: str
    """The name of the token that it was asked with."""
    asked: str
    signs: tuple[Sign, ...]
    """Places that look as if they were about a person."""


class SecondPerson:
    """Keeps one own log's publications until a second person has looked at them."""

    def __init__(self, log: OwnLog, publisher: Publisher, vault: Vault, clock: Clock) -> None:
        """Publish with this publisher what was approved."""
        self._log = log
        self._publisher = publisher
        self._vault = vault
        self._clock = clock

    async def ask(self, value: Mapping[str, Any], *, by: str) -> PublishedEntry | Waiting | None:
        """Let something wait that a second person has to look at.

        Returns:
            What waits now, or waited already; the entry where the very same stands; None where nobody has to look.

        Raises:
            InadmissibleError: It breaks the rules, with every problem.
            ConflictError: Another entry of this kind, id and version stands, or too much waits.
        """
        draft = await self._publisher.draft(value)
        if isinstance(draft, PublishedEntry):
            return draft
        if draft.texts is None and not any(signs_in(dict(value))):
            return None
        waiting = await self.waiting()
        for one in waiting:
            if one.value == value:
                return one
        if len(waiting) >= MOST_PENDING:
            raise ConflictError(f"{MOST_PENDING} publications wait already", mend="approve or refuse some of them")
        return await self._keep(value, by)

    async def waiting(self) -> list[Waiting]:
        """Return all that waits, the oldest first."""
        log_id = self._log.reader.state.head.log_id
        async with self._vault.reading() as connection:
            rows = await pending_of(connection, log_id, KIND)
        found = []
        for row in rows:
            content = canonical.decode(self._vault.unlock(row, self._log.origin))["content"]
            found.append(_waiting(row.record_id, content))
        return sorted(found, key=lambda one: (one.asked, str(one.id)))

    async def approve(self, publication: UUID, *, by: str) -> PublishedEntry:
        """Publish what waits, on a second person's word.

        Raises:
            NotFoundError: Nothing waits under this id.
            ForbiddenError: The same token asked for it.
            InadmissibleError, ConflictError: It can't be published any more; it waits on.
        """
        waiting = await self._of(publication)
        if waiting.by == by:
            raise ForbiddenError(
                f"'{by}' asked for this publication itself", code="second-person", mend="let another token approve it"
            )
        log_id = self._log.reader.state.head.log_id
        try:
            done = await self._publisher.publish(waiting.value, companion=partial(_finish, log_id, publication))
        except PushBackError as error:
            if error.code == "held":
                raise
            await self._of(publication)  # somebody else may have been first
            raise PushBackError("the publication couldn't be entered just now") from None
        if not done.new:
            await self._drop(publication)  # the very same stood already
        return done

    async def refuse(self, publication: UUID) -> None:
        """Let a publication not be published; whoever asked may do so, too.

        Raises:
            NotFoundError: Nothing waits under this id.
        """
        await self._of(publication)
        await self._drop(publication)

    async def _of(self, publication: UUID) -> Waiting:
        for one in await self.waiting():
            if one.id == publication:
                return one
        raise NotFoundError("no publication waits under this id", mend="`nostra publication list` names those that do")

    async def _keep(self, value: Mapping[str, Any], by: str) -> Waiting:
        head = self._log.reader.state.head
        content = {"asked": self._clock.now_text(), "by": by, "v": 1, "value": dict(value)}
        body = canonical.encode({"content": content, "lookups": []})
        for _ in range(ATTEMPTS):
            row = await self._vault.lock(log_id=head.log_id, origin=head.origin, kind=KIND, body=body)
            async with self._vault.database.pool.acquire() as connection:
                if await add_pending(connection, row):
                    return _waiting(row.record_id, content)
        raise PushBackError("the keys of the private records are being changed just now")

    async def _drop(self, publication: UUID) -> None:
        async with self._vault.database.pool.acquire() as connection:
            await drop_pending(connection, self._log.reader.state.head.log_id, publication)


def _waiting(record_id: UUID, content: Mapping[str, Any]) -> Waiting:
    value = content["value"]
    return Waiting(id=record_id, value=value, by=content["by"], asked=content["asked"], signs=tuple(signs_in(value)))


async def _finish(log_id: int, publication: UUID, connection: Connection, _: int) -> None:
    await finish_pending(connection, log_id, publication)
