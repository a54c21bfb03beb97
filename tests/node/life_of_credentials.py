"""All that happens to two persons' credentials and a third one's paper on one node, and everything it leaves behind.

Tampere awards a sealed European credential, Dublin an Open Badge; each decides on the other's, with the receipt, with
the file alone, and on a paper, whose decision is replaced and annulled; achievements and rules are published; questions
are asked; some requests are refused and one fails inside. What is kept of it: the tables, the node's whole folder with
its database, every answer that the public can get, the log of level debug, the metrics.
"""

import asyncio
import hashlib
import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

import node.recognition.awards.issue
from node.cli.demo import cast
from node.cli.demo.documents import european_digital_credential, open_badge
from node.clock import Clock
from node.config import Config
from node.formats.personal import personal_strings
from node.recognition.records.private_records import PrivateRecords
from node.telemetry import set_up_logging
from protocol.encoding import canonical
from protocol.encoding.wire import b64url, parse_b64url32
from protocol.recognition.sealed import decisions_key, status_key
from tests.node.http.asking import base64
from tests.node.http.test_openapi import check_answer
from tests.node.public_answers import public_answers
from tests.support.decisions import PAPER, a_decision, a_refusal
from tests.support.nodes import NodeUnderTest, make_config, node_running

LOG = """\
[[log]]
name = "{key}"
origin = "{origin}"
institution = "{name}"
country = "{country}"
identifiers = [{{ scheme = "schac", value = "{schac}" }}]
"""

CHATTY = ("apscheduler", "aiohttp.access", "asyncio")
FILE_NAME, REQUEST_KEY, FILE_NUMBER = "Aino-Esimerkki-2026.json", "award-for-aino-esimerkki", "REC/2026/aino-117"


@dataclass
class Left:
    """What is left behind, and what must not be in it."""

    personal: dict[str, str | bytes] = field(default_factory=dict)
    secret: dict[str, str | bytes] = field(default_factory=dict)
    tables: bytes = b""
    public: bytes = b""
    log: bytes = b""
    metrics: bytes = b""
    decrypted: bytes = b""
    folder: Path = Path()


async def live(folder: Path) -> Left:
    """Let it all happen on a node with an embedded database in this folder, and return what is left."""
    config = config_in(folder)
    left = Left(folder=folder)
    with captured_log() as log:
        async with node_running(config) as running:
            await tell_plainly(running)
            await Life(running, left).happen()
            left.tables = await tables_of(running)
            left.public = await public_answers(running, cast.TAMPERE.key, cast.DUBLIN.key)
            left.metrics = (await running.get("/metrics", internal=True)).body
            left.decrypted = await decrypted_records(running)
        left.log = log.getvalue().encode()
    return left


def config_in(folder: Path) -> Config:
    """Return the configuration of a node with an embedded database and the logs of Tampere and Dublin."""
    logs = "".join(LOG.format(**{name: getattr(one, name) for name in one.__slots__}) for one in cast.UNIVERSITIES[:2])
    return make_config(folder, "", logs=(), more=logs)


@contextmanager
def captured_log() -> Iterator[io.StringIO]:
    """Write the process's log as `nostra serve` does with level debug, into a text."""
    root, stream = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level, {name: logging.getLogger(name).level for name in CHATTY}
    root.handlers[:] = []  # taken out first: setting up closes those that it finds
    try:
        set_up_logging(level="debug", stream=stream)
        yield stream
    finally:
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        for name, level in before[2].items():
            logging.getLogger(name).setLevel(level)


async def tell_plainly(running: NodeUnderTest) -> None:
    """Have the write-ahead log written uncompressed, so that a search through it finds what is there."""
    async with running.parts.database.pool.acquire() as connection:
        await connection.execute("ALTER SYSTEM SET wal_compression = off")
        await connection.execute("SELECT pg_reload_conf()")


