"""What all acts of the demonstration share: the stage, what has happened so far, and how it is asked and written.

Everything goes through the nodes' HTTP interfaces, or through the same functions as the command line's.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from node.cli.demo.narrator import Narrator
from node.cli.demo.site import Site
from node.cli.demo.stage import Stage
from node.cli.inside import as_base64
from node.cli.trust import configured_trust
from node.client import HttpClient
from node.clock import Clock
from node.config import load
from node.errors import FatalError
from protocol.documents.tlog_proof import TlogProof
from protocol.encoding import canonical
from protocol.errors import ProtocolError
from protocol.gossip.policy import Policy
from protocol.verify.trust import Trust

PATIENCE: Final = 60.0
"""Seconds until something that others do has to have happened; on a quiet machine it takes two or three."""

LOOK_SECONDS: Final = 0.1


@dataclass(slots=True)
class Scene:
    """The three sites, and what is passed from act to act."""

    stage: Stage
    http: HttpClient
    narrator: Narrator
    clock: Clock
    samples: Path | None
    """Folder of real documents of others, where there is one."""
    credential: bytes = b""
    """Aino's European Digital Credential."""
    receipt: bytes = b""
    badge: bytes = b""
    """Brian's Open Badge."""
    badge_receipt: bytes = b""
    policy: bytes = b""
    """By which Tampere releases: a tlog-policy."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What is left to look at afterwards, by file name."""

    @property
    def tampere(self) -> Site:
        """Who awards, and loses a disk."""
        return self.stage.sites[0]

    @property
    def dublin(self) -> Site:
        """Who awards and recognises, and shows two histories."""
        return self.stage.sites[1]

    @property
    def twente(self) -> Site:
        """Who recognises, and decides."""
        return self.stage.sites[2]

    def others(self, site: Site) -> list[Site]:
        """Return the partners of a site."""
        return [other for other in self.stage.sites if other is not site]

    async def post(self, site: Site, path: str, value: dict[str, Any]) -> Any:
        """Write something as a university's staff do.

        Raises:
            FatalError: Its partners have not witnessed it.
        """
        done = await site.inside(self.http).post(path, json.dumps(value).encode())
        if done.get("witnessed") is False:
            raise FatalError(f"what {site.university.name} wrote was not witnessed")
        return done

    async def issue(self, site: Site, document: bytes, name: str) -> Any:
        """Award a credential document."""
        return await self.post(site, "/v1/awards", {"document": as_base64(document), "file_name": name})

    async def decide(self, site: Site, decision: dict[str, Any], document: bytes, receipt: bytes = b"") -> Any:
        """Decide on a credential document."""
        return await self.post(
            site, "/v1/decisions", {"decision": decision, "credentials": [_shown(document, receipt)]}
        )

    async def ask_about(self, site: Site, document: bytes, receipt: bytes) -> Any:
        """Ask about a credential as a university's staff do."""
        question = {"credentials": [_shown(document, receipt)], "purpose": "credit"}
        return await self.post(site, "/v1/queries", question)

    async def ask_for_verdict(self, site: Site, document: bytes, presentation: bytes) -> bytes:
        """Ask for a verdict on a credential, as a university's staff do."""
        body = {"credentials": [_shown(document, presentation)], "purpose": "credit"}
        return json.dumps(await site.inside(self.http).post("/v1/verdict", json.dumps(body).encode())).encode()

    async def policy_of(self, site: Site) -> bytes:
        """Return the policy by which a node releases what it signs.

        Raises:
            FatalError: What it shows is not witnessed.
        """
        log = await site.public(self.http).get("/v1/log")
        if not log["witnessed"]:
            raise FatalError(f"the log of {site.university.name} is not witnessed")
        policy: str = log["policy"]["policy"]
        return policy.encode()

    def trust_in_tampere(self) -> Trust:
        """Trust Tampere's policy: its log's key, and that its partners cosigned."""
        return Trust(Policy.parse(self.policy), f"from the policy of {self.tampere.university.name}")

    def trust_in_all(self) -> Trust:
        """Trust as Twente's staff do: all three logs, each by what two others have cosigned."""
        return configured_trust(load(self.twente.config, {}))

    async def cosigners(self, site: Site, log_proof: str) -> str:
        """Return whose mirrors cosigned a proof of a site's log, verified under its policy.

        Raises:
            FatalError: Not so many as the policy asks for.
        """
        policy = Policy.parse(await self.policy_of(site))
        try:
            witnessed = policy.check(TlogProof.parse(log_proof.encode()).checkpoint)
        except ProtocolError as error:
            raise FatalError(f"a proof of {site.university.name} is not witnessed: {error}") from None
        cosigned = {witness.name.split("/")[0] for witness, _ in witnessed.cosigned}
        names = [one.university.name for one in self.stage.sites if one.university.key in cosigned]
        return f"cosigned by the mirror{'s' * (len(names) > 1)} of {' and '.join(names)}"

    async def until(self, is_so: Callable[[], Awaitable[bool]], otherwise: str) -> float:
        """Wait until something is so, and return how many seconds that took.

        Raises:
            FatalError: It isn't in time; `otherwise` says what was waited for.
        """
        began = self.clock.monotonic()
        while not await is_so():
            if self.clock.monotonic() - began > PATIENCE:
                raise FatalError(otherwise)
            await asyncio.sleep(LOOK_SECONDS)
        return self.clock.monotonic() - began

    async def followed(self, site: Site) -> dict[str, int]:
        """Wait until a site has what its partners show, and return how many entries that are, by origin."""

        async def has_all() -> bool:
            return await self._mirrored(site) == await self._shown_by_others(site)

        await self.until(has_all, f"{site.university.name} does not follow its partners")
        return await self._mirrored(site)

    async def all_followed(self) -> None:
        """Wait until everybody has what everybody shows."""
        await asyncio.gather(*map(self.followed, self.stage.sites))

    async def _mirrored(self, site: Site) -> dict[str, int]:
        query = {"scheme": "schac", "value": site.university.schac, "code": "none"}
        answer = await site.public(self.http).get("/v1/recognition", query)
        return {log["origin"]: log["size"] for log in answer["logs"] if log["read"] != "own"}

    async def _shown_by_others(self, site: Site) -> dict[str, int]:
        shown = {}
        for other in self.others(site):
            shown[other.university.origin] = (await other.public(self.http).get("/v1/log"))["size"]
        return shown


def _shown(document: bytes, receipt: bytes) -> dict[str, Any]:
    shown: dict[str, Any] = {"document": as_base64(document)}
    return shown | {"presented": canonical.decode(receipt)} if receipt else shown
