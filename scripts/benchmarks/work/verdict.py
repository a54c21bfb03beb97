"""A verdict on one credential for fourteen institutions, with all its proofs: over HTTP, and verified offline."""

import base64
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep, time
from typing import Any

from node.cli.demo.cast import TAMPERE, marine_robotics, twente_recognises_robotics
from node.formats.award_details import AwardDetails, Learner
from node.formats.write_elm import write_elm
from protocol.documents.presentation import Presentation
from protocol.documents.receipt import Receipt
from protocol.encoding import canonical
from protocol.encoding.keys import VerifierKey
from protocol.recognition.entry import from_json
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from scripts.benchmarks.bench import Bench
from scripts.benchmarks.database import is_durable
from scripts.benchmarks.generator import MeasurementError, drive
from scripts.benchmarks.load.jobs import Job
from scripts.benchmarks.load.outcome import Outcome
from scripts.benchmarks.node import ASK_SECONDS, Initialised, Node, nostra, serving, wait_until_ready
from scripts.benchmarks.report import Bar, Row, held
from scripts.benchmarks.settings import free_ports

INSTITUTIONS = 14
REQUESTS = 2_000
CLIENTS = 4
VERIFICATIONS = 20
PATIENCE_SECONDS = 60
P50_BAR, P99_BAR, RATE_BAR = Bar(15, below=True), Bar(50, below=True), Bar(200)
OFFLINE_BAR = Bar(100, below=True)

LEARNER = Learner("Aino", "Esimerkki", birth_date="2001-05-17")


def measure(bench: Bench) -> list[Row]:
    """Return latency and rate of verdicts from a node that holds all logs, and the time of an offline verification."""
    with _consortium(bench.folder / "node-verdict") as (others, node, keys):
        bench.durable = is_durable(node.dsn)
        presentation, body = _question(others)
        asked = json.dumps(body)
        verdict = _until_shown(node, asked)
        trust = Trust.by_keys(keys)
        _check(verify_file(verdict, trust, at=int(time()), presentation=presentation))
        calm = _asked(node, asked, clients=1)
        full = _asked(node, asked, clients=CLIENTS)
        verified = _verification_ms(verdict, trust, presentation)
    what = f"verdict on one credential, {INSTITUTIONS} institutions"
    return [
        held(f"{what}: one client, p50", calm.p50_ms, "ms", P50_BAR),
        held(f"{what}: one client, p99", calm.p99_ms, "ms", P99_BAR),
        held(f"{what}: {CLIENTS} clients", full.per_second, "/s", RATE_BAR),
        Row(f"{what}: size", len(verdict) / 1024, "KiB"),
        held(f"{what}: verified offline with its presentation, median", verified, "ms", OFFLINE_BAR),
    ]


@contextmanager
def _consortium(folder: Path) -> Iterator[tuple[Node, Node, list[VerifierKey]]]:
    """Run a node that holds the awarding log and all others but one, and one that holds that and mirrors them."""
    folder.mkdir()
    with _node(folder / "others", range(INSTITUTIONS)) as (others, keys):
        partners = "".join(_partner(number, key, others.public_port) for number, key in enumerate(keys))
        with _node(folder / "answering", [INSTITUTIONS], partners) as (answering, own):
            for number in range(INSTITUTIONS):
                _publish(others, number)
            _publish(answering, INSTITUTIONS)
            yield others, answering, [*keys, *own]
    shutil.rmtree(folder)


@contextmanager
def _node(folder: Path, numbers: Sequence[int], more: str = "") -> Iterator[tuple[Node, list[VerifierKey]]]:
    """Run a node with these logs."""
    folder.mkdir()
    public, internal = free_ports(2)
    config = folder / "nostra.toml"
    config.write_text(
        f'[node]\ndata = "data"\nkeys = "keys"\n\n[http]\npublic = "127.0.0.1:{public}"\n'
        f'internal = "127.0.0.1:{internal}"\n\n[publication]\nsecond_person = false\n'
        + "".join(map(_log, numbers))
        + more
    )
    made = json.loads(nostra("init", "--config", str(config), "--json", seconds=PATIENCE_SECONDS))
    keys = [VerifierKey.parse(log["verifier_key"]) for log in made["logs"]]
    token = Path(made["token_file"]).read_text().strip()
    with serving(Initialised(folder, config, public, internal, made["logs"][0]["origin"], keys[0].render())) as node:
        wait_until_ready(node)
        yield Node(node.process, config, node.data, public, internal, token, keys[0].render()), keys


