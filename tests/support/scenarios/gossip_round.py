"""A round of gossip: the scenario of a node that finds a split view, stores it, and tells a partner.

A log of the liar's is served to the node in one form; a partner tells of a checkpoint of another. Whatever fails, the
liar is convicted in the end, the partner gets evidence that verifies, and nobody else is accused.
"""

import asyncio
import contextlib
import json

import asyncpg

from node.client import Answer
from node.config import load
from node.config.partner_blocks import with_partner
from node.config.partner_sections import PartnerSettings
from node.http.parts import Parts
from node.log.keys import load_key
from protocol.documents.evidence import SplitView
from protocol.encoding.keys import Signer
from protocol.gossip.exchange import Exchange
from tests.support.check_everything import Promises, check_everything
from tests.support.counting import Place
from tests.support.entries import sealed_entries
from tests.support.linked_nodes import serving
from tests.support.network import Network
from tests.support.nodes import make_config
from tests.support.scenarios import SOON
from tests.support.scenarios.restarted_node import RestartedNode
from tests.support.static_log import StaticLog
from tests.support.stored_log import read_stored_log
from tests.support.weather import Asked, an_answer

HELD, TOLD = 300, 200
"""Entries of the log as the node holds it, and as the partner tells of it."""

OFTEN = """
[mirror]
interval_seconds = 86400
[gossip]
interval_seconds = 1
[cosigning]
ml_dsa = false
"""
LIAR, PARTNER = "liar", "partner"
PARTNERS_KEY = Signer("partner.example/log", b"\3" * 32).verifier


class AGossipRound:
    """A node follows a log, hears of its other form from a partner, convicts it, and tells."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._network = Network(seed=place.number, patience=SOON)
        self._shown, self._other = self._two_forms()
        self._told: list[bytes] = []
        """The evidence that the partner got."""
        self._promises: Promises
        self._node: RestartedNode

    def _two_forms(self) -> tuple[StaticLog, StaticLog]:
        forms = []
        for form, size in (("shown", HELD), ("other", TOLD)):
            (self._place.folder / form).mkdir()
            log = StaticLog(self._place.folder / form, f"liar.example/{self._place.number}")
            log.append(sealed_entries(form, size))
            forms.append(log)
        return forms[0], forms[1]

    @property
    def _origin(self) -> str:
        return self._shown.signer.verifier.name

    async def begin(self, dsn: str) -> None:
        """Make the node's configuration, and serve both others."""
        await self._network.__aenter__()
        path = self._place.folder / "node" / "nostra.toml"
        made = make_config(path.parent, dsn, logs=["uni"], more=OFTEN)
        self._promises = Promises(load_key(made.logs[0].key).verifier)
        for name, key in ((LIAR, self._shown.signer.verifier), (PARTNER, PARTNERS_KEY)):
            block = PartnerSettings(name, key.name, key, self._network.url(name))
            path.write_text(with_partner(path.read_text(), block))
        self._network.serve(LIAR, serving(self._shown.folder))
        self._network.serve(PARTNER, self._answer)
        self._node = RestartedNode(self._network.place("node", load(path, {"DATABASE_URL": dsn})))

    async def _answer(self, asked: Asked) -> Answer:
        """Be the partner: it tells of the other form, and takes evidence."""
        if asked.path == "/gossip/exchange":
            return an_answer(asked, Exchange(((self._other.folder / "checkpoint").read_bytes(),)).render())
        if (asked.method, asked.path) == ("POST", "/gossip/evidence"):
            assert asked.body is not None
            self._told.append(asked.body)
            return an_answer(asked, b"{}", status=201)
        if asked.path == "/gossip/evidence":
            return an_answer(asked, json.dumps({"evidence": []}).encode())
        return an_answer(asked, b"", status=404)

    async def work(self) -> None:
        """Gossip until the liar is convicted, the evidence stored, and the partner knows."""
        while True:
            parts = (await self._node.running()).parts
            await parts.mirrors.refresh(self._origin)
            for loop in parts.gossip.exchanges.loops:
                await loop.exchange_all()
            if self._told and self._is_convicted(parts) and await self._is_stored():
                break
            await asyncio.sleep(SOON)
        await self._node.stop()

    def _is_convicted(self, parts: Parts) -> bool:
        return parts.gossip.convictions.is_convicted(self._origin)

    async def _is_stored(self) -> bool:
        session = await asyncpg.connect(self._place.dsn)
        try:
            return bool(await session.fetchval("SELECT count(*) FROM evidence"))
        finally:
            await session.close()

    async def check(self) -> None:
        """Check the node's own log, what it holds of the liar's, and every evidence, stored or told."""
        session = await asyncpg.connect(self._place.dsn)
        try:
            if await session.fetchval("SELECT to_regclass('evidence') IS NULL"):
                return
            if await session.fetchval("SELECT count(*) FROM logs WHERE own AND note IS NOT NULL"):
                await check_everything(session, self._promises)
            if await session.fetchval("SELECT count(*) FROM logs WHERE origin = $1", self._origin):
                held = (await read_stored_log(session, self._origin)).entries
                assert held == self._shown.entries[: len(held)], "the mirror holds what it was never shown"
            stored = [row["document"] for row in await session.fetch("SELECT document FROM evidence")]
        finally:
            await session.close()
        for document in (*stored, *self._told):
            evidence = SplitView.parse(document)
            assert evidence.origin == self._origin, f"{evidence.origin} is accused"
            evidence.verify([self._shown.signer.verifier])

    async def restart(self) -> None:
        """Start the node: it knows the liar at once, and shows the evidence."""
        parts = (await self._node.running()).parts
        assert self._is_convicted(parts), "the conviction is forgotten"
        assert [row.origin for row in parts.gossip.convictions.listed()] == [self._origin]
        await self._node.stop()

    async def end(self) -> None:
        """Stop what still runs."""
        with contextlib.suppress(Exception):
            await self._node.stop()
        await self._network.__aexit__(None, None, None)
