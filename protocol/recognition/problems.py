"""What is wrong with an entry or a document, all of it at once.

A `Problem` is a place and a sentence. A place is a path such as ``effect.credits.system`` or
``subject.group[0].code``; the empty path is the whole.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from protocol.errors import MalformedError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it stands, and what it is with the way to mend it."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class InadmissibleError(MalformedError):
    """A value breaks the rules of its kind; `problems` lists every one that was found.

    `what` and `where` are the first problem's, so that one line can be shown.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Keep all the problems; at least one is needed."""
        self.problems = tuple(problems)
        first = self.problems[0]
        rest = len(self.problems) - 1
        super().__init__(f"{first.what} (and {rest} more)" if rest else first.what, first.where)


def below(where: str, name: str) -> str:
    """Return the path of the member `name` of what stands at `where`."""
    return f"{where}.{name}" if where and name else where or name


def under(where: str, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Move problems found in a part to the part's place in the whole."""
    for problem in problems:
        path = f"{where}{problem.where}" if problem.where.startswith("[") else below(where, problem.where)
        yield Problem(path, problem.what)