class Life:
    """The story, on one node."""

    def __init__(self, running: NodeUnderTest, left: Left) -> None:
        self._node = running
        self._left = left
        today = Clock().today()
        self.credential, self.badge = european_digital_credential(today, cast.AINO), open_badge(today)

    async def happen(self) -> None:
        """Let it happen, in order."""
        self._say_who_is_meant()
        await self._publish()
        receipt = await self._award()
        await self._decide(receipt)
        await self._decide_on_paper()
        await self._ask(receipt)
        await self._change_standing(receipt)
        await self._present(receipt)
        await self._fail()

    def _say_who_is_meant(self) -> None:
        strings = personal_strings(self.credential) | personal_strings(self.badge)
        names = {cast.AINO.given_name, cast.AINO.family_name, cast.BRIAN.given_name, cast.BRIAN.family_name}
        paper = {PAPER["holder"], PAPER["number"], FILE_NAME, REQUEST_KEY, FILE_NUMBER}
        self._left.personal |= {text: text for text in strings | names | paper}

    async def _post(self, path: str, body: dict, *, status: int = 201, key: str = "") -> dict:
        answer = await self._node.post(path, body, headers={"Request-Key": key} if key else {})
        assert answer.status == status, answer.body
        return answer.json()

    async def _publish(self) -> None:
        for one in cast.UNIVERSITIES[:2]:
            await self._post(f"/logs/{one.key}/v1/institutions", one.institution("https://ledger.example"))
        for key, document in (("tuni", self.credential), ("dcu", self.badge)):
            drafted = await self._post(f"/logs/{key}/v1/achievements/draft", {"document": base64(document)}, status=200)
            assert drafted["complete"], drafted["missing"]
            await self._post(f"/logs/{key}/v1/achievements", drafted["entry"])
        await self._post("/logs/dcu/v1/rules", cast.dublin_recognises_robotics())
        await self._post("/logs/tuni/v1/rules", cast.twente_recognises_robotics())
        ended = {"target": {"id": "tuni-mr-101"}, "reasons": {"en": "The course has ended."}}
        await self._post("/logs/tuni/v1/withdrawals", ended)

    async def _award(self) -> dict:
        body = {"document": base64(self.credential), "file_name": FILE_NAME}
        told = await self._post("/logs/tuni/v1/awards", body, key=REQUEST_KEY)
        await self._post("/logs/tuni/v1/awards", body, key=REQUEST_KEY, status=200)
        badge = await self._post("/logs/dcu/v1/awards", {"document": base64(self.badge)})
        for name, receipt in (("credential", told["receipt"]), ("badge", badge["receipt"])):
            self._left.secret |= {
                f"the {name}'s {what}": parse_b64url32(secret) for what, secret in receipt["secrets"].items()
            }
            self._left.secret[f"the {name}'s hash"] = parse_b64url32(receipt["file"]["hash"])
        return told["receipt"]

    async def _decide(self, receipt: dict) -> None:
        """Dublin decides with the receipt, Tampere on the badge alone."""
        shown = {"presented": receipt, "document": base64(self.credential)}
        body = {"decision": a_decision(fileNumber=FILE_NUMBER), "credentials": [shown]}
        told = await self._post("/logs/dcu/v1/decisions", body, key=REQUEST_KEY)
        await self._node.ask("GET", f"/logs/dcu/v1/decisions/{told['leaf']}", internal=True)
        recognition = parse_b64url32(receipt["secrets"]["recognition"])
        self._left.secret["the credential's key of decisions"] = decisions_key(recognition, cast.DUBLIN.origin)
        body = {"decision": a_decision(fileNumber=FILE_NUMBER), "credentials": [{"document": base64(self.badge)}]}
        self._keep_key("badge", await self._post("/logs/tuni/v1/decisions", body))

    async def _decide_on_paper(self) -> None:
        body = {"decision": a_decision(fileNumber=FILE_NUMBER), "credentials": [{"paper": PAPER}]}
        told = await self._post("/logs/dcu/v1/decisions", body)
        self._keep_key("paper", told)
        refusal = {"target": told["leaf"], "decision": a_refusal(fileNumber=FILE_NUMBER)}
        told = await self._post("/logs/dcu/v1/decisions/replacements", refusal)
        await self._post("/logs/dcu/v1/decisions/annulments", {"target": told["decision"]["id"]})

    def _keep_key(self, name: str, told: dict) -> None:
        (key,) = told["presentations"][0]["decisions"].values()
        self._left.secret[f"the {name}'s key of decisions"] = parse_b64url32(key)

    async def _ask(self, receipt: dict) -> None:
        shown = [{"presented": receipt, "document": base64(self.credential)}, {"paper": PAPER}]
        for credential in shown:
            answer = await self._post("/v1/queries", {"credentials": [credential]}, status=200)
            assert answer["institutions"]

    async def _change_standing(self, receipt: dict) -> None:
        """Tampere suspends its award by the file and revokes it by the receipt, under numbers that name the learner."""
        by_file = {"file_sha256": hashlib.sha256(self.credential).hexdigest()}
        for status, name in (("suspended", by_file), ("revoked", {"receipt": receipt})):
            body = {"status": status, "awards": [name], "reference": FILE_NUMBER}
            await self._post("/logs/tuni/v1/statuses", body, key=f"{REQUEST_KEY}-{status}")

    async def _present(self, receipt: dict) -> None:
        """Present the award and all decisions, give its receipt again, and take it in: nothing of it is kept."""
        standing, origin = parse_b64url32(receipt["secrets"]["standing"]), receipt["origin"]
        self._left.personal["the key of the standing"] = b64url(status_key(standing, origin))
        shown = {"receipt": receipt, "show": ["status", "decisions"]}
        await self._post("/v1/presentations", shown, status=200)
        await self._post("/logs/tuni/v1/receipts/reissue", {"receipt": receipt}, status=200)
        await self._post("/logs/tuni/v1/receipts/import", {"receipt": receipt}, status=200)

    async def _fail(self) -> None:
        """Be refused with names in hand, and fail inside with a whole document in the exception's message."""
        foreign = await self._node.post("/logs/dcu/v1/awards", {"document": base64(self.credential)})
        broken = await self._node.post("/logs/tuni/v1/awards", {"document": base64(self.credential[:2000])})
        wrong = {"decision": a_decision(role=PAPER["holder"]), "credentials": [{"paper": PAPER | {"born": "x"}}]}
        wrong_paper = await self._node.post("/logs/dcu/v1/decisions", wrong)
        strange = await self._node.post(f"/v1/{PAPER['number']}?name={cast.AINO.family_name}", {})
        assert [one.status for one in (foreign, broken, wrong_paper, strange)] == [422, 422, 422, 404]
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(node.recognition.awards.issue, "read_credential", _failing)
            failed = await self._node.post("/logs/tuni/v1/awards", {"document": base64(self.credential)})
        assert failed.status == 500
        check_answer("/v1/awards", "post", failed)


