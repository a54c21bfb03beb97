"""What a backup holds, in words for people and as JSON."""

from collections.abc import Iterator
from typing import Any, Final

from node.backup.check import Contents

WORDS: Final = {
    "record": "private records",
    "lookup": "look-ups of them",
    "request": "request keys",
    "text": "texts",
    "token": "tokens",
    "seen": "sizes seen of logs",
    "quorum-time": "checkpoints that logs have shown, with their times",
    "evidence": "pieces of evidence",
    "cosigned": "states of our cosigners, for information",
}


def plain_of(contents: Contents) -> dict[str, Any]:
    """Return it as JSON values."""
    return {
        "made": contents.made,
        "program": contents.program,
        "logs": [
            {
                "origin": log.origin,
                "own": log.own,
                "size": log.size if log.own else None,
                "with_entries": log.with_entries,
            }
            for log in contents.logs
        ],
        "lines": {kind: contents.counts[kind] for kind in WORDS},
        "unreadable": {str(epoch): count for epoch, count in contents.closed_epochs.items()},
        "problems": dict(contents.problems),
    }


def lines_of(contents: Contents) -> Iterator[str]:
    """Yield it line by line."""
    yield f"backup of {contents.made}, by Nostra {contents.program}"
    for log in contents.own:
        entries = "with its entries" if log.with_entries else "without its entries"
        yield f"  log            {log.origin}, {log.size:,} entries, {entries}"
    for kind, words in WORDS.items():
        if contents.counts[kind]:
            yield f"  {contents.counts[kind]:>13,}  {words}"
    for epoch, count in contents.closed_epochs.items():
        yield (
            f"  not readable   {count:,} private records of epoch {epoch}: its key was destroyed, or is in another "
            "file of keys; --leave-out restores the rest"
        )
    for what, count in contents.problems.items():
        yield f"  wrong          {what}{f' ({count:,} times)' if count > 1 else ''}"
    if not contents.problems and not contents.closed_epochs:
        yield "  all of it can be read with these keys"
