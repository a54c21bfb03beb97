"""The gossip interface of a partner's node, as a client; nothing that comes back is believed yet."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from node.client import HttpClient
from node.client.problems import error_of
from node.client.transport import Answer
from node.errors import BadAnswerError
from protocol.documents.evidence import MAX_EVIDENCE_BYTES
from protocol.errors import ProtocolError
from protocol.gossip.exchange import MAX_EXCHANGE_BYTES, Exchange

JSON: Final = {"Content-Type": "application/json"}
SUCCESS: Final = range(200, 300)
MOST_LISTED: Final = 1024
MOST_LIST_BYTES: Final = 1 << 20
MOST_TOLD_BYTES: Final = 1 << 14


class EvidenceShown(msgspec.Struct, frozen=True):
    """Evidence on a list: which, and whom it convicts."""

    id: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    origin: str


class EvidenceList(msgspec.Struct, frozen=True):
    """What evidence a node has."""

    evidence: Annotated[list[EvidenceShown], Meta(max_length=MOST_LISTED)]


class ToldPartner:
    """Tells one partner node, and asks it."""

    def __init__(self, http: HttpClient, url: str) -> None:
        """Speak to the node at this address."""
        self._http = http
        self._base = f"{url}/gossip"

    async def exchange(self, told: Exchange) -> Exchange:
        """Tell notes and return what it tells in turn.

        Raises:
            NodeError: It can't be reached, refuses, or answers something else; so for every method here.
        """
        answer = await self._ask("POST", "exchange", most=MAX_EXCHANGE_BYTES, body=told.render())
        try:
            return Exchange.parse(answer.body)
        except ProtocolError as error:
            raise BadAnswerError(f"{answer.url}: {error}") from None

    async def evidence(self) -> list[EvidenceShown]:
        """Return what evidence it has."""
        answer = await self._ask("GET", "evidence", most=MOST_LIST_BYTES)
        try:
            return msgspec.json.decode(answer.body, type=EvidenceList).evidence
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise BadAnswerError(f"{answer.url}: {error}") from None

    async def evidence_document(self, identity: str) -> bytes:
        """Return a document, unverified."""
        return (await self._ask("GET", f"evidence/{identity}", most=MAX_EVIDENCE_BYTES)).body

    async def tell_evidence(self, document: bytes) -> None:
        """Send a document; NotFoundError says that it doesn't know the log."""
        await self._ask("POST", "evidence", most=MOST_TOLD_BYTES, body=document)

    async def _ask(self, method: str, path: str, *, most: int, body: bytes | None = None) -> Answer:
        answer = await self._http.request(method, f"{self._base}/{path}", most=most, body=body, headers=JSON)
        if answer.status not in SUCCESS:
            raise error_of(answer)
        return answer
