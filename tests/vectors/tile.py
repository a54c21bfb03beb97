"""Cases of tiles: paths and their addresses, which tiles a tree shows, and entry bundles."""

import base64
from collections.abc import Iterator
from typing import Any

PATHS = {
    "first": ("tile/0/000", 0, 0, 256),
    "three-digits": ("tile/0/999", 0, 999, 256),
    "two-groups": ("tile/0/x001/000", 0, 1000, 256),
    "three-groups": ("tile/3/x001/x234/067", 3, 1234067, 256),
    "partial": ("tile/0/x001/x234/067.p/1", 0, 1234067, 1),
    "widest-partial": ("tile/1/000.p/255", 1, 0, 255),
    "highest-level": ("tile/63/000.p/1", 63, 0, 1),
    "entries": ("tile/entries/000", -1, 0, 256),
    "partial-entries": ("tile/entries/x123/456.p/7", -1, 123456, 7),
}
NO_PATHS = {
    "not-a-tile": "checkpoint",
    "no-index": "tile/0",
    "level-64": "tile/64/000",
    "level-leading-zero": "tile/00/000",
    "level-minus": "tile/-1/000",
    "two-digits": "tile/0/00",
    "four-digits": "tile/0/1000",
    "group-without-x": "tile/0/001/000",
    "x-on-last-group": "tile/0/x001",
    "leading-group-of-zeros": "tile/0/x000/001",
    "upper-case-x": "tile/0/X001/000",
    "width-zero": "tile/0/000.p/0",
    "width-256": "tile/0/000.p/256",
    "width-leading-zero": "tile/0/000.p/01",
    "slash-first": "/tile/0/000",
    "slash-last": "tile/0/000/",
    "sumdb-height": "tile/8/0/000",
    "sumdb-data": "tile/data/000",
    "newline": "tile/0/000\n",
    "arabic-digits": "tile/0/\u0660\u0660\u0660",
}
SIZES = {
    "size-0": (0, []),
    "size-1": (1, ["tile/0/000.p/1"]),
    "size-255": (255, ["tile/0/000.p/255"]),
    "size-256": (256, ["tile/0/000", "tile/1/000.p/1"]),
    "size-257": (257, ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1"]),
    "size-70000": (
        70_000,
        [f"tile/0/{index:03d}" for index in range(273)] + ["tile/0/273.p/112"]
        + ["tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"],
    ),
}  # fmt: skip
BUNDLES = {
    "no-entry": ("A bundle of no entry", [], b""),
    "empty-entry": ("One empty entry", [b""], b"\x00\x00"),
    "two-entries": ("Two entries", [b"one", b"two!"], b"\x00\x03one\x00\x04two!"),
    "long-entry": ("An entry longer than one length byte can say", [b"x" * 259], b"\x01\x03" + b"x" * 259),
}
NO_BUNDLES = {
    "half-a-length": ("One byte of a length", b"\x00"),
    "half-a-length-after-an-entry": ("One byte of a length after an entry", b"\x00\x01a\x00"),
    "cut-entry": ("The entry ends early", b"\x00\x03on"),
    "cut-last-entry": ("The last of two entries ends early", b"\x00\x03one\x00\x04two"),
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case; level -1 stands for entry bundles."""
    for name, (path, level, index, width) in PATHS.items():
        yield f"tile/path-{name}", {
            "description": f"path of a tile: {name.replace('-', ' ')}", "path": path,
            "gives": {"index": index, "level": level, "width": width},
        }  # fmt: skip
    for name, path in NO_PATHS.items():
        yield f"tile/path-refused-{name}", {
            "description": f"not the path of a tile: {name.replace('-', ' ')}", "error": "MalformedError", "path": path,
        }  # fmt: skip
    for name, (size, paths) in SIZES.items():
        yield f"tile/{name}", {
            "description": "the hash tiles that a tree of this size shows", "gives": {"paths": paths}, "size": size,
        }  # fmt: skip
    for name, (description, entries, data) in BUNDLES.items():
        yield f"tile/bundle-{name}", {
            "description": description, "bundle": base64.b64encode(data).decode(),
            "gives": {"entries": [base64.b64encode(entry).decode() for entry in entries]},
        }  # fmt: skip
    for name, (description, data) in NO_BUNDLES.items():
        yield f"tile/bundle-refused-{name}", {
            "description": description, "bundle": base64.b64encode(data).decode(), "error": "MalformedError",
        }  # fmt: skip
