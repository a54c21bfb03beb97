"""Cases of a mirror's answer while it lacks entries: the body, and what it says, or the refusal."""

import base64
from collections.abc import Iterator
from typing import Any

from protocol.encoding.wire import b64
from protocol.gossip.mirror_info import MirrorInfo

DATA = MirrorInfo(20852163, 20852096, b"ticket").render()
LARGEST = 2**63 - 1

READ = {
    "usual": ("Size, next entry and ticket", MirrorInfo(20852163, 20852096, b"ticket")),
    "no-ticket": ("The ticket is empty, its line is there", MirrorInfo(5, 0)),
    "nothing-held": ("A pending checkpoint of the empty tree", MirrorInfo(0, 0)),
    "largest": ("The largest numbers", MirrorInfo(LARGEST, LARGEST)),
    "next-entry-beyond": ("The mirror holds more than the older size asked for", MirrorInfo(5, 9)),
}
REFUSED = {
    "nothing": ("No bytes", b""),
    "two-lines": ("The ticket's line is missing", DATA.replace(b"dGlja2V0\n", b"")),
    "four-lines": ("A line follows the ticket", DATA + b"more\n"),
    "no-newline-at-end": ("The last line is cut", DATA[:-1]),
    "leading-zero": ("A size with a leading zero", b"0" + DATA),
    "blank": ("A blank before the next entry", DATA.replace(b"\n2085", b"\n 2085")),
    "carriage-return": ("Lines end in CR LF", DATA.replace(b"\n", b"\r\n")),
    "too-large": ("A size of 2^63", b"9223372036854775808\n0\n\n"),
    "ticket-not-padded": ("Base64 without padding", b"5\n0\nAQ\n"),
    "ticket-not-base64": ("The ticket is no base64", b"5\n0\n?\n"),
    "not-ascii": ("A size in Arabic-Indic digits", "\u0665\n0\n\n".encode()),
}


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every case: `input` is the body in base64."""
    for name, (description, info) in READ.items():
        gives = {"next_entry": info.next_entry, "size": info.size, "ticket": b64(info.ticket)}
        yield f"mirror_info/{name}", _case(description, info.render()) | {"gives": gives}
    for name, (description, data) in REFUSED.items():
        yield f"mirror_info/{name}", _case(description, data) | {"error": "MalformedError"}


def _case(description: str, data: bytes) -> dict[str, Any]:
    return {"description": description, "input": base64.b64encode(data).decode()}
