"""`nostra partner rekey`: the next key that a partner's log has said, taken over by the operator's word alone."""

import asyncio
import io
import json
import os

import pytest

from node.cli import main
from node.config import load
from node.gossip.cosigning.cosigned_file import CosignedFile
from node.gossip.cosigning.take_keys import take_over_keys
from node.runtime.database import open_database
from protocol.encoding.keys import Signer
from protocol.encoding.wire import b64url
from protocol.log.merkle import leaf_hash, root_of
from protocol.recognition.entry import render
from protocol.recognition.key import sign_key
from tests.support.entries import sealed_entries
from tests.support.lying_log import served
from tests.support.nodes import make_config
from tests.support.static_log import StaticLog

ORIGIN = "partner.example/log"
NEXT, THIRD = (Signer(ORIGIN, bytes([number]) * 32) for number in (2, 3))


@pytest.fixture
def partner(tmp_path, dsn, monkeypatch):
    """Give a partner's log of three entries, followed, and the configuration that names it."""
    make_config(tmp_path / "node", dsn)
    monkeypatch.setenv("DATABASE_URL", dsn)
    config = tmp_path / "node/nostra.toml"
    (tmp_path / "log").mkdir()
    log = StaticLog(tmp_path / "log", ORIGIN)
    log.append(sealed_entries("before", 3))
    with served(log.folder) as server:
        assert main(["partner", "add", "uni-b", server.url, "--key", log.verifier_key, "--config", str(config)]) == 0
        yield log, config


def rekey(config, *options) -> int:
    """Run the command."""
    return main(["partner", "rekey", "uni-b", "--config", str(config), *options])


def say(log: StaticLog, signer: Signer, version: int = 2) -> None:
    """Let the log say its next key, and grow under it."""
    log.append([render(sign_key(signer, from_="2026-11-01", version=version))])


def test_the_next_key_is_taken_over(partner, capsys):
    """With the end of the one before: size and root hash as they are mirrored, both times that the log changes it."""
    log, config = partner
    first = log.signer
    for signer, version in ((NEXT, 2), (THIRD, 3)):
        before = log.signer
        say(log, signer, version)
        assert rekey(config, "--yes") == 0
        assert signer.verifier.render() in capsys.readouterr().out
        block = load(config, {}).partners[0]
        end = block.former_keys[-1]
        assert (block.verifier_key, end.key()) == (signer.verifier, before.verifier)
        assert (end.size, end.root) == (len(log.entries), root_of([leaf_hash(entry) for entry in log.entries]))
        log.signer = signer
        log.append(sealed_entries(f"behind {version}", 2))
        start(config)
        assert main(["partner", "refresh", "--config", str(config)]) == 0
    assert [key.key() for key in load(config, {}).partners[0].former_keys] == [first.verifier, NEXT.verifier]


def start(config) -> None:
    """Take the block over, as a node does that starts."""

    async def begin() -> None:
        read = load(config, os.environ)
        async with open_database(read, join=True) as opened:
            await take_over_keys(opened.database, read.partners, CosignedFile(read))

    asyncio.run(begin())


def test_nothing_is_taken_over_without_a_word(partner, capsys, monkeypatch):
    """Key, size and root hash are shown, to be held against what the partner says."""
    log, config = partner
    say(log, NEXT)
    before = config.read_bytes()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert rekey(config) == 1
    told = capsys.readouterr()
    assert NEXT.verifier.render() in told.out
    assert b64url(root_of([leaf_hash(entry) for entry in log.entries])) in told.out
    assert "nothing was changed: say --yes" in told.err
    assert config.read_bytes() == before
    assert rekey(config, "--json") == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["leaf"], told["verifier_key"], told["changed"]) == (3, NEXT.verifier.render(), False)


@pytest.mark.parametrize("entry", ["none", "another log's", "forged"])
def test_a_key_that_the_log_has_not_said_is_none(partner, capsys, entry):
    """No entry, one that names another log, one that the next key didn't sign: the block stays."""
    log, config = partner
    if entry == "another log's":
        log.append([render(sign_key(Signer("other.example/log", b"\2" * 32), from_="2026-11-01"))])
    elif entry == "forged":
        log.append([render(sign_key(NEXT, from_="2026-11-01")).replace(b"2026-11-01", b"2026-11-02")])
    before = config.read_bytes()
    assert rekey(config, "--yes") == 1
    assert "says no further key" in capsys.readouterr().err
    assert config.read_bytes() == before


def test_a_partner_that_is_none_is_said(partner, capsys):
    """A mistyped name changes nothing."""
    assert main(["partner", "rekey", "nobody", "--config", str(partner[1]), "--yes"]) == 1
    assert "there is none" in capsys.readouterr().err
