"""`nostra log`: the next key of a log, and its end, on the operator's word alone."""

import io

import pytest

from node.cli import log as command


@pytest.mark.parametrize("arguments", [["new-key", "uni"], ["close", "uni", "--successor", "uni.example.org/two"]])
def test_nothing_is_done_without_a_word(desk, monkeypatch, arguments):
    """No terminal to ask at and no --yes: the log stays as it is, and the command says so."""
    monkeypatch.setattr("sys.stdin", io.StringIO())
    before = desk.node.get("/v1/log")
    ran = desk.run("log", *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert "nothing was done: say --yes" in ran.err
    assert before["origin"] in ran.err
    assert desk.node.get("/v1/log") == before


@pytest.mark.parametrize(("answer", "done"), [("n", False), ("", False), ("y", True)])
def test_at_a_terminal_it_asks(desk, monkeypatch, answer, done):
    """Only a yes goes on."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _: answer)
    before = desk.node.get("/v1/log")["verifier_key"]
    ran = desk.run("log", "new-key", "uni")
    assert (ran.code == 0, desk.node.get("/v1/log")["verifier_key"] != before) == (done, done)


def test_the_next_key_and_the_end_of_the_one_before_are_told(desk):
    """What a partner or a roster needs stands in the answer, and for everybody at /v1/log."""
    before = desk.node.get("/v1/log")
    told = desk.run("log", "new-key", "uni", "--yes", "--json").json()
    after = desk.node.get("/v1/log")
    assert told["former"]["verifier_key"] == before["verifier_key"]
    assert told["verifier_key"] == after["verifier_key"] == desk.node.verifier_key("uni")
    assert after["former_keys"][-1] == told["former"]
    assert told["former"]["size"] == told["leaf"] + 1 == after["size"]


def test_the_next_key_is_told_in_plain_words(desk):
    """Both keys, the size and root hash, and what to do now."""
    ran = desk.run("log", "new-key", "uni", "--yes")
    former = desk.node.get("/v1/log")["former_keys"][-1]
    for part in (former["verifier_key"], f"size {former['size']}", former["root"], desk.node.verifier_key("uni")):
        assert part in ran.out
    assert "back up the folder of keys now" in ran.out


def test_a_key_that_no_longer_signs_is_not_ended_twice(desk, monkeypatch):
    """Two operators who type at once change one key: the second is told what signs now."""
    stale = desk.node.get("/v1/log") | {"verifier_key": "uni.example.org/nostra+00000000+AQ"}
    ask = command.ask_node
    monkeypatch.setattr(command, "ask_node", lambda *given: stale if len(given) == 2 else ask(*given))
    ran = desk.run("log", "new-key", "uni", "--yes")
    assert ran.code == 1
    assert "another key signs uni.example.org/nostra now" in ran.err


def test_a_token_of_another_role_does_not_suffice(desk, monkeypatch):
    """Who publishes doesn't change keys."""
    monkeypatch.setenv("NOSTRA_TOKEN", desk.node.make_token("publisher", "publish", "issue", "decide"))
    assert "role" in desk.run("log", "new-key", "uni", "--yes").err
    assert "role" in desk.run("log", "close", "uni", "--successor", "uni.example.org/two", "--yes").err


def test_a_log_that_is_not_here_is_said(desk):
    """A mistyped name closes nothing else."""
    ran = desk.run("log", "close", "nobody", "--successor", "uni.example.org/two", "--yes")
    assert (ran.code, "no log named 'nobody'" in ran.err) == (1, True)


def test_a_closed_log_says_what_follows(desk):
    """Its end is told, shown to everybody, and later commands are refused with it."""
    ran = desk.run("log", "close", "college", "--successor", "college.example.org/two", "--yes")
    assert ran.out == "college.example.org/nostra is closed at 1 entries; college.example.org/two follows\n"
    assert desk.node.get("/logs/college/v1/log")["successor"] == "college.example.org/two"
    again = desk.run("log", "close", "college", "--successor", "college.example.org/three", "--yes")
    assert (again.code, "is closed at 1 entries" in again.err) == (1, True)
    assert "is closed at 1 entries" in desk.run("log", "new-key", "college", "--yes").err
