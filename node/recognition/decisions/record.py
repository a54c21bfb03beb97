"""The private record behind an entry of a recognition decision: keys, statements, and the decision document.

Content::

    {"decision":{…},"digest":HASH,"v":1,
     "links":[{"credential":HASH,"key":HASH,"own":true,"statement":["decided",1,"full","credit",0]}]}

``decision`` is the decision document, absent where an act has none. One link for each credential, in the order of
their entries: which one (SHA-256 of its file, or of its paper's canonical JSON), the key k_i of its chain, whether this
node drew it (``own``: of a credential that came without a receipt), and act, number, outcome, purpose, replaces.
``digest`` tells the same request from another.
"""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from node.errors import InadmissibleError
from node.recognition.records.private_records import Lookup, PrivateRecord
from node.recognition.shown import Shown
from protocol.encoding import canonical
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.recognition.sealed import DecisionStatement
from protocol.recognition.sealed_entry import parse_sealed
from protocol.recognition.shape import plain

KIND: Final = "case"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLink:
    """One credential's entry of a decision."""

    credential: bytes
    """SHA-256 of its file, or of its paper's canonical JSON."""
    key: bytes
    """k_i: the key of the chain of decisions on this credential."""
    own: bool
    """Whether this node drew the key's secret, as no receipt was shown."""
    statement: DecisionStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """What this node keeps of a decision, or of an act on one."""

    links: tuple[CaseLink, ...]
    decision: bytes | None
    """The decision document's canonical bytes."""
    digest: bytes
    leaf: int = -1
    """Where the first link's entry stands; the others follow."""

    def content(self) -> dict[str, Any]:
        """Return what is encrypted."""
        value: dict[str, Any] = {
            "digest": b64url(self.digest),
            "links": [_written(link) for link in self.links],
            "v": 1,
        }
        return value if self.decision is None else value | {"decision": canonical.decode(self.decision)}

    @classmethod
    def read(cls, record: PrivateRecord) -> "CaseRecord":
        """Return the decision that a private record tells of."""
        content = record.content
        decision = content.get("decision")
        return cls(
            links=tuple(_link(one) for one in content["links"]),
            decision=None if decision is None else canonical.encode(decision),
            digest=parse_b64url32(content["digest"]),
            leaf=record.leaf,
        )


def by_decision(decision_id: str) -> Lookup:
    """Return the look-up of the one decision of this id."""
    return Lookup.of_text("decision", decision_id)


def by_case_request(request_key: str) -> Lookup:
    """Return the look-up of the decision that a request made."""
    return Lookup.of_text("case-request", request_key)


def by_file_number(number: str) -> Lookup:
    """Return the look-up of all decisions under a file number."""
    return Lookup.of_text("case", number, sole=False)


def by_key(key: bytes) -> Lookup:
    """Return the look-up of all decisions under one chain's key."""
    return Lookup("case-key", hashlib.sha256(key).digest(), sole=False)


def by_credential_shown(shown: Shown) -> Iterator[Lookup]:
    """Give the look-ups of all decisions on a credential."""
    if shown.file_hash is not None:
        yield Lookup("case-file", shown.file_hash, sole=False)
    if shown.award is not None and (entry := parse_sealed(shown.award.entry)) is not None:
        yield Lookup("case-award", parse_b64url32(entry.tag), sole=False)
    if shown.paper is not None:
        yield Lookup("case-paper", identity_of(shown), sole=False)


def identity_of(shown: Shown) -> bytes:
    """Return what tells a credential from others: SHA-256 of its file, or of its paper's canonical JSON."""
    if shown.paper is not None:
        return hashlib.sha256(canonical.encode(plain(shown.paper))).digest()
    return shown.file_hash or b""


def links_of(case: CaseRecord, key: bytes, credentials: Collection[Shown]) -> list[CaseLink]:
    """Return what a record holds under a key that is shown as one of these credentials'.

    Nothing in a presentation ties its keys of decisions to its award: whoever made it may have taken the key of another
    credential. Whoever decided knows. Of papers it can't tell: their data may be written in other words.

    Raises:
        InadmissibleError: It is the key of another credential.
    """
    links = [link for link in case.links if link.key == key]
    theirs = {identity_of(shown) for shown in credentials}
    if all(shown.paper is None for shown in credentials) and any(link.credential not in theirs for link in links):
        raise InadmissibleError("a key of decisions that is shown belongs to another credential than the one shown")
    return links


def _written(link: CaseLink) -> dict[str, Any]:
    said = link.statement
    statement = [said.act, said.number, said.outcome, said.purpose, said.replaces]
    return {
        "credential": b64url(link.credential), "key": b64url(link.key), "own": link.own, "statement": statement
    }  # fmt: skip


def _link(value: dict[str, Any]) -> CaseLink:
    act, number, outcome, purpose, replaces = value["statement"]
    statement = DecisionStatement(number, act, outcome, purpose, replaces)
    return CaseLink(
        credential=parse_b64url32(value["credential"]),
        key=parse_b64url32(value["key"]),
        own=value["own"],
        statement=statement,
    )
