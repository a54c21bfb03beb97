"""Another log may enter awards for achievements of ours (entry kind ``mandate``, version 1).

For whoever seals for others: a consortium that issues centrally, the coordinator of a joint degree. ``log`` is the
origin of the log that may enter awards, and changes of their status, for the achievements with these codes, awarded
within the dates. A named awarding body without a mandate is shown 'not confirmed by it'. One log speaks on the
standing of an award: the one that holds it.
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, UnsetType, field

from protocol.recognition.bodies import range_problems
from protocol.recognition.problems import Problem
from protocol.recognition.scalars import Code, Date, Id, Origin, Version
from protocol.recognition.shape import SET, Strict


class Mandate(Strict, frozen=True, kw_only=True, tag_field="kind", tag="mandate"):
    """A mandate to another log."""

    kind: ClassVar[str] = "mandate"
    v: Literal[1] = 1
    id: Id
    version: Version
    log: Origin
    achievements: Annotated[tuple[Code, ...], SET]
    from_: Date = field(name="from")
    until: Date | UnsetType = UNSET

    @classmethod
    def completed(cls, value: dict[str, Any]) -> dict[str, Any]:
        """Fill in kind, format and first version."""
        return {"kind": cls.kind, "v": 1, "version": 1} | value

    def problems(self) -> Iterator[Problem]:
        """Tell a range that ends before it begins."""
        yield from range_problems(self.from_, self.until, "until")
