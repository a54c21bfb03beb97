"""A whole log as one file: what a node serves of it, in a tar archive (docs/formats/export.md).

::

    nostra-export.json      canonical JSON, the first member:
                            {"format":"nostra/export","origin":…,"size":N,"taken_down":[…],"v":1,"verifier_key":…}
    checkpoint              the signed checkpoint of size N
    tile/entries/<N>[.p/W]  every entry bundle of that tree, and
    tile/<L>/<N>[.p/W]      every tile, in the order in which entries complete them
    texts/<COMMITMENT>      the texts beside the log, as far as they were kept

Unpacked into a folder that a web server serves, it is the log again for any C2SP client. `taken_down` names the texts
that are known to be taken down. There are no keys in it, no private records and no request keys. The same log at the
same size gives the same bytes: members have mode 0644, owner 0 and time 0.

Nothing in a file is believed: whoever imports it verifies the checkpoint by a key of his own, and every entry up to its
root hash. Refused on sight: members of other names or kinds, a name twice, sizes beyond what the format allows.
"""

import io
import re
import tarfile
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final, Self, cast

from node.errors import BadAnswerError, NotFoundError
from protocol.encoding import canonical
from protocol.encoding.note import MAX_NOTE_BYTES
from protocol.encoding.wire import HASH_BYTES, parse_b64url32
from protocol.errors import MalformedError
from protocol.log.tile import ENTRIES, MAX_ENTRY_BYTES, Tile

MANIFEST: Final = "nostra-export.json"
CHECKPOINT: Final = "checkpoint"
TEXTS: Final = "texts/"
FORMAT: Final = "nostra/export"
VERSION: Final = 1

MOST_TEXTS_BYTES: Final = 8 << 20
MOST_MANIFEST_BYTES: Final = 64 << 20
TEXTS_NAME: Final = re.compile("texts/[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an export says of itself. It proves nothing."""

    origin: str
    verifier_key: str
    size: int
    taken_down: tuple[str, ...] = ()

    def render(self) -> bytes:
        """Return the bytes of the first member."""
        return canonical.encode(
            {
                "format": FORMAT,
                "origin": self.origin,
                "size": self.size,
                "taken_down": sorted(self.taken_down),
                "v": VERSION,
                "verifier_key": self.verifier_key,
            }
        )

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the first member.

        Raises:
            MalformedError: It isn't one, or of a later version.
        """
        match canonical.decode(data):
            case {
                "format": "nostra/export",
                "origin": str(origin),
                "size": int(size),
                "taken_down": list(taken_down),
                "v": 1,
                "verifier_key": str(key),
            }:
                for commitment in taken_down:
                    parse_b64url32(commitment if isinstance(commitment, str) else "")
                return cls(origin, key, size, tuple(taken_down))
            case _:
                raise MalformedError("it is no export of a log, or one of a later version", MANIFEST)


class ExportWriter:
    """Writes an export, member by member."""

    def __init__(self, file: BinaryIO) -> None:
        """Write into an open file."""
        self._tar = tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT)  # noqa: SIM115 - closed by `close`

    def add(self, name: str, data: bytes) -> None:
        """Add a member."""
        member = tarfile.TarInfo(name)
        member.size = len(data)
        self._tar.addfile(member, io.BytesIO(data))

    def close(self) -> None:
        """Write the archive's end."""
        self._tar.close()


class ExportFile:
    """An export as a place to read a log from (`node.log.follow.LogSource`)."""

    def __init__(self, path: Path) -> None:
        """Read the list of members.

        Raises:
            MalformedError: The file is no export.
            OSError: It can't be read.
        """
        self._path = path
        self._file = path.open("rb")
        try:
            self._places = _members(self._file)
            if MANIFEST not in self._places:
                raise MalformedError(f"it is no export of a log: there is no {MANIFEST} in it")
            self.manifest = Manifest.parse(self._read(MANIFEST))
        except BaseException:
            self._file.close()
            raise
        self._taken_down = frozenset(self.manifest.taken_down)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    async def checkpoint(self) -> bytes:
        """Return the checkpoint note."""
        return self._read(CHECKPOINT)

    async def tile(self, tile: Tile) -> bytes:
        """Return a tile's hashes, as many as its width says."""
        data = self._read(tile.path())
        if len(data) != tile.width * HASH_BYTES:
            raise BadAnswerError(f"{self._path}: {tile.path()} has {len(data)} bytes, not {tile.width * HASH_BYTES}")
        return data

    async def fetch_ahead(self, tiles: Iterable[Tile]) -> AsyncGenerator[tuple[Tile, bytes], None]:
        """Yield tiles and bundles in the order asked for."""
        for tile in tiles:
            yield tile, self._read(tile.path())

    async def texts(self, commitment: str) -> bytes:
        """Return the texts document behind a commitment."""
        if commitment in self._taken_down:
            raise NotFoundError(f"the texts {commitment} were taken down", code="gone")
        return self._read(TEXTS + commitment)

    def _read(self, name: str) -> bytes:
        if name not in self._places:
            raise NotFoundError(f"{self._path}: there is no {name} in it")
        offset, size = self._places[name]
        self._file.seek(offset)
        data = self._file.read(size)
        if len(data) != size:
            raise BadAnswerError(f"{self._path}: it ends inside {name}")
        return data


def _members(file: BinaryIO) -> dict[str, tuple[int, int]]:
    """Return where each member lies."""
    places: dict[str, tuple[int, int]] = {}
    try:
        with tarfile.open(fileobj=file, mode="r:") as tar:
            while (member := tar.next()) is not None:
                _check(member, places)
                places[member.name] = (member.offset_data, member.size)
                cast(Any, tar).members = []  # it would keep an object for each
    except (tarfile.TarError, EOFError) as error:
        raise MalformedError(f"it is no tar archive: {error}") from None
    return places


def _check(member: tarfile.TarInfo, places: dict[str, Any]) -> None:
    if not member.isreg() or member.size > _most_bytes(member.name):
        raise MalformedError(f"'{member.name[:60]}' is no member of an export, or larger than one may be")
    if member.name in places:
        raise MalformedError(f"'{member.name[:60]}' is in it twice")
    if not places and member.name != MANIFEST:
        raise MalformedError(f"it is no export of a log: {MANIFEST} doesn't come first")


def _most_bytes(name: str) -> int:
    """Return how large a member of this name may be; less than nothing for a name that has no place."""
    if name == MANIFEST:
        return MOST_MANIFEST_BYTES
    if name == CHECKPOINT:
        return MAX_NOTE_BYTES
    if TEXTS_NAME.fullmatch(name):
        return MOST_TEXTS_BYTES
    try:
        tile = Tile.parse(name)
    except MalformedError:
        return -1
    return tile.width * (2 + MAX_ENTRY_BYTES if tile.level == ENTRIES else HASH_BYTES)
