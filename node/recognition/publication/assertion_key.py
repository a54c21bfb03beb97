"""The key by which an institution signs Verifiable Credentials: one of its own for each log, made when it is needed.

It stands beside the log's key file, with ``.assertion`` added to its name, so a backup that takes the one takes the
other. It has the form of every key file (`node.log.keys`), under the name ``ORIGIN/assertion``: so nothing that it
signs can be taken for a checkpoint, whose key is named by the origin alone. The institution's entry lists the public
key, as a Multikey.
"""

from dataclasses import dataclass
from pathlib import Path

from node.config import LogSettings
from node.errors import FatalError
from node.log.keys import create_key, load_key
from protocol.encoding.keys import Signer


@dataclass(frozen=True, slots=True)
class AssertionKey:
    """The assertion key of one own log."""

    path: Path
    origin: str

    def signer(self) -> Signer:
        """Return the key; it is made, durably, if there is none yet.

        Raises:
            FatalError: The file can't be read or written, or is another's.
        """
        name = f"{self.origin}/assertion"
        signer = load_key(self.path) if self.path.exists() else create_key(self.path, name)
        if signer.verifier.name != name:
            raise FatalError(f"{self.path} is the key of '{signer.verifier.name}', and '{name}' belongs there")
        return signer


def assertion_key_of(settings: LogSettings) -> AssertionKey:
    """Return the assertion key of a log, which stands beside the log's own."""
    return AssertionKey(settings.key.with_name(f"{settings.key.name}.assertion"), settings.origin)
