"""One thing that `nostra doctor` looked at."""

from dataclasses import dataclass
from typing import Literal

State = Literal["well", "doubtful", "wrong", "not checked"]


@dataclass(frozen=True, slots=True)
class Look:
    """What was looked at, how it is, and what was found."""

    what: str
    state: State
    found: str
