"""HTTP to other people's servers, with a bound on all that one of them can cost: see `Bounds`.

- A redirect is followed only on the same scheme, host and port: who was asked is who answers.
- Nothing is decompressed: a small answer can't become a large one.
- No cookies, no credentials from the environment; a proxy only where the configuration names one.
- What goes wrong is one of two things: `UnreachableError`, there is no answer, and `BadAnswerError`, there is one that
  can't be used. Both name the address. What a node refuses comes as the error it refused with (`node.client.problems`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from types import TracebackType
from typing import Final, Self

import aiohttp
from yarl import URL

from node import __version__
from node.client.bounds import Bounds, Pace
from node.clock import Clock
from node.errors import BadAnswerError, BadRequestError, UnreachableError

MOST_REDIRECTS: Final = 3
REDIRECTS: Final = (301, 302, 303, 307, 308)

LARGE_BODY: Final = 1 << 16
"""Bytes that are sent in one go: more at once would hold up all else that this process does."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered, whole."""

    url: str
    status: int
    headers: Mapping[str, str]
    """By name, whatever its case."""
    body: bytes


class HttpClient:
    """A pool of connections. Use it as an asynchronous context manager."""

    def __init__(self, *, bounds: Bounds | None = None, proxy: str | None = None, clock: Clock | None = None) -> None:
        """Prepare; nothing is connected yet."""
        self.bounds = bounds or Bounds()
        self._proxy = proxy
        self._clock = clock or Clock()
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the pool."""
        self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close every connection."""
        await self.close()

    def open(self) -> None:
        """Open the pool; it connects only when asked for something."""
        bounds = self.bounds
        self._session = aiohttp.ClientSession(
            # To each server its own: one that stalls must not hold up the requests to others.
            connector=aiohttp.TCPConnector(limit=0, limit_per_host=bounds.connections),
            timeout=aiohttp.ClientTimeout(
                total=bounds.total_seconds, sock_connect=bounds.connect_seconds, sock_read=bounds.stall_seconds
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            headers={"Accept-Encoding": "identity", "User-Agent": f"nostra/{__version__}"},
        )

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, url: str, *, most: int) -> Answer:
        """Return the answer to a GET, of any status, whose body has at most `most` bytes.

        Raises:
            UnreachableError: No answer came, or not in time.
            BadAnswerError: It is larger than allowed, compressed, or leads elsewhere.
        """
        return await self.request("GET", url, most=most)

    async def request(
        self, method: str, url: str, *, most: int, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Return the answer to a request, as `get`; only a GET follows a redirect."""
        at = _parse(url)
        for _ in range(MOST_REDIRECTS + 1):
            answer = await self._once(method, at, most=most, body=body, headers=headers)
            if method != "GET" or answer.status not in REDIRECTS:
                return answer
            at = _redirected(at, answer)
        raise BadAnswerError(f"{url}: more than {MOST_REDIRECTS} redirects")

    async def _once(
        self, method: str, url: URL, *, most: int, body: bytes | None, headers: Mapping[str, str] | None
    ) -> Answer:
        if self._session is None:
            raise RuntimeError("the client is not open")
        pace = Pace(str(url), self.bounds, most=most, began=self._clock.monotonic())
        try:
            async with self._session.request(
                method, url, data=_sendable(body), headers=headers, proxy=self._proxy, allow_redirects=False
            ) as response:
                if response.headers.get("Content-Encoding", "identity") != "identity":
                    raise BadAnswerError(f"{url}: the answer is compressed, which was not asked for")
                pace.announce(response.content_length)
                data = await self._read(response, pace)
                return Answer(str(url), response.status, response.headers, data)
        except TimeoutError:
            raise UnreachableError(f"{url}: no answer in time") from None
        except (aiohttp.ClientPayloadError, aiohttp.ClientResponseError) as error:
            raise BadAnswerError(f"{url}: the answer is broken off or not HTTP ({_words(error)})") from None
        except (aiohttp.ClientError, OSError) as error:
            raise UnreachableError(f"{url}: no connection ({_words(error)})") from None

    async def _read(self, response: aiohttp.ClientResponse, pace: Pace) -> bytes:
        pieces = []
        while piece := await response.content.readany():
            pace.count(len(piece), self._clock.monotonic())
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _parse(url: str) -> URL:
    try:
        parsed = URL(url)
    except ValueError:
        parsed = URL()
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise BadRequestError(f"'{url[:200]}' is not a web address: write http:// or https:// and a host")
    return parsed


def _redirected(url: URL, answer: Answer) -> URL:
    try:
        target = url.join(URL(answer.headers.get("Location", "")))
        same = target.origin() == url.origin()
    except ValueError:
        raise BadAnswerError(f"{url}: redirects to no address") from None
    if not same:
        raise BadAnswerError(f"{url}: redirects to another server, {target.origin()}, which is not followed")
    return target


def _sendable(body: bytes | None) -> bytes | BytesIO | None:
    """Return a body in the form in which it is sent piece by piece where it is large."""
    return body if body is None or len(body) <= LARGE_BODY else BytesIO(body)


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:200]
