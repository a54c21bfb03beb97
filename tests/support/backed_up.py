"""A node with two logs that has some of everything, its backups, and its logs as they are served; and one restored."""

import asyncio
import contextlib
import io
import json
import os
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import asyncpg

from node.cli import main
from node.config import load
from tests.node.http.asking import base64
from tests.support.credentials import a_credential
from tests.support.decisions import PAPER, a_decision
from tests.support.entries import bundle_of, sealed_entries
from tests.support.lying_log import served
from tests.support.nodes import Answer, ServedNode, make_config, node_served
from tests.support.publications import withdrawal_with_texts

UNI, COLLEGE = "uni.example.org/nostra", "college.example.org/nostra"
CREDENTIAL, CHANGED = a_credential(), a_credential()
KEYED, ENTRIES = "bundle-1", sealed_entries("backed up", 300)


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


def run(dsn: str, *arguments: object) -> Ran:
    """Run a command on a database."""
    out, err = io.StringIO(), io.StringIO()
    with (
        patch.dict(os.environ, {"DATABASE_URL": dsn}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = main([str(argument) for argument in arguments])
    return Ran(code, out.getvalue(), err.getvalue())


def sql(dsn: str, statement: str, *arguments: object) -> list:
    """Run a statement behind a node's back."""

    async def fetch() -> list:
        session = await asyncpg.connect(dsn)
        try:
            return await session.fetch(statement, *arguments)
        finally:
            await session.close()

    return asyncio.run(fetch())


def post(node: ServedNode, path: str, body: dict, key: str = "") -> Answer:
    """Post JSON under a request key."""
    headers = {"Content-Type": "application/json"} | ({"Request-Key": key} if key else {})
    return node.post(path, json.dumps(body).encode(), headers=headers)


def live(node: ServedNode) -> dict:
    """Let a node have some of everything, and return what learners and programs were told."""
    award = post(node, "/v1/awards", {"document": base64(CREDENTIAL)}, "award-1")
    other = post(node, "/logs/college/v1/awards", {"document": base64(a_credential("college"))})
    decision = post(node, "/v1/decisions", {"decision": a_decision(), "credentials": [{"paper": PAPER}]}, "case-1")
    text = post(node, "/v1/entries", withdrawal_with_texts(UNI))
    bundle = node.post(
        "/v1/entries",
        bundle_of(ENTRIES),
        headers={"Content-Type": "application/octet-stream", "Request-Key": KEYED},
    )
    told = {"award": award, "other": other, "decision": decision, "text": text, "bundle": bundle}
    assert {name: answer.status for name, answer in told.items()} == dict.fromkeys(told, 201)
    return {name: answer.json() for name, answer in told.items()}


@dataclass(frozen=True)
class Lived:
    """A node that has lived, its backups, and its logs as they are served."""

    dsn: str
    config: Path
    told: dict
    backup: Path
    keys: Path
    whole: Path
    """A backup with the logs."""
    archive: Path
    """A folder from which the logs are served."""


def a_lived_node(folder: Path, dsn: str) -> Lived:
    """Let a node live, back it up while it runs, and return what is left of it."""
    config = make_config(folder / "node", dsn)
    path, files = folder / "node/nostra.toml", [folder / name for name in ("backup", "keys", "whole")]
    archive = folder / "archive"
    with node_served(config) as node:
        told = live(node)
        while sql(dsn, "SELECT FROM logs WHERE released_size IS DISTINCT FROM size"):
            time.sleep(0.05)  # the release is written down when the log rests
        assert run(dsn, "backup", files[0], "--keys", files[1], "--config", path).code == 0
        assert run(dsn, "backup", files[2], "--with-logs", "--config", path).code == 0
    for name in ("uni", "college"):
        exported = run(dsn, "export", folder / name, "--origin", f"{name}.example.org/nostra", "--config", path)
        assert exported.code == 0, exported.err
        with tarfile.open(folder / name) as tar:
            tar.extractall(archive / name, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    return Lived(dsn, path, told, *files, archive)


def restored_config(folder: Path) -> list[object]:
    """Return the options that name a restored node."""
    return ["--config", folder / "nostra.toml"]


def recover(lived: Lived, folder: Path, dsn: str) -> None:
    """Bring the logs back from where they are served."""
    with served(lived.archive) as server:
        for name in ("uni", "college"):
            ran = run(dsn, "recover", name, "--from", f"{server.url}/{name}", *restored_config(folder))
            assert ran.code == 0, ran.err


def goes_on(lived: Lived, folder: Path, dsn: str) -> None:
    """Check that a restored node is the node that was: it finds its awards, cases, request keys, texts and tokens."""
    config = load(folder / "nostra.toml", {"DATABASE_URL": dsn})
    before = lived.told
    with node_served(config, restore_accepted=True) as node:
        again = post(node, "/v1/awards", {"document": base64(CREDENTIAL)}, "award-1")
        assert (again.status, again.json()["leaf"]) == (200, before["award"]["leaf"])
        standing = before["award"]["receipt"]["secrets"]["standing"]
        assert again.json()["receipt"]["secrets"]["standing"] == standing
        body = {"decision": a_decision(), "credentials": [{"paper": PAPER}]}
        case = post(node, "/v1/decisions", body, "case-1")
        assert (case.status, case.json()["leaf"]) == (200, before["decision"]["leaf"])
        headers = {"Content-Type": "application/octet-stream", "Request-Key": KEYED}
        bundle = node.post("/v1/entries", bundle_of(ENTRIES), headers=headers)
        assert bundle.json()["leaf"] == before["bundle"]["leaf"]
        assert post(node, "/v1/awards", {"document": base64(CHANGED)}).status == 201
    assert len(sql(dsn, "SELECT FROM texts WHERE document IS NOT NULL")) == 1
    assert run(dsn, "check", *restored_config(folder)).code == 0
