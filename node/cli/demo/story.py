"""The story of the demonstration: from an award to its recognition elsewhere, with proof, and two forgeries refused.

Every step is done through the nodes' HTTP interfaces or by the same functions as the command line's; what is told is
what was answered, never what was expected. A step that doesn't come out as told ends the story with an error.
"""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from node.cli.audit_report import audit_report
from node.cli.demo import cast, documents
from node.cli.demo.narrator import Narrator
from node.cli.demo.stage import Site
from node.cli.demo.tamper import FlippedLog, forged_receipt
from node.cli.inside import as_base64
from node.client import HttpClient, LogClient
from node.clock import Clock
from node.errors import FatalError, NodeError
from node.log.audit import Audit
from node.log.follow import Target
from protocol.encoding import canonical
from protocol.encoding.keys import VerifierKey
from protocol.log.checkpoint import Checkpoint
from protocol.verify.kinds import verify_file
from protocol.verify.log_files import CHECKPOINT
from protocol.verify.report import Report
from protocol.verify.trust import Trust

FOLLOWED_WITHIN: Final = 60.0
"""Seconds for the partners to follow what was written."""


@dataclass(slots=True)
class Story:
    """The three sites, and what has happened so far."""

    tampere: Site
    dublin: Site
    twente: Site
    http: HttpClient
    narrator: Narrator
    clock: Clock
    samples: Path | None
    """Folder of real documents of others, where there is one."""
    receipt: bytes = b""
    """Aino's, on her European Digital Credential."""
    credential: bytes = b""
    badge: bytes = b""
    badge_receipt: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    """What is left to look at afterwards, by file name."""

    async def play(self) -> None:
        """Tell all of it."""
        await self.introduce()
        await self.award()
        await self.publish_rules()
        await self.follow()
        await self.ask()
        await self.decide()
        await self.decide_on_foreign_documents()
        await self.verify_offline()
        await self.refuse_forgeries()

    @property
    def sites(self) -> tuple[Site, Site, Site]:
        """All three."""
        return self.tampere, self.dublin, self.twente

    async def introduce(self) -> None:
        """Each institution says who it is and what it awards."""
        self.narrator.step("Three universities each run a node, with a database and a log of their own.")
        for site in self.sites:
            done = await self._post(site, "/v1/institutions", site.university.institution(site.public_url))
            self.narrator.seen(
                f"{site.university.name}: {site.public_url}, log {site.university.origin}, leaf {done['leaf']}"
            )
        self.narrator.step(
            "Tampere and Dublin publish which learning achievements they award: in clear, for everybody."
        )
        for site, achievement in ((self.tampere, cast.marine_robotics()), (self.dublin, cast.data_ethics())):
            done = await self._post(site, "/v1/achievements", achievement)
            entry = done["entry"]
            credits = entry["workload"]["credits"]["points"]
            self.narrator.seen(f"{site.university.name}: {entry['title']['en']}, {credits} ECTS, leaf {done['leaf']}")

    async def award(self) -> None:
        """Two learners get credentials and receipts."""
        today = self.clock.today()
        self.credential, self.badge = documents.european_digital_credential(today), documents.open_badge(today)
        self.narrator.step(
            "Tampere issues Aino a European Digital Credential and logs the award. The log gets three numbers that "
            "mean nothing to anybody without Aino's receipt: no name, no programme, no date."
        )
        done = await self._issue(self.tampere, self.credential, "marine-robotics.json")
        self.receipt = canonical.encode(done["receipt"])
        self.narrator.seen(f"logged: {done['receipt']['entry']}")
        again = await self._issue(self.tampere, self.credential, "marine-robotics.json")
        self.narrator.seen(
            f"leaf {done['leaf']}; the same file again gives leaf {again['leaf']}, nothing new is logged"
        )
        self.narrator.step("Dublin issues Brian an Open Badge in the same way.")
        done = await self._issue(self.dublin, self.badge, "data-ethics.json")
        self.badge_receipt = canonical.encode(done["receipt"])
        self.narrator.seen(f"leaf {done['leaf']} of {done['receipt']['origin']}")
        self.narrator.step("Tampere can't award what is Dublin's to award.")
        try:
            await self._issue(self.tampere, self.badge, "data-ethics.json")
        except NodeError as error:
            self.narrator.seen(f"refused: {error}")
        else:
            raise FatalError("Tampere's node awarded Dublin's badge")

    async def publish_rules(self) -> None:
        """Twente and Dublin say once how they recognise the achievement."""
        self.narrator.step(
            "Twente and Dublin each publish a rule on Tampere's Marine Robotics: decided once, not case after case."
        )
        for site, rule in (
            (self.twente, cast.twente_recognises_robotics()),
            (self.dublin, cast.dublin_recognises_robotics()),
        ):
            done = await self._post(site, "/v1/rules", rule)
            entry = done["entry"]
            self.narrator.seen(f"{site.university.name}: {entry['outcome']}, leaf {done['leaf']}")
        self.narrator.step("A rule that gives less than full recognition must say why, and where to appeal.")
        unfair = {
            name: part for name, part in cast.dublin_recognises_robotics().items() if name not in ("grounds", "appeal")
        }
        try:
            await self._post(self.dublin, "/v1/rules", unfair | {"id": "without-grounds"})
        except NodeError as error:
            self.narrator.seen(f"refused: {error}")
        else:
            raise FatalError("Dublin's node took a rule without grounds")

    async def follow(self) -> None:
        """Everybody mirrors everybody."""
        self.narrator.step(
            "Each node follows its partners' logs, and keeps only what it has verified to the signed root."
        )
        end = self.clock.monotonic() + FOLLOWED_WITHIN
        for site in self.sites:
            while (sizes := await self._mirrored(site)) != (real := await self._real_sizes(site)):
                if self.clock.monotonic() > end:
                    raise FatalError(f"{site.university.name} followed its partners to {sizes}, and they are at {real}")
                await asyncio.sleep(0.2)
            told = ", ".join(f"{origin} at {size} entries" for origin, size in sizes.items())
            self.narrator.seen(f"{site.university.name} has {told}")

    async def ask(self) -> None:
        """A registrar asks about the credential; then anybody about the achievement."""
        self.narrator.step(
            "Aino applies in Twente. The registrar asks: is the credential genuine, does it stand, is it recognised?"
        )
        answer = await self._ask_about(self.twente, self.credential, self.receipt)
        self._tell(answer)
        self.narrator.step("Anybody may ask how the achievement is recognised, without any person's credential.")
        query = {"scheme": "schac", "value": cast.TAMPERE.schac, "code": "MR-101", "purpose": "credit"}
        self._tell(await self.dublin.public(self.http).get("/v1/recognition", query))

    async def decide(self) -> None:
        """Twente decides on Aino's credential; Brian asks where nobody has said anything yet."""
        self.narrator.step("Twente decides on Aino's credential. The log gets three more numbers, Aino the decision.")
        today = self.clock.today()
        done = await self._decide(self.twente, cast.twente_decides(today), self.credential, self.receipt)
        self.files["decision-receipt.json"] = canonical.encode(done["receipts"][0])
        self.narrator.seen(
            f"decision {done['decision']['fileNumber']}: {done['decision']['outcome']}, leaf {done['leaf']}"
        )
        self._tell(await self._ask_about(self.twente, self.credential, self.receipt))
        self.narrator.step("Brian shows his badge in Tampere, where nobody has decided on anything like it yet.")
        await self.follow_quietly()
        self._tell(await self._ask_about(self.tampere, self.badge, self.badge_receipt))

    async def follow_quietly(self) -> None:
        """Wait until the mirrors have caught up."""
        end = self.clock.monotonic() + FOLLOWED_WITHIN
        for site in self.sites:
            while await self._mirrored(site) != await self._real_sizes(site):
                if self.clock.monotonic() > end:
                    raise FatalError(f"{site.university.name} doesn't follow its partners")
                await asyncio.sleep(0.2)

    async def decide_on_foreign_documents(self) -> None:
        """Twente decides on real documents of institutions that run no node."""
        found = [] if self.samples is None else cast.foreign_documents(self.samples)
        if not found:
            self.narrator.say("\n    (No documents of other institutions are at hand, so none is decided on.)")
            return
        self.narrator.step("Documents of institutions outside the network can be decided on too.")
        for at, path in enumerate(found):
            done = await self._decide(
                self.twente, cast.twente_decides(self.clock.today(), number=at + 2), path.read_bytes()
            )
            self.narrator.seen(f"{path.name}: {done['decision']['outcome']}, leaf {done['leaf']}")

    async def verify_offline(self) -> None:
        """The receipt proves the award to anybody who trusts the log's key, without asking anyone."""
        self.narrator.step("Aino's receipt proves the award offline, to whoever trusts Tampere's key. Nobody is asked.")
        self._report(verify_file(self.receipt, self._trust(self.tampere), document=self.credential), "verified")
        self.narrator.step(
            "Without a trusted key the very same receipt is refused: a key inside a file proves nothing."
        )
        report = verify_file(self.receipt, Trust(), document=self.credential)
        self.narrator.seen(f"{report.steps[1].result}: {report.steps[1].text}")
        self._report(report, "refused", brief=True)

    async def refuse_forgeries(self) -> None:
        """A forged receipt and a forged log are refused."""
        self.narrator.step("Somebody makes Aino's receipt out for another file.")
        forged = forged_receipt(self.receipt, self.badge)
        self._report(verify_file(forged, self._trust(self.tampere), document=self.badge), "refused", brief=True)
        self.narrator.step("Somebody changes one bit in the copy of Tampere's log that is served.")
        self._report(await self._audit(FlippedLog(self.http, self.tampere.public_url)), "refused", brief=True)
        self.narrator.step("The log as Tampere's node serves it, read whole and recomputed.")
        self._report(await self._audit(LogClient(self.http, self.tampere.public_url)), "verified")

    async def _post(self, site: Site, path: str, value: dict[str, Any]) -> Any:
        return await site.inside(self.http).post(path, json.dumps(value).encode())

    async def _issue(self, site: Site, document: bytes, name: str) -> Any:
        return await self._post(site, "/v1/awards", {"document": as_base64(document), "file_name": name})

    async def _decide(self, site: Site, decision: dict[str, Any], document: bytes, receipt: bytes = b"") -> Any:
        return await self._post(
            site, "/v1/decisions", {"decision": decision, "credentials": [_shown(document, receipt)]}
        )

    async def _ask_about(self, site: Site, document: bytes, receipt: bytes) -> Any:
        return await self._post(site, "/v1/queries", {"credentials": [_shown(document, receipt)], "purpose": "credit"})

    async def _mirrored(self, site: Site) -> dict[str, int]:
        """Return how far a node has followed each partner."""
        query = {"scheme": "schac", "value": site.university.schac, "code": "none"}
        answer = await site.public(self.http).get("/v1/recognition", query)
        return {log["origin"]: log["size"] for log in answer["logs"] if log["read"] != "own"}

    async def _real_sizes(self, site: Site) -> dict[str, int]:
        others = [other for other in self.sites if other is not site]
        return {other.university.origin: (await other.public(self.http).get("/v1/log"))["size"] for other in others}

    def _trust(self, site: Site) -> Trust:
        return Trust.by_keys([VerifierKey.parse(site.verifier_key)], f"{site.university.name} told us")

    async def _audit(self, source: LogClient) -> Report:
        trust = self._trust(self.tampere)
        note = await source.checkpoint()
        signed = verify_file(note, trust, kinds=(CHECKPOINT,))
        opened: Checkpoint = trust.policy.open(note)[0]
        audit = Audit(source, Target(opened, note), since=None, progress=lambda _: None)
        return audit_report(signed, await audit.run())

    def _tell(self, answer: dict[str, Any]) -> None:
        """Tell an answer in the words it gives itself."""
        if trusts := answer.get("trusts"):
            for name, asked in (("authentic", "Genuine"), ("issuer", "Issuer"), ("quality", "Quality-assured")):
                self.narrator.seen(f"{asked}? {trusts[name]['result']}: {trusts[name]['why']}")
        if standing := answer.get("standing"):
            self.narrator.seen(f"Standing: {standing['standing']}: {standing['why']}")
        for one in answer["institutions"]:
            self.narrator.seen(one["sentence"])
        for log in answer["logs"]:
            age = "" if log["read"] == "own" else f", seen {log.get('ageSeconds', 0)} s ago"
            self.narrator.seen(f"asked {log['origin']}: {log['read']}, {log['size']} entries{age}")

    def _report(self, report: Report, expected: str, *, brief: bool = False) -> None:
        """Tell a report's steps and verdict.

        Raises:
            FatalError: It isn't the verdict that the story tells of.
        """
        for step in report.steps:
            if not brief or step.result == "no":
                self.narrator.seen(f"{step.result}: {step.text}")
        self.narrator.seen(f"so the {report.kind} is {report.verdict}")
        if report.verdict != expected:
            raise FatalError(f"the {report.kind} was to be {expected}, and is {report.verdict}")


def _shown(document: bytes, receipt: bytes) -> dict[str, Any]:
    shown: dict[str, Any] = {"document": as_base64(document)}
    return shown | {"presented": canonical.decode(receipt)} if receipt else shown