def _failing(document: bytes) -> None:
    raise ValueError(f"can't go on with {document!r}")


async def tables_of(running: NodeUnderTest) -> bytes:
    """Return every row of every table, and the statements that sessions last ran."""
    async with running.parts.database.pool.acquire() as connection:
        names = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        out = io.BytesIO()
        for row in names:
            await connection.copy_from_table(row["tablename"], output=out, format="binary")
        statements = await connection.fetch("SELECT query FROM pg_stat_activity")
    return out.getvalue() + "\n".join(row["query"] or "" for row in statements).encode()


async def decrypted_records(running: NodeUnderTest) -> bytes:
    """Return the private records in clear."""
    found = []
    for log in running.parts.logs.values():
        records = PrivateRecords(running.parts.vault, log.reader.state.head.log_id, log.origin)
        for kind in ("award", "case"):
            kept = await asyncio.gather(*(records.at(kind, leaf) for leaf in range(log.reader.published.size)))
            found += [canonical.encode(dict(one.content)) for one in kept if one is not None]
    return b"\n".join(found)


def files_of(folder: Path, pattern: str = "**/*") -> bytes:
    """Return the bytes of all files below a folder, each content once."""
    return b"\n".join({path.read_bytes() for path in folder.glob(pattern) if path.is_file()})


def as_lines(data: bytes) -> list[dict]:
    """Return the lines of a log."""
    return [json.loads(line) for line in data.decode().splitlines()]
