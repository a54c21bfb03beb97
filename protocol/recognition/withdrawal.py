"""A rule, an agreement or a mandate of ours ends (entry kind ``withdrawal``, version 1).

``target`` names one version in this very log; ``from`` is the first day on which it no longer applies. The reason
is text, so only the commitment to it stands here (`protocol.recognition.texts`).
"""

from collections.abc import Iterator
from typing import Any, ClassVar, Final, Literal

from msgspec import field

from protocol.recognition.bodies import Reference
from protocol.recognition.problems import Problem
from protocol.recognition.scalars import Date, Hash, Id, Version
from protocol.recognition.shape import Strict

_CAN_END: Final = ("rule", "agreement", "mandate")


class Withdrawal(Strict, frozen=True, kw_only=True, tag_field="kind", tag="withdrawal"):
    """The end of a rule, an agreement or a mandate."""

    kind: ClassVar[str] = "withdrawal"
    v: Literal[1] = 1
    id: Id
    version: Version
    target: Reference
    from_: Date = field(name="from")
    texts: Hash

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Fill in kind, format and first version."""
        return {"kind": cls.kind, "v": 1, "version": 1} | value

    def problems(self) -> Iterator[Problem]:
        """Tell a target that can't be withdrawn."""
        if self.target.kind not in _CAN_END:
            yield Problem("target.kind", f"is '{self.target.kind}', must be one of {', '.join(_CAN_END)}")
