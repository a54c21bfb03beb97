"""The index cosigner: answers `POST /index/cosign` (`protocol.gossip.cosign_index`, docs/formats/cosign-index.md).

Step by step, with the status of each failure::

    1. the request has its form, and the log is known                               400, 404
    2. the log has shown one history, and our mirror knows all that it cosigned     403, 503
    3. a key of that log signed the note                                            403
    4. the entries are here up to its size, and are computed                        503
    5. log and trie at that size are what the note states                           403, and an alarm
    6. the index isn't behind: no larger checkpoint has been known for long         409

A line makes nothing durable: the index is a pure function of a log whose history our mirror keeps. What would make it
untrue is its time: an index that was left behind, cosigned anew, would pass for the newest and hide what was logged
since. Hence step 6, by the larger checkpoints that were written down here when they were shown; and step 2, since a
restored database has forgotten some of them until the mirror has caught up.
"""

from collections.abc import Callable, Mapping
from typing import Final

from node.clock import Clock
from node.errors import ConflictError, NodeError
from node.gossip.cosigning.cosigner import Cosigner
from node.gossip.cosigning.plain_answer import TEXT, PlainAnswer, line
from node.gossip.index.followed import FollowedIndex, WrongIndexError
from node.storage.database import Database
from node.storage.known_size import known_beyond
from node.storage.writer import DATABASE_FAILURES
from node.telemetry import COSIGNED, INDEX_ANSWERS
from protocol.encoding.note import Note
from protocol.errors import MalformedError, ProtocolError
from protocol.gossip.cosign_index import CosignIndex
from protocol.gossip.witness import render_lines

BEHIND_PER_LIMIT: Final = 4
"""An index may be behind by a quarter of the limit on age."""


class IndexCosigner:
    """Cosigns the indexes of partners' logs."""

    def __init__(
        self,
        cosigner: Cosigner,
        indexes: Mapping[str, FollowedIndex],
        *,
        database: Database,
        clock: Clock,
        freshness_seconds: float,
        on_wrong: Callable[[FollowedIndex, WrongIndexError], None] = lambda index, error: None,
        on_right: Callable[[FollowedIndex, int], None] = lambda index, size: None,
    ) -> None:
        """Cosign these, by origin; who is told of wrong and right ones must neither fail nor wait."""
        self._cosigner = cosigner
        self._indexes = indexes
        self._database = database
        self._clock = clock
        self._behind = freshness_seconds / BEHIND_PER_LIMIT
        self._on_wrong = on_wrong
        self._on_right = on_right

    async def answer(self, body: bytes) -> PlainAnswer:
        """Answer a request, whose body the caller has read up to `MAX_REQUEST_BYTES`."""
        try:
            request = CosignIndex.parse(body)
        except MalformedError as error:
            return _counted("", line(400, str(error)))
        index = self._indexes.get(request.stated()[0])
        if index is None:
            return _counted("", line(404, "that log isn't known here"))
        try:
            answer = await self._cosign(index, request)
        except WrongIndexError as error:
            self._on_wrong(index, error)
            answer = line(403, f"{error}: it is not cosigned")
        except ConflictError as error:
            answer = line(409, str(error))
        except ProtocolError as error:
            answer = line(403, str(error))
        except NodeError as error:
            answer = line(503, str(error))
        except DATABASE_FAILURES:
            answer = line(503, "the database can't be reached")
        return _counted(index.origin, answer)

    async def _cosign(self, index: FollowedIndex, request: CosignIndex) -> PlainAnswer:
        claim = index.log.mirror.holding.claim
        if claim.is_convicted:
            return line(403, claim.refusal)
        if claim.row.suspended:
            return line(503, claim.refusal)
        await self._take_shown(index, request)
        stated = await index.judge(request.note, request.trie_root)
        await self._check_not_behind(index, stated.size)
        lines = self._cosigner.cosign(Note.parse(request.note).text, self._clock.now())
        COSIGNED.labels(index.origin, self._cosigner.claim).inc()
        self._on_right(index, stated.size)
        return PlainAnswer(200, TEXT, render_lines(lines))

    async def _take_shown(self, index: FollowedIndex, request: CosignIndex) -> None:
        """Show what the log shows, before the next one is computed upon it; what is wrong with it costs no line."""
        if request.shown is None:
            return
        try:
            await index.take_shown(request.shown)
        except WrongIndexError as error:
            self._on_wrong(index, error)
        except (NodeError, ProtocolError):
            return

    async def _check_not_behind(self, index: FollowedIndex, size: int) -> None:
        """Raise ConflictError if a larger checkpoint of the log has been known for longer than is allowed."""
        async with self._database.pool.acquire() as connection:
            since = await known_beyond(connection, index.tree.log_id, size)
        if since is not None and since < self._clock.now() - self._behind:
            raise ConflictError(f"the index of {index.origin} at size {size} is behind: the log has long shown more")


def _counted(origin: str, answer: PlainAnswer) -> PlainAnswer:
    INDEX_ANSWERS.labels(origin, answer.status).inc()
    return answer
