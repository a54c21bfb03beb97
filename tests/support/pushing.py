"""What a log pushes to a mirror, as bytes, made from protocol/ alone: honest or not.

body = an_upload(log, 0, 300)                          all packages of the first 300 entries
body = an_upload(log, 0, 300, packages=1)              the first of them
"""

from collections.abc import AsyncIterator, Callable

from protocol.gossip.add_entries import Package, Upload, subtree_of
from protocol.log.proofs import Span, prove, subtree_consistency_spans
from tests.support.growing_log import GrowingLog

Spoil = Callable[[Package], Package]
"""Makes something of a package that it should not be."""

PIECE = 1 << 16


def a_package(log: GrowingLog, span: Span, size: int) -> Package:
    """Return the package of some entries, proven in the tree of a size."""
    proof = prove(subtree_consistency_spans(*subtree_of(span), size), log.hash)
    return Package(span, tuple(log.entries[span.start : span.end]), tuple(proof))


def an_upload(
    log: GrowingLog,
    start: int,
    end: int,
    *,
    packages: int | None = None,
    spoil: dict[int, Spoil] | None = None,
    origin: str | None = None,
    ticket: bytes = b"",
) -> bytes:
    """Return the body of an upload, with its first packages or all; `spoil` says what becomes of which."""
    upload = Upload(origin or log.origin, start, end, ticket)
    spans = list(upload.packages())[:packages]
    rendered = []
    for number, span in enumerate(spans):
        package = a_package(log, span, end)
        rendered.append((spoil or {}).get(number, lambda one: one)(package).render())
    return b"".join([upload.render(), *rendered])


async def in_pieces(body: bytes, length: int = PIECE) -> AsyncIterator[bytes]:
    """Yield a body as it arrives."""
    for at in range(0, len(body), length):
        yield body[at : at + length]
