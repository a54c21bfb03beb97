"""`nostra check` says of each log in the database whether it is in order."""

import asyncio
import json

import asyncpg
import pytest

from node.cli import main
from tests.support.nodes import make_config
from tests.support.own_log import a_log

ORIGIN = "checked.example/own"


@pytest.fixture
def configured(dsn, tmp_path, monkeypatch):
    """Give the configuration of a database that holds one log of 300 entries."""

    async def fill():
        async with a_log(dsn, tmp_path, ORIGIN) as log:
            await log.submit("checked", 300)

    asyncio.run(fill())
    make_config(tmp_path / "node", dsn)
    monkeypatch.setenv("DATABASE_URL", dsn)
    return tmp_path / "node/nostra.toml"


def change(dsn, statement):
    """Change the database behind the node's back."""

    async def run():
        session = await asyncpg.connect(dsn)
        await session.execute(statement)
        await session.close()

    asyncio.run(run())


def test_a_log_in_order_passes(configured, capsys):
    """Every step says yes."""
    assert main(["check", "--config", str(configured), "--json"]) == 0
    (report,) = json.loads(capsys.readouterr().out)
    assert (report["origin"], report["verdict"]) == (ORIGIN, "verified")
    assert {step["result"] for step in report["steps"]} == {"yes"}


def test_a_damaged_log_fails_and_names_the_place(configured, capsys, dsn):
    """The difference is in the report, and in the exit code."""
    change(dsn, "DELETE FROM tags WHERE leaf = 7")
    assert main(["check", "--config", str(configured)]) == 1
    assert "leaf 7 is not found as its entry says" in capsys.readouterr().out


def test_what_can_not_be_checked_is_no_yes(configured, capsys, dsn):
    """Without its entries a log is not in order, whatever else is there."""
    change(dsn, "DELETE FROM bundles")
    assert main(["check", "--config", str(configured), "--json"]) == 1
    (report,) = json.loads(capsys.readouterr().out)
    results = {step["name"]: step["result"] for step in report["steps"]}
    assert (results["entries"], results["head"], results["tags"]) == ("no", "not checked", "not checked")


def test_a_log_that_is_not_here_is_one_line(configured, capsys):
    """A wrong origin is said as such."""
    assert main(["check", "--config", str(configured), "--origin", "no.example/log"]) == 1
    assert capsys.readouterr().err == "nostra check: the database holds no log no.example/log\n"


def test_an_index_that_differs_is_forgotten_where_that_is_asked_for(configured, capsys, dsn):
    """It is told and left alone; with --mend it is told once more, and then it is not there to differ."""
    change(dsn, "INSERT INTO index_heads SELECT log_id, 1, root, sha256('x') FROM logs")
    for arguments, code in (([], 1), (["--mend"], 1), ([], 0)):
        assert main(["check", "--config", str(configured), *arguments]) == code
        assert ("The index is not that of the entries." in capsys.readouterr().out) == bool(code)
