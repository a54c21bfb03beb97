"""What can be wrong with how a log's index lists one of the log's own entries.

The index is a pure function of the log's entries (`protocol.recognition.terms`). So beside an entry that is included in
the log, what the index is proved to list under a key shows that it isn't that of the log where it is one of these:

- *omitted*: the entry has the key, and its leaf isn't listed;
- *misplaced*: its leaf is listed, and the entry doesn't have the key.

An entry that isn't understood here shows nothing: a later release may know its keys.
"""

from typing import Literal

from protocol.errors import BadProofError
from protocol.log.index_answer import IndexAnswer
from protocol.recognition.entry import NotUnderstood, parse_entry
from protocol.recognition.terms import keys_of

Fault = Literal["omitted", "misplaced"]


def check_listing(entry: bytes, answer: IndexAnswer, *, leaf: int, origin: str) -> Fault:
    """Return what is wrong with how the index lists an entry.

    Args:
        entry: Its bytes, which the caller has seen to be included.
        answer: What the index lists under some key, which the caller has verified.
        leaf: Where the entry stands.
        origin: The log's.

    Raises:
        BadProofError: Nothing is, or it isn't shown.
    """
    belongs, listed = answer.key in keys_of(entry, origin=origin), leaf in answer.leaves
    if belongs == listed:
        raise BadProofError("the index lists the entry as it has to")
    if belongs:
        return "omitted"
    if isinstance(parse_entry(entry), NotUnderstood):
        raise BadProofError("the entry isn't understood here, so nothing can be said of its keys")
    return "misplaced"
