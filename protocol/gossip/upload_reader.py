"""Cuts the body of an add-entries request (`protocol.gossip.add_entries`) as it arrives, without any input or output.

::

    reader = UploadReader()
    for chunk in body:
        reader.feed(chunk)
        upload = reader.head()                   None until it has come
        while package := reader.package():       verify and keep it
            …

A body may end anywhere: what was cut whole is good, the bytes after it are nothing. Whether all has come is `complete`.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from protocol.encoding.wire import HASH_BYTES
from protocol.errors import MalformedError
from protocol.gossip.add_entries import RANGE, Package, Upload
from protocol.log.merkle import MAX_PROOF_HASHES
from protocol.log.proofs import Span

_WHERE: Final = "add-entries"


class UploadReader:
    """Cuts a request into its head and packages as bytes arrive; it holds at most one package and what was fed last."""

    def __init__(self) -> None:
        """Begin before the first byte."""
        self._data = bytearray()
        self._head: Upload | None = None
        self._spans: Iterator[Span] = iter(())
        self._next: Span | None = None
        self._cuts = [0]

    @property
    def complete(self) -> bool:
        """Whether the head and every package of the upload have been read. What is fed then is discarded."""
        return self._head is not None and self._next is None

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body. Read all packages before feeding more: that is what bounds memory."""
        if not self.complete:
            self._data += data

    def head(self) -> Upload | None:
        """Return what the request begins with, or None until enough was fed.

        Raises:
            MalformedError: It is not as above.
        """
        if self._head is None and (found := _parse_head(self._data)) is not None:
            self._head, length = found
            self._spans = self._head.packages()
            self._take(length)
        return self._head

    def package(self) -> Package | None:
        """Return the next package, or None until enough was fed, and after the last.

        Raises:
            MalformedError: It has more than 63 hashes.
        """
        if self.head() is None or self._next is None:
            return None
        span, cuts, data = self._next, self._cuts, self._data
        # A package that comes in many pieces is not read from its beginning each time: the cuts made so far are kept.
        length = len(data)
        while len(cuts) <= span.end - span.start:
            begin = cuts[-1] + 2
            if length < begin or length < (end := begin + (data[begin - 2] << 8 | data[begin - 1])):
                return None
            cuts.append(end)
        proof = _parse_proof(data, cuts[-1])
        if proof is None:
            return None
        whole = bytes(memoryview(data)[: cuts[-1]])
        entries = tuple([whole[begin + 2 : end] for begin, end in pairwise(cuts)])
        self._take(cuts[-1] + 1 + len(proof) * HASH_BYTES)
        return Package(span, entries, proof)

    def _take(self, length: int) -> None:
        """Drop what has been read and turn to the next package."""
        del self._data[:length]
        self._next = next(self._spans, None)
        self._cuts = [0]
        if self._next is None:
            self._data.clear()


def _read_sized(data: bytearray, at: int) -> tuple[bytes, int] | None:
    """Return the bytes behind their size, and where they end; None if they have not all come."""
    begin = at + 2
    end = begin + int.from_bytes(data[at:begin], "big")
    return (bytes(data[begin:end]), end) if begin <= end <= len(data) and begin <= len(data) else None


def _parse_head(data: bytearray) -> tuple[Upload, int] | None:
    if (origin := _read_sized(data, 0)) is None or len(data) < origin[1] + RANGE.size:
        return None
    if (ticket := _read_sized(data, origin[1] + RANGE.size)) is None:
        return None
    start, end = RANGE.unpack_from(data, origin[1])
    try:
        name = origin[0].decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedError("the origin is not UTF-8 text", _WHERE) from None
    return Upload(name, start, end, ticket[0]), ticket[1]


def _parse_proof(data: bytearray, at: int) -> tuple[bytes, ...] | None:
    if len(data) <= at:
        return None
    count = data[at]
    if count > MAX_PROOF_HASHES:
        raise MalformedError(f"no consistency proof has more than {MAX_PROOF_HASHES} hashes", _WHERE)
    begin, end = at + 1, at + 1 + count * HASH_BYTES
    if len(data) < end:
        return None
    return tuple(bytes(data[cut : cut + HASH_BYTES]) for cut in range(begin, end, HASH_BYTES))
