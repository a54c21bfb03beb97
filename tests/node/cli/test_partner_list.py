"""`nostra partner list` says how partners stood, where a node runs that knows it."""

import json

import pytest

from node.cli import main
from node.cli.partner_list import print_rows
from node.config.partner_blocks import with_partner
from node.config.partner_sections import PartnerSettings
from protocol.encoding.keys import Signer
from tests.support.lying_log import served
from tests.support.nodes import make_config, node_served
from tests.support.static_log import StaticLog

ROW = {
    "name": "dcu",
    "origin": "dcu.example/log",
    "url": "https://dcu.example",
    "size": 1200,
    "reached_at": "2026-11-24T07:00:00Z",
    "failure": None,
    "successor": "",
}


@pytest.mark.parametrize(
    ("more", "rounds", "says"),
    [
        ({}, None, ["1,200 entries", "last reached 2026-11-24T07:00:00Z"]),
        ({"state": "lags", "rounds": "AAL"}, {}, ["lags in the last closed round; the last 3: AAL"]),
        ({"state": "disagrees", "rounds": "D", "evidence": "abcd"}, {}, ["has shown two histories: evidence abcd"]),
        ({"successor": "dcu.example/next"}, None, ["it says that dcu.example/next follows"]),
        ({}, {"to_spare": 2}, ["2 more partners may fail before the quorum is lost"]),
        ({}, {"to_spare": 1}, ["1 more partner may fail before the quorum is lost"]),
        ({}, {"to_spare": 0}, ["0 more partners may fail before the quorum is lost"]),
        ({}, {"to_spare": -1}, ["the quorum is lost: too few partners agree"]),
    ],
)
def test_the_list_in_words(capsys, more, rounds, says):
    """Each thing that is known has its words, and what isn't known has none."""
    print_rows([ROW | more], rounds, as_json=False)
    out = capsys.readouterr().out
    assert [one for one in says if one not in out] == []
    assert ("quorum" in out) == bool(rounds)


def test_a_running_node_is_asked(tmp_path, dsn, monkeypatch, capsys):
    """On its internal listener, as the configuration has it; without it the list goes without rounds."""
    (tmp_path / "log").mkdir()
    log = StaticLog(tmp_path / "log", "dcu.example/log")
    key = Signer("dcu.example/log", bytes(range(32))).verifier
    monkeypatch.setenv("DATABASE_URL", dsn)
    with served(log.folder) as server:
        make_config(tmp_path / "node", dsn, logs=["uni"])
        path = tmp_path / "node/nostra.toml"
        path.write_text(with_partner(path.read_text(), PartnerSettings("dcu", key.name, key, server.url)))
        from node.config import load

        with node_served(load(path, {"DATABASE_URL": dsn})) as node:
            there = node.internal_url.removeprefix("http://")
            path.write_text(path.read_text().replace('internal = "127.0.0.1:0"', f'internal = "{there}"'))
            assert main(["partner", "list", "--config", str(path), "--json"]) == 0
            (running,) = json.loads(capsys.readouterr().out)
        assert main(["partner", "list", "--config", str(path), "--json"]) == 0
        (stopped,) = json.loads(capsys.readouterr().out)
    assert (running["state"], running["rounds"], "state" in stopped) == ("", "", False)
