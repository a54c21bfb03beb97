"""May these entries enter the log? Bytes in, `Admitted` out, or a refusal that names the entry and what is wrong.

Admission is strict: an entry is of a kind that this node understands, in its only spelling, and keeps every rule of its
kind. Nearly all entries are sealed ones in bundles, and those are read by one pattern for the whole bundle.
"""

import hashlib
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from node.errors import InadmissibleError, TooLargeError
from protocol.encoding.wire import parse_b64url32
from protocol.errors import MalformedError
from protocol.log.merkle import leaf_hash
from protocol.log.tile import parse_bundle
from protocol.recognition import entry as entries_of_log
from protocol.recognition.entry import ClearEntry, parse_entry
from protocol.recognition.problems import InadmissibleError as BrokenRulesError
from protocol.recognition.sealed_entry import SEALED_BYTES, Sealed, tags_of_bundle
from protocol.recognition.terms import term_key, terms_of

MAX_SUBMISSION = 10_000
"""Entries of one submission."""


@dataclass(frozen=True, slots=True)
class AdmittedClear:
    """A clear entry of a submission: its position there, and what it is found by."""

    position: int
    kind: str
    id: str | None
    version: int | None
    terms: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Admitted:
    """Entries on their way into a log, in columns: a bulk submission is thousands of them."""

    entries: Sequence[bytes]
    leaf_hashes: Sequence[bytes]
    sealed: Sequence[int] = ()
    """Positions of the sealed entries."""
    tags: Sequence[bytes] = ()
    """Their tags, in the same order."""
    clear: Sequence[AdmittedClear] = ()
    texts: Sequence[tuple[bytes, bytes]] = ()
    """(commitment, document) of texts that travel beside the entries."""
    names: frozenset[Hashable] = field(default_factory=frozenset)
    """What may stand in a log only once: tags, and (kind, id, version)."""
    packed: bytes | None = None
    """The stored form (`node.storage.packing`) of entries that are a full bundle, where it is known."""


def admit_bundle(data: bytes, *, origin: str) -> Admitted:
    """Admit the entries of an entry bundle.

    Raises:
        InadmissibleError: An entry breaks the rules; nothing of the bundle is admitted.
        TooLargeError: There are more than a submission may hold.
    """
    tags = tags_of_bundle(data)
    if tags is None:
        return admit_entries(_entries_of(data), origin=origin)
    _check_count(len(tags))
    step = SEALED_BYTES + 2
    entries = [data[at : at + SEALED_BYTES] for at in range(2, len(data), step)]
    names: frozenset[Hashable] = frozenset(tags)
    if len(names) != len(tags):
        raise InadmissibleError("two entries of the submission have the same tag", mend="send each entry once")
    sha256 = hashlib.sha256
    hashes = [sha256(b"\x00" + entry).digest() for entry in entries]
    return Admitted(entries, hashes, sealed=range(len(tags)), tags=tags, names=names)


def admit_entries(entries: Sequence[bytes], *, origin: str, texts: Mapping[str, bytes] | None = None) -> Admitted:
    """Admit entries of any kind that this node understands.

    Args:
        entries: Canonical bytes, in the order in which they are to stand.
        origin: The log they are for.
        texts: Documents of texts by commitment, as the entries name it.
    """
    _check_count(len(entries))
    sealed: list[int] = []
    tags: list[bytes] = []
    clear: list[AdmittedClear] = []
    for position, data in enumerate(entries):
        entry = _read(data, position, origin)
        if isinstance(entry, Sealed):
            sealed.append(position)
            tags.append(parse_b64url32(entry.tag))
        else:
            clear.append(clear_of(entry, position))
    names: list[Hashable] = [*tags, *((one.kind, one.id, one.version) for one in clear if one.id is not None)]
    if len(set(names)) != len(names):
        raise InadmissibleError("two entries of the submission have the same tag or the same id and version")
    documents = [(parse_b64url32(commitment), document) for commitment, document in (texts or {}).items()]
    return Admitted(entries, [leaf_hash(data) for data in entries], sealed, tags, clear, documents, frozenset(names))


def clear_of(entry: ClearEntry, position: int) -> AdmittedClear:
    """Return what a clear entry is found by."""
    terms = tuple(term_key(term) for term in terms_of(entry))
    return AdmittedClear(position, entry.kind, getattr(entry, "id", None), getattr(entry, "version", None), terms)


def _entries_of(data: bytes) -> list[bytes]:
    try:
        return parse_bundle(data)
    except MalformedError as error:
        raise InadmissibleError(str(error), mend="send each entry as two bytes of length and its bytes") from None


def _check_count(count: int) -> None:
    if count == 0:
        raise InadmissibleError("the submission holds no entry")
    if count > MAX_SUBMISSION:
        raise TooLargeError(f"a submission holds at most {MAX_SUBMISSION} entries, this one {count}")


def _read(data: bytes, position: int, origin: str) -> ClearEntry | Sealed:
    where = f"entries[{position}]"
    try:
        entry = parse_entry(data, strict=True)
    except BrokenRulesError as error:
        problems = [(f"{where}.{problem.where}".rstrip("."), problem.what) for problem in error.problems]
        raise InadmissibleError(f"entry {position} breaks the rules of its kind", problems) from None
    except MalformedError as error:
        raise InadmissibleError(f"entry {position} is malformed", [(where, str(error))]) from None
    problems = [(f"{where}.{problem.where}", problem.what) for problem in entries_of_log.check(entry, origin=origin)]
    if problems:
        raise InadmissibleError(f"entry {position} breaks the rules of its kind", problems)
    return entry
