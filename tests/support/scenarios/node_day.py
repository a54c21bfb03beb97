"""A node's day: the scenario of a whole node, from its start over what institutions do to its end."""

import asyncio
import contextlib
import json
from collections.abc import Container
from typing import Any

import aiohttp
import asyncpg

from node.clock import Clock
from node.log.keys import load_key
from node.runtime.database import open_database
from node.storage.tokens import ROLES, add_token, new_token
from protocol.documents.tlog_proof import TlogProof
from protocol.encoding import canonical
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.node.http.asking import base64
from tests.support.check_everything import Promises, check_everything
from tests.support.counting import Place
from tests.support.credentials import a_credential
from tests.support.decisions import a_decision
from tests.support.entries import bundle_of, sealed_entries
from tests.support.nodes import make_config
from tests.support.scenarios import SOON
from tests.support.scenarios.restarted_node import RestartedNode
from tests.support.statements import a_partial_rule, an_institution


class ANodesDay:
    """A whole node starts and does, over HTTP, what institutions do: publish, log, award, decide, ask; then stops."""

    def __init__(self, place: Place, *, retried: Container[int] = (503,)) -> None:
        """Play at a place; `retried` are the status codes after which a client may ask again."""
        self._place = place
        self._retried = retried
        self._promises: dict[str, Promises] = {}
        self._token = new_token()
        self._node: RestartedNode
        self._document = a_credential("uni")
        self._answered: dict[str, dict] = {}

    async def begin(self, dsn: str) -> None:
        """Make the node's configuration, keys and token."""
        direct = make_config(self._place.folder / "node", self._place.dsn)
        async with open_database(direct) as opened, opened.database.writing() as connection:
            await add_token(connection, self._token, name="test", roles=ROLES, now=Clock().now(), expires_at=None)
        self._node = RestartedNode(make_config(self._place.folder / "node", dsn))
        self._promises = {log.name: Promises(load_key(log.key).verifier) for log in direct.logs}

    async def work(self) -> None:
        """Have a day; whoever gets no answer asks again, and what has ended is started again."""
        uni, college = "/logs/uni/v1/", "/logs/college/v1/"
        await self._insist("institution", uni + "institutions", an_institution())
        await self._insist("rule", uni + "rules", a_partial_rule())
        for label, count in (("single", 1), ("bundle", 3)):
            await self._log_entries(label, count)
        award = await self._insist("award", uni + "awards", {"document": base64(self._document)})
        shown = {"presented": award["receipt"], "document": base64(self._document)}
        await self._insist("decision", college + "decisions", {"decision": a_decision(), "credentials": [shown]})
        await self._node.stop()

    async def _log_entries(self, label: str, count: int) -> None:
        entries = sealed_entries(label, count)
        body: bytes = entries[0] if count == 1 else bundle_of(entries)
        kind = "application/json" if count == 1 else "application/octet-stream"
        told = await self._insist(label, "/logs/uni/v1/entries", body, kind=kind)
        note = TlogProof.parse(told["log_proof"].encode()).checkpoint if count == 1 else told["checkpoint"].encode()
        self._promises["uni"].observe(note)
        self._promises["uni"].acknowledge(told["leaf"], entries, label)

    async def _insist(self, label: str, path: str, body: Any, *, kind: str = "application/json") -> dict:
        """Post until it is done; whoever asks again gets the same leaf as before."""
        data = body if isinstance(body, bytes) else json.dumps(_without_kind(body)).encode()
        while True:
            running = await self._node.running()
            headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind, "Request-Key": label}
            url = f"http://{running.addresses['internal']}{path}"
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with aiohttp.request("POST", url, data=data, headers=headers) as sent:
                    status, answer = sent.status, await sent.read()
                if status in (200, 201):
                    break
                assert status in self._retried, (label, status, answer)
            await asyncio.sleep(SOON)
        told = json.loads(answer)
        assert self._answered.setdefault(label, told)["leaf"] == told["leaf"], f"'{label}' was answered differently"
        return told

    async def check(self) -> None:
        """Check everything that is stored of both logs."""
        session = await asyncpg.connect(self._place.dsn)
        try:
            for promises in self._promises.values():
                if await session.fetchval("SELECT count(*) FROM logs WHERE origin = $1 AND size > 0", promises.origin):
                    await check_everything(session, promises)
        finally:
            await session.close()

    async def restart(self) -> None:
        """Start the node again: whatever is asked once more has its leaf, and the receipts verify."""
        done = dict(self._answered)
        assert len(done) == DONE_IN_A_DAY
        await self.work()
        trust = Trust.by_keys([promises.verifier for promises in self._promises.values()])
        for receipt in (done["award"]["receipt"], *done["decision"]["receipts"]):
            told = verify_file(canonical.encode(receipt), trust, document=self._document)
            assert told.verdict == "verified", told
        session = await asyncpg.connect(self._place.dsn)
        sizes = [log["size"] for log in await session.fetch("SELECT size FROM logs ORDER BY origin DESC")]
        await session.close()
        assert sizes == [7, 1], "something was entered twice"

    async def end(self) -> None:
        """Stop the node, however that ends."""
        with contextlib.suppress(Exception):
            await self._node.stop()


DONE_IN_A_DAY = 6
"""Answers that a node gives in its day."""


def _without_kind(body: dict) -> dict:
    return {name: value for name, value in body.items() if name != "kind"}
