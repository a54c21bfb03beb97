"""When something was logged, in words: for the sentences of a verdict, and for the report on it."""

from collections.abc import Iterator

from protocol.documents.dated_excerpt import DatedExcerpt
from protocol.recognition.logged import instant
from protocol.recognition.rule import Rule
from protocol.recognition.rules_asked import TimedEntry
from protocol.recognition.says import Applies
from protocol.recognition.withdrawal import Withdrawal


def times_told(one: Applies, dated: DatedExcerpt) -> Iterator[str]:
    """Give what is to be known of when something that applies was logged; nothing where it isn't dated."""
    logged = dated.times.get(one.leaf)
    if logged is None:
        return
    since = f"recognised since {one.since}, " if one.since else ""
    match one.retroactive:
        case "yes":
            yield f"{since}{logged}: retroactive for {one.on}"
        case "undetermined":
            yield f"{since}whether it was logged by {one.on} can't be determined: it was {logged}"
        case "":
            yield f"{since}{logged}"
    if one.known == "undetermined" and dated.known is not None:
        yield (f"whether it, and nothing that ends it, had been logged by {instant(dated.known)} can't be determined")


def later_told(one: TimedEntry, dated: DatedExcerpt) -> str:
    """Return of an entry that was logged only after the moment asked about since when it may be known."""
    after, entry = dated.times[one.leaf].after, one.entry
    name = f"{entry.kind} {entry.id} {entry.version}" if isinstance(entry, Rule | Withdrawal) else f"leaf {one.leaf}"
    return f"{name}, not known before {'' if after is None else instant(after)}"
