"""Asks a node about the index of a log: what it shows, what stands under a key, and to cosign.

Nothing is verified here but the form: what an answer is worth, `protocol.gossip.index_lookup` and
`protocol.gossip.cosignature` say.
"""

from typing import Final

from node.client.problems import error_of, line
from node.client.transport import Answer, HttpClient
from node.errors import BadAnswerError, ForbiddenError
from protocol.encoding.note import MAX_NOTE_BYTES, NoteSignature
from protocol.encoding.wire import b64url
from protocol.errors import MalformedError
from protocol.gossip.cosign_index import CosignIndex
from protocol.gossip.index_lookup import MAX_LOOKUP_BYTES, IndexLookup
from protocol.gossip.witness import MAX_ANSWER_BYTES, parse_lines

OK: Final = 200
REFUSALS: Final = (403, 409)
"""Answers whose plain text tells the log why it gets no line."""

TEXT: Final = {"Content-Type": "text/plain; charset=utf-8"}


class IndexClient:
    """Asks about one log."""

    def __init__(self, http: HttpClient, base_url: str, *, most_bytes: int | None = None) -> None:
        """Ask at the address under which the log is served, by its node or by a mirror."""
        self._http = http
        self._most = most_bytes
        self.base_url = base_url.rstrip("/")

    async def checkpoint(self) -> bytes:
        """Return the index note that is shown.

        Raises:
            NotFoundError: None is shown, or the log's program has no index.
            NodeError: UnreachableError, BadAnswerError, or what the node refused with; so for every method here.
        """
        return (await self._get("index/checkpoint", MAX_NOTE_BYTES)).body

    async def look_up(self, key: bytes) -> IndexLookup:
        """Return what stands under a key of 32 bytes."""
        answer = await self._get(f"index/{b64url(key)}", MAX_LOOKUP_BYTES)
        try:
            return IndexLookup.parse(answer.body)
        except MalformedError as error:
            raise BadAnswerError(f"{self.base_url}/index: {error}") from None

    async def _get(self, path: str, most: int) -> Answer:
        answer = await self._http.get(f"{self.base_url}/{path}", most=min(most, self._most or most))
        if answer.status != OK:
            raise error_of(answer)
        return answer


async def ask_to_cosign(http: HttpClient, node_url: str, request: CosignIndex) -> tuple[NoteSignature, ...]:
    """Return the lines of a node's index cosigner, none of them verified.

    Raises:
        ForbiddenError: It refuses, and says why: the index is not what it computed, or is behind.
        NodeError: UnreachableError, BadAnswerError, or what else it answered with.
    """
    url = f"{node_url.rstrip('/')}/index/cosign"
    answer = await http.request("POST", url, most=MAX_ANSWER_BYTES, body=request.render(), headers=TEXT)
    if answer.status in REFUSALS:
        raise ForbiddenError(f"{url}: {line(answer.body.decode(errors='replace'))}")
    if answer.status != OK:
        raise error_of(answer)
    try:
        return parse_lines(answer.body)
    except MalformedError as error:
        raise BadAnswerError(f"{url}: {error}") from None
