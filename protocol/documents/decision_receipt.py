r"""Decision receipts: what a learner gets of a decision on a credential, to prove it to anyone, offline.

One file, ``*.nostra-decision.json``, media type ``application/json``: canonical JSON of::

    {"decision":{…},                                      the decision document; absent where there is none
     "entry":"{\"document\":…,\"kind\":\"sealed\",…}",      the sealed entry, verbatim
     "kind":"decision-receipt",
     "log_proof":"c2sp.org/tlog-proof@v1\nindex 9\n…",    the only source of proof
     "opening":{"act":"decided","key":HASH,"number":1,"outcome":"full","purpose":"credit","replaces":0},
     "origin":"ledger.other.example/nostra",              the deciding institution's log; the same as the checkpoint's
     "v":1}

The opening's key is open_n of `protocol.recognition.sealed`; ``outcome`` and ``purpose`` are absent where the act is
``annulled`` or ``withdrawn``. It opens this one decision: who holds it can neither find others nor tell whether a later
one replaces this. Unknown members, another order and blanks are refused; the decision is carried as any canonical JSON
object, and relied on only as `protocol.recognition.decision`.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal, Self

import msgspec

from protocol.documents.form import check_hashes, check_logged, read_document
from protocol.documents.tlog_proof import TlogProof
from protocol.encoding import canonical
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.errors import MalformedError
from protocol.recognition.sealed import DecisionStatement

KIND: Final = "decision-receipt"


class _Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    act: str
    key: str
    number: int
    replaces: int
    outcome: str | msgspec.UnsetType = msgspec.UNSET
    purpose: str | msgspec.UnsetType = msgspec.UNSET

    def statement(self) -> DecisionStatement:
        """Return the statement that is opened."""
        if "" in (self.outcome, self.purpose):
            raise MalformedError("leave out an outcome or purpose that is not there", "opening")
        return DecisionStatement(self.number, self.act, self.outcome or "", self.purpose or "", self.replaces)


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    entry: str
    kind: Literal["decision-receipt"]
    log_proof: str
    opening: _Opening
    origin: str
    v: Literal[1]
    decision: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionReceipt:
    """A decision's entry with its place in the log, its opening, and the decision document if there is one."""

    origin: str
    entry: bytes
    log_proof: TlogProof
    statement: DecisionStatement
    opening_key: bytes
    decision: bytes | None = None
    """The decision document's canonical bytes."""

    def __post_init__(self) -> None:
        """Raise MalformedError unless the parts fit each other."""
        check_logged(self.origin, self.entry, self.log_proof)
        check_hashes(opening=self.opening_key)
        if self.decision is not None and not isinstance(canonical.decode(self.decision), dict):
            raise MalformedError("expected an object", "decision")

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a decision receipt, without verifying it.

        Raises:
            MalformedError: The bytes are not a decision receipt.
        """
        written = read_document(data, _Written)
        return cls(
            origin=written.origin,
            entry=written.entry.encode(),
            log_proof=TlogProof.parse(written.log_proof.encode()),
            statement=written.opening.statement(),
            opening_key=parse_b64url32(written.opening.key, "opening.key"),
            decision=canonical.encode(written.decision) if isinstance(written.decision, dict) else None,
        )

    def render(self) -> bytes:
        """Return the decision receipt's bytes."""
        value: dict[str, Any] = {
            "entry": self.entry.decode("ascii"),
            "kind": KIND,
            "log_proof": self.log_proof.render().decode(),
            "opening": self._opening(),
            "origin": self.origin,
            "v": 1,
        }
        if self.decision is not None:
            value["decision"] = canonical.decode(self.decision)
        return canonical.encode(value)

    def _opening(self) -> dict[str, Any]:
        said = self.statement
        words = {"outcome": said.outcome, "purpose": said.purpose}
        return {
            "act": said.act,
            "key": b64url(self.opening_key),
            "number": said.number,
            "replaces": said.replaces,
            **{name: word for name, word in words.items() if word},
        }
