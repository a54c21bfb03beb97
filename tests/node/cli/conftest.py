"""The desk from which commands are run."""

import pytest


@pytest.fixture
def desk(served_node, tmp_path, capsys, monkeypatch):
    """Give a folder and a node to write to, with a token for everything in the environment and no configuration."""
    from tests.node.cli.desk import Desk

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOSTRA_TOKEN", served_node.token)
    monkeypatch.delenv("NOSTRA_CONFIG", raising=False)
    monkeypatch.delenv("NOSTRA_TOKEN_FILE", raising=False)
    return Desk(served_node, tmp_path, capsys)
