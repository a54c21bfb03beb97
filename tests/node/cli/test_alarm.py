"""`nostra alarm`: what stands, and whether anybody would hear of it."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from node.cli import main
from protocol.documents.evidence import show_split_view
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from tests.support.nodes import make_config, node_served


@contextmanager
def a_webhook(status):
    """Serve a webhook that answers so, and give its address and what it was sent."""
    sent = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            """Keep the body."""
            sent.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/secret", sent
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def a_node(folder, dsn, monkeypatch, more=""):
    """Run a node, and give the arguments by which a command finds it."""
    config = make_config(folder / "node", dsn, logs=["uni"], more=more)
    with node_served(config) as node:
        monkeypatch.setenv("NOSTRA_TOKEN", node.token)
        yield node, ["--node", node.internal_url]


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [(200, 0, "the webhook took the test alarm"), (500, 1, "was not taken: it answered with HTTP status 500")],
)
def test_a_test_alarm_says_whether_it_was_taken(tmp_path, dsn, monkeypatch, capsys, status, code, says):
    """The exit code says it too, and the address is not repeated."""
    with a_webhook(status) as (url, sent):
        more = f'[alarms]\nwebhook = "{url}"\n'
        with a_node(tmp_path, dsn, monkeypatch, more) as (_, arguments):
            assert main(["alarm", "test", *arguments]) == code
    out = capsys.readouterr().out
    assert (says in out, "secret" in out) == (True, False)
    assert [(one["alarm"], one["node"]) for one in sent] == [("test", "nostra")]


def test_without_a_webhook_nobody_would_hear(tmp_path, dsn, monkeypatch, capsys):
    """That is said, and is a failure of the test."""
    with a_node(tmp_path, dsn, monkeypatch) as (_, arguments):
        assert main(["alarm", "test", *arguments, "--json"]) == 1
        assert json.loads(capsys.readouterr().out) == {"sent": False, "failure": "no webhook is configured"}
        assert main(["alarm", "list", *arguments]) == 0
        out = capsys.readouterr().out
    assert ("no alarm stands" in out, "[alarms] webhook is not set" in out) == (True, True)


def test_an_alarm_that_stands_is_listed_and_was_sent(tmp_path, dsn, monkeypatch, capsys):
    """With the log that it is about and where the evidence is."""
    from node.config import load
    from node.log.keys import load_key

    with a_webhook(204) as (url, sent):
        more = f'[alarms]\nwebhook = "{url}"\n'
        with a_node(tmp_path, dsn, monkeypatch, more) as (node, arguments):
            config = load(tmp_path / "node/nostra.toml", {"DATABASE_URL": dsn})
            signer = load_key(config.logs[0].key)
            notes = [
                sign_checkpoint(Checkpoint(signer.verifier.name, 5, bytes([root]) * 32), signer) for root in (1, 2)
            ]
            document = show_split_view(*notes, [signer.verifier], read={}.__getitem__).render()
            node.post("/gossip/evidence", document)
            assert main(["alarm", "list", *arguments, "--json"]) == 0
            (alarm,) = json.loads(capsys.readouterr().out)["alarms"]
            assert main(["alarm", "list", *arguments]) == 0
            assert main(["alarm", "test", *arguments]) == 0
    assert (alarm["alarm"], alarm["log"]) == ("own-log-convicted", "uni.example.org/nostra")
    assert "own-log-convicted uni.example.org/nostra: it has shown two histories" in capsys.readouterr().out
    assert sorted(one["alarm"] for one in sent) == ["own-log-convicted", "test"]
