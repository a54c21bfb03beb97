"""Mirrors without a network: each cosigns when the test lets it, by real keys, and keeps what it was shown."""

import asyncio
from dataclasses import dataclass, field

from node.config import PartnerSettings
from node.errors import UnreachableError
from node.log.state import Published
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.note import Note, NoteSignature
from protocol.gossip.cosignature import cosign
from tests.support.clock import FakeClock
from tests.support.examples import seed


@dataclass
class FakeMirror:
    """One partner's mirror."""

    name: str
    clock: FakeClock
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while it answers at once; else whoever asks waits."""
    failing: bool = False
    seconds: float = 0
    """How long it takes to cosign."""
    skew: int = 0
    """Seconds by which its clock is wrong."""
    shown: list[Published] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.signer = Signer(f"{self.name}.example/nostra/mirror", seed(f"fake mirror {self.name}"), COSIGNATURE)
        self.answers.set()

    @property
    def partner(self) -> PartnerSettings:
        """Return the partner whose mirror it is."""
        log = Signer(f"{self.name}.example/nostra", seed(f"fake log {self.name}")).verifier
        return PartnerSettings(self.name, log.name, log, f"https://{self.name}.example", (self.signer.verifier,))

    async def push(self, target: Published) -> tuple[NoteSignature, ...]:
        """Cosign, as `node.gossip.release.push` has a real mirror do."""
        self.shown.append(target)
        await self.answers.wait()
        await asyncio.sleep(self.seconds)
        if self.failing:
            raise UnreachableError(f"{self.name} is away")
        return (cosign(Note.parse(target.note).text, self.signer, self.clock.now() + self.skew),)
