"""The texts beside a log, read and verified by the commitments in its entries.

Missing or taken down, they are no fault of the log: it is whole without them. False ones are.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from node.errors import NodeError, NotFoundError, UnreachableError
from node.log.follow import LogSource
from protocol.errors import ProtocolError
from protocol.recognition.texts import parse_texts, verify_texts


@dataclass(slots=True)
class TextsFound:
    """How many texts were read, and what was wrong with the others."""

    verified: int = 0
    taken_down: int = 0
    missing: int = 0
    false: list[str] = field(default_factory=list)
    """Commitments behind which something else is served."""


async def audit_texts(source: LogSource, commitments: Iterable[str]) -> TextsFound:
    """Read the texts behind these commitments.

    Raises:
        UnreachableError: The server no longer answers.
    """
    found = TextsFound()
    for commitment in commitments:
        try:
            verify_texts(parse_texts(await source.texts(commitment)), commitment)
            found.verified += 1
        except UnreachableError:
            raise
        except NotFoundError as error:
            found.taken_down += error.code == "gone"
            found.missing += error.code != "gone"
        except (NodeError, ProtocolError):
            found.false.append(commitment)
    return found
