"""What a recovery says: how far the log came back, from whom, and by name and number what did not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from node.gossip.recovery.recover import Recovered
from node.storage.lost import Held
from protocol.encoding.wire import b64


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """What one partner told of our log."""

    name: str
    held: int | None
    """Size of what its mirror serves."""
    seen: int | None
    """Largest size that it has seen signed."""
    failure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What became of one log; sizes are in entries."""

    name: str
    origin: str
    done: Recovered
    partners: Sequence[Partner]
    released: int | None
    """Size of the checkpoint that may be shown; None where none may yet."""
    texts_missing: int
    held: Held

    def plain(self) -> dict[str, Any]:
        """Return the report as JSON values."""
        return {
            "log": self.name,
            "origin": self.origin,
            "before": self.done.before,
            "size": self.done.size,
            "root": b64(self.done.root),
            "signed": self.done.signed,
            "released": self.released,
            "read_from": list(self.done.read_from),
            "failures": self.done.failures,
            "partners": [
                {"name": one.name, "held": one.held, "seen": one.seen, "failure": one.failure or None}
                for one in self.partners
            ],
            "lost": {
                "private_records_of": self.held.unexplained,
                "request_keys_of": self.held.unkeyed,
                "texts_missing": self.texts_missing,
                "texts_taken_down": self.held.taken_down,
                "tokens": self.held.tokens == 0,
            },
        }

    def lines(self) -> Iterator[str]:
        """Yield the report for people."""
        done = self.done
        yield f"{self.origin}: {done.size:,} entries, {done.size - done.before:,} of them brought back"
        if done.read_from:
            yield f"  read from      {', '.join(done.read_from)}"
        for name, why in done.failures.items():
            yield f"  failed         {name}: {why}"
        for one in self.partners:
            if one.failure:
                yield f"  no answer      {one.name}: {one.failure}; what it saw last isn't known"
        yield from (f"  {line}" for line in self._lost())

    def _lost(self) -> Iterator[str]:
        held = self.held
        if held.unexplained:
            yield (
                f"lost           private records of up to {held.unexplained:,} of {held.sealed:,} sealed entries: "
                "secrets behind receipts, decision documents; receipts that were given out still prove them"
            )
        if held.unkeyed:
            yield (
                f"lost           request keys of {held.unkeyed:,} entries: the same request again is refused by tag or "
                "version, or makes a new entry"
            )
        if self.texts_missing:
            yield f"lost           {self.texts_missing:,} texts beside the log, unless a partner still finds them"
        if held.taken_down:
            yield f"taken down     {held.taken_down:,} texts, and they stay so"
        if not held.tokens:
            yield "lost           every token: `nostra token add` makes new ones"
