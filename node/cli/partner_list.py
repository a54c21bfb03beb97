"""The list of partners: how far their logs are followed, and how they stood in the last closed rounds of gossip.

What is followed is read from the database itself; how partners stood knows only a node that runs, so it is asked on its
internal listener, and where it doesn't answer the list goes without.
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from node.config import Config
from node.errors import NodeError

if TYPE_CHECKING:
    from node.gossip.mirror.mirrors import MirrorSet
    from node.log.prove import LogReader

SECONDS: Final = 2.0
"""How long the node may take to say how its partners stand."""


async def rounds_of(config: Config) -> Any:
    """Return what the running node says of its partners, or None where none answers."""
    from node.client import Bounds, HttpClient, NodeClient

    if not config.http.internal.port:
        return None
    async with HttpClient(bounds=Bounds(connect_seconds=SECONDS, total_seconds=SECONDS)) as http:
        try:
            return await NodeClient(http, f"http://{config.http.internal}").get("/v1/partners")
        except NodeError:
            return None


def rows_of(mirrors: "MirrorSet", rounds: Any) -> list[dict[str, Any]]:
    """Return a row a partner."""
    from node.clock import instant

    stood = {origin: one for one in (rounds or {}).get("partners", []) for origin in one["logs"]}
    rows: list[dict[str, Any]] = []
    for log in mirrors:
        origin, reached = log.partner.origin, log.status.reached_at
        row = {
            "name": log.partner.name,
            "origin": origin,
            "url": log.partner.url,
            "size": log.reader.published.size if log.reader else None,
            "reached_at": None if reached is None else instant(reached),
            "failure": log.status.failure,
            "successor": _successor(log.reader),
        }
        if origin in stood:
            one = stood[origin]
            row |= {"state": one["state"], "rounds": one["rounds"], "exchanged_at": one.get("exchanged_at", "")}
            row |= {"evidence": one.get("convicted", {}).get(origin, "")}
        rows.append(row)
    return rows


def _successor(reader: "LogReader | None") -> str:
    """Return the origin that a log says follows it; "" while it goes on."""
    ended = None if reader is None else reader.state.position.ended
    return "" if ended is None else ended.successor


def print_rows(rows: list[dict[str, Any]], rounds: Any, *, as_json: bool) -> None:
    """Print the list."""
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        print(f"{row['name']}: {row['origin']} at {row['url']}")
        print(f"    {'no entries yet' if row['size'] is None else format(row['size'], ',') + ' entries'}, ", end="")
        print(f"last reached {row['reached_at'] or 'never'}" + (f"; {row['failure']}" if row["failure"] else ""))
        if row.get("state"):
            print(f"    {row['state']} in the last closed round; the last {len(row['rounds'])}: {row['rounds']}")
        if row["successor"]:
            print(f"    has ended; it says that {row['successor']} follows: ask its institution, then add that one")
        if row.get("evidence"):
            print(f"    has shown two histories: evidence {row['evidence']}")
    if (margin := _margin(rounds or {})) is not None:
        print(margin)


def _margin(rounds: Mapping[str, Any]) -> str | None:
    """Return how many more partners may fail, in words."""
    spare = rounds.get("to_spare")
    if spare is None:
        return None
    if spare < 0:
        return "the quorum is lost: too few partners agree, and nothing new can be released"
    return f"{spare} more {'partner' if spare == 1 else 'partners'} may fail before the quorum is lost"
