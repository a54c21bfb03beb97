"""When a server's certificate ends, as a client that verifies it sees it."""

import asyncio
import contextlib
import ssl
from typing import Final

from yarl import URL

from node.errors import UnreachableError

SECONDS: Final = 10.0


async def certificate_ends(url: str) -> int:
    """Return the POSIX seconds at which the certificate of an https address ends.

    Raises:
        UnreachableError: There is no connection, or the certificate isn't one that this machine trusts.
    """
    parsed = URL(url)
    context = ssl.create_default_context()
    try:
        async with asyncio.timeout(SECONDS):
            _, writer = await asyncio.open_connection(parsed.host, parsed.port, ssl=context)
    except ssl.SSLCertVerificationError as error:
        raise UnreachableError(f"{url}: its certificate is not trusted ({error.verify_message})") from None
    except TimeoutError:
        raise UnreachableError(f"{url}: no answer in time") from None
    except OSError as error:
        raise UnreachableError(f"{url}: no TLS connection ({str(error)[:200] or type(error).__name__})") from None
    try:
        certificate = writer.get_extra_info("ssl_object").getpeercert()
        return int(ssl.cert_time_to_seconds(str(certificate["notAfter"])))
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
