"""What a witness or mirror answers: a status and a body in the specification's own words, never a problem document."""

from dataclasses import dataclass
from typing import Final

TEXT: Final = "text/plain"


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """What a request is answered with."""

    status: int
    media_type: str
    body: bytes


def line(status: int, says: str) -> PlainAnswer:
    """Return an answer that says one thing, in a line of plain text."""
    return PlainAnswer(status, TEXT, f"{says}\n".encode())
