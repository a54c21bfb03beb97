"""A witness of Go's world cosigns our log, and ours cosigns Go's; Go's libraries verify both."""

import asyncio
import hashlib
import json
import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from node.client import HttpClient
from node.client.cosigning import WitnessClient
from node.errors import NodeError
from node.gossip.release.witness_push import WitnessPush
from node.log.keys import render_private_key
from node.log.state import Published
from protocol.encoding.keys import Signer, VerifierKey
from protocol.encoding.note import Note
from protocol.errors import StaleSizeError
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.policy_text import Witness
from protocol.log.checkpoint import Checkpoint, open_checkpoint
from scripts.benchmarks.litewitness import running_litewitness
from tests.support.entries import bundle_of, sealed_entries
from tests.support.examples import seed
from tests.support.growing_log import GrowingLog
from tests.support.nodes import NodeUnderTest, make_config, node_running

RUN_SECONDS = 90
ORIGIN = "tessera.example/log"
TESSERA = Signer(ORIGIN, seed(ORIGIN))
PARTNER = f"""
[[partner]]
name = "tessera"
origin = "{ORIGIN}"
verifier_key = "{TESSERA.verifier.render()}"
url = "http://127.0.0.1:9"
"""


def verified_by_go(program: Path, note: bytes, log: VerifierKey, cosigners: Sequence[VerifierKey]) -> set[str]:
    """Return the key IDs of the cosigners whose lines Go's libraries have verified, under the log's own."""
    command = [program, "-log", log.render(), *(key.render() for key in cosigners)]
    done = subprocess.run(command, input=note, capture_output=True, timeout=RUN_SECONDS, check=False)
    assert done.returncode == 0, done.stderr
    return {one["key_id"] for one in json.loads(done.stdout)}


async def published_after(node: NodeUnderTest, count: int) -> Published:
    """Log entries, and return the checkpoint that shows them."""
    sent = bundle_of(sealed_entries(f"{count} more", count))
    answer = await node.post("/v1/entries", sent, headers={"Content-Type": "application/octet-stream"})
    assert answer.status == 201
    return node.parts.log(None).reader.published


async def test_litewitness_cosigns_our_log_as_it_grows(running_node, litewitness_program, go_cosignatures, tmp_path):
    """From the first checkpoint on, also for a client that has forgotten what the witness has seen."""
    log = running_node.parts.log(None)
    with running_litewitness(litewitness_program, tmp_path / "litewitness", [log.verifier]) as peer:
        witness = Witness("litewitness", peer.key)
        async with HttpClient() as http:
            client = WitnessClient(http, f"http://127.0.0.1:{peer.port}")
            push = WitnessPush(log.reader, witness, client)
            for count in (1, 6, 300):
                target = await published_after(running_node, count)
                for one in (push, WitnessPush(log.reader, witness, client)):
                    note = Note.parse(target.note).adding(await one.push(target)).render()
                    assert verified_by_go(go_cosignatures, note, log.verifier, [peer.key]) == {peer.key.key_id.hex()}


async def test_litewitness_and_ours_refuse_alike(dsn, litewitness_program, tmp_path):
    """A rollback, a fork and a checkpoint that isn't the log's are answered the same by both."""
    log, impostor = GrowingLog(ORIGIN, 40), GrowingLog(ORIGIN, 40)
    impostor.signer = Signer(ORIGIN, seed("another"))
    requests = {
        "rollback": log.asked(7, 20),
        "fork": log.fork(20).asked(33, 40),
        "not the log's": impostor.asked(33, 40),
    }
    config = make_config(tmp_path / "node", dsn, more=PARTNER)
    async with HttpClient() as http, node_running(config) as node:
        with running_litewitness(litewitness_program, tmp_path / "litewitness", [TESSERA.verifier]) as peer:
            for prefix in (f"http://127.0.0.1:{peer.port}", f"{node.public_url}/witness"):
                client = WitnessClient(http, prefix)
                await client.add_checkpoint(log.asked(0, 33))
                assert {name: await refusal(client, asked) for name, asked in requests.items()} == {
                    "rollback": "33",
                    "fork": "422",
                    "not the log's": "403",
                }


async def refusal(client: WitnessClient, asked: AddCheckpoint) -> str:
    """Return the status by which a witness refuses, or the size that it names."""
    try:
        await client.add_checkpoint(asked)
    except StaleSizeError as error:
        return str(error.size)
    except NodeError as error:
        return re.search(r"\b(4\d\d)\b", str(error))[1]
    return "200"


@pytest.mark.parametrize("at", [0, 1], ids=["Ed25519", "ML-DSA-44"])
async def test_our_witness_cosigns_a_tessera_log(dsn, go_tessera, go_cosignatures, tmp_path, at):
    """Tessera publishes only what our witness has cosigned, and goes on after it has forgotten the witness's size."""
    config = make_config(tmp_path / "node", dsn, more=PARTNER)
    size = 0
    async with node_running(config) as node:
        keys = node.parts.witness.cosigner.keys
        for count in (1, 5, 600):
            size += count
            published = await grow(go_tessera, tmp_path / "log", count, key=keys[at], url=f"{node.public_url}/witness")
            shown = await node.get(f"/witness/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint")
            assert checkpoint_of(published).size == size
            assert checkpoint_of(shown.body) == checkpoint_of(published)
            assert verified_by_go(go_cosignatures, published, TESSERA.verifier, [keys[at]]) == {keys[at].key_id.hex()}
            assert len(verified_by_go(go_cosignatures, shown.body, TESSERA.verifier, keys)) == len(keys)


async def grow(program: Path, folder: Path, count: int, *, key: VerifierKey, url: str) -> bytes:
    """Append to the Tessera log and return the checkpoint that it publishes."""
    private = render_private_key(ORIGIN, seed(ORIGIN))
    command = ["-dir", str(folder), "-entries", str(count), "-witness", key.render(), "-url", url]
    run = await asyncio.create_subprocess_exec(
        program,
        *command,
        env={**os.environ, "LOG_KEY": private},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, said = await asyncio.wait_for(run.communicate(), RUN_SECONDS)
    assert run.returncode == 0, said
    return printed


def checkpoint_of(note: bytes) -> Checkpoint:
    """Return a checkpoint of the Tessera log, verified."""
    return open_checkpoint(note, [TESSERA.verifier])[0]
