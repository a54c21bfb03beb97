"""A node's JSON interface, as the command line and other nodes use it."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from node.client.bounds import MEBIBYTE
from node.client.problems import error_of
from node.client.transport import Answer, HttpClient
from node.errors import BadAnswerError
from protocol.encoding import jcs
from protocol.errors import MalformedError

MOST_JSON_BYTES: Final = 16 * MEBIBYTE
SUCCESS: Final = range(200, 300)


class NodeClient:
    """Asks one node."""

    def __init__(self, http: HttpClient, base_url: str, *, token: str | None = None) -> None:
        """Ask the node at this address; a token opens its internal listener."""
        self._http = http
        self.base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Return the JSON at a path.

        Raises:
            NodeError: What the node refused with; UnreachableError and BadAnswerError where it didn't get so far.
        """
        url = f"{self.base_url}{path}" + (f"?{urlencode(query)}" if query else "")
        return _json(await self._http.request("GET", url, most=MOST_JSON_BYTES, headers=self._headers))

    async def post(
        self, path: str, body: bytes, *, content_type: str = "application/json", request_key: str | None = None
    ) -> Any:
        """Send a body and return the JSON that answers it; the same request key makes it safe to send again.

        Raises:
            NodeError: As `get`.
        """
        headers = self._headers | {"Content-Type": content_type} | ({"Request-Key": request_key} if request_key else {})
        url = f"{self.base_url}{path}"
        return _json(await self._http.request("POST", url, most=MOST_JSON_BYTES, body=body, headers=headers))


def _json(answer: Answer) -> Any:
    if answer.status not in SUCCESS:
        raise error_of(answer)
    if not answer.body:
        return None
    try:
        return jcs.decode(answer.body)
    except MalformedError as error:
        raise BadAnswerError(f"{answer.url}: the answer is not JSON ({error})") from None