def _log(number: int) -> str:
    schac = TAMPERE.schac if number == 0 else f"u{number}.example"
    return (
        f'\n[[log]]\nname = "u{number}"\norigin = "ledger.u{number}.example/nostra"\n'
        f'institution = "{TAMPERE.name if number == 0 else f"University {number}"}"\ncountry = "FI"\n'
        f'identifiers = [{{ scheme = "schac", value = "{schac}" }}]\n'
    )


def _partner(number: int, key: VerifierKey, port: int) -> str:
    return (
        f'\n[[partner]]\nname = "u{number}"\norigin = "ledger.u{number}.example/nostra"\n'
        f'verifier_key = "{key.render()}"\nurl = "http://127.0.0.1:{port}/logs/u{number}"\n'
    )


def _publish(node: Node, number: int) -> None:
    """Introduce an institution; the first publishes its achievement, the others their rules on it."""
    introduced = TAMPERE.institution(f"https://ledger.u{number}.example")
    if number:
        introduced |= {"identifiers": [{"scheme": "schac", "value": f"u{number}.example"}], "id": f"u{number}"}
        introduced |= {"name": {"en": f"University {number}"}}
    for path, value in (
        ("institutions", introduced),
        ("rules", twente_recognises_robotics()) if number else ("achievements", marine_robotics()),
    ):
        del value["kind"]
        _post(node, f"/logs/u{number}/v1/{path}", value)


def _question(node: Node) -> tuple[bytes, dict[str, Any]]:
    """Award a credential, and return what its learner shows with the question to all."""
    details = AwardDetails("urn:x:bench", from_json(marine_robotics()), LEARNER, "2026-06-01", grade={"en": "5"})
    document = base64.b64encode(json.dumps(write_elm(details)).encode()).decode()
    told = json.loads(_post(node, "/logs/u0/v1/awards", {"document": document, "file_name": "robotics.json"}))
    receipt = Receipt.parse(canonical.encode(told["receipt"]))
    origins = [f"ledger.u{number}.example/nostra" for number in range(INSTITUTIONS + 1)]
    presentation = Presentation.of(receipt, decisions=origins).render()
    achievement = {"scheme": "schac", "value": TAMPERE.schac, "code": "MR-101", "awarded": "2026-06-01"}
    return presentation, {"credentials": [{"presented": json.loads(presentation)}], "achievements": [achievement]}


def _until_shown(node: Node, asked: str) -> bytes:
    """Return the first verdict whose proofs are all there: indexes are shown a moment after what they cover."""
    end = monotonic() + PATIENCE_SECONDS
    while monotonic() < end:
        try:
            verdict = _post(node, "/v1/verdict", json.loads(asked))
        except MeasurementError:
            sleep(0.5)
            continue
        told = json.loads(verdict)["credentialSubject"]
        if {one["outcome"] for one in told["institutions"]} == {"full"} and told["standing"]["standing"] == "good":
            return verdict
        sleep(0.5)
    raise MeasurementError("the indexes were not shown in time")


def _asked(node: Node, body: str, *, clients: int) -> Outcome:
    path, port = "/v1/verdict", node.internal_port
    return drive(Job("question", port, REQUESTS, clients, path, status=200, headers=node.headers, body=body))


def _verification_ms(verdict: bytes, trust: Trust, presentation: bytes) -> float:
    taken = []
    for _ in range(VERIFICATIONS):
        begin = perf_counter()
        _check(verify_file(verdict, trust, at=int(time()), presentation=presentation))
        taken.append(1000 * (perf_counter() - begin))
    return median(taken)


def _check(report: Any) -> None:
    if report.verdict != "verified":
        raise MeasurementError("\n".join(report.lines()))


def _post(node: Node, path: str, value: Any) -> bytes:
    connection = HTTPConnection("127.0.0.1", node.internal_port, timeout=ASK_SECONDS)
    try:
        headers = node.headers | {"Content-Type": "application/json"}
        connection.request("POST", path, json.dumps(value), headers)
        answer = connection.getresponse()
        body = answer.read()
    finally:
        connection.close()
    if answer.status not in (200, 201):
        raise MeasurementError(f"{path} answered {answer.status}: {body[:300]!r}")
    return body
