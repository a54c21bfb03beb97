"""Log lines and metrics: events with fields, and nothing personal."""

import io
import json
import logging

import pytest

from node import telemetry
from node.telemetry import WITHHELD, event, render_metrics, set_up_logging, warn


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """Say so."""
        return True


@pytest.fixture(autouse=True)
def logging_as_it_was():
    """Give the root logger back its handlers."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def one_line(stream):
    """Return the only line that was logged."""
    (line,) = stream.getvalue().splitlines()
    return line


def test_an_event_is_one_json_object_with_its_fields():
    """Off a terminal, a line is JSON: when, how grave, what, and the fields."""
    stream = io.StringIO()
    set_up_logging(stream=stream)
    event("checkpoint_published", origin="ledger.example.org/nostra", tree_size=512)
    line = json.loads(one_line(stream))
    assert line.pop("at").endswith("Z")
    assert line == {
        "level": "info", "event": "checkpoint_published", "origin": "ledger.example.org/nostra", "tree_size": 512,
    }  # fmt: skip


def test_a_terminal_gets_a_plain_line():
    """On a terminal, the fields stand behind the event."""
    stream = Terminal()
    set_up_logging(stream=stream)
    warn("partner_unreachable", origin="a.example/nostra", tries=3)
    assert one_line(stream).endswith("warning partner_unreachable origin=a.example/nostra tries=3")


def test_a_quieter_level_is_kept():
    """What is below the level isn't written."""
    stream = io.StringIO()
    set_up_logging(level="warning", stream=stream)
    event("batch_committed", entries=3)
    assert stream.getvalue() == ""


@pytest.mark.parametrize("name", sorted(WITHHELD))
def test_a_field_that_could_name_a_person_is_withheld(name):
    """The value under such a name never reaches the log."""
    stream = io.StringIO()
    set_up_logging(stream=stream)
    event("award_refused", **{name: "Aino Virtanen"})
    assert json.loads(one_line(stream))[name] == "withheld"


def test_an_exception_is_logged_without_its_message():
    """A message may quote a document: type and places are written, the message isn't."""
    stream = io.StringIO()
    set_up_logging(stream=stream)
    try:
        raise ValueError("family name Virtanen is not a number")
    except ValueError as error:
        warn("document_unreadable", error=error)
    line = json.loads(one_line(stream))
    assert line["error"] == "ValueError"
    assert "test_telemetry.py:" in line["passed"]
    assert "Virtanen" not in stream.getvalue()


def test_a_librarys_line_has_the_same_shape():
    """Lines of the libraries are events named after them."""
    stream = io.StringIO()
    set_up_logging(stream=stream)
    logging.getLogger("apscheduler.scheduler").warning("job %s was missed", "gossip")
    line = json.loads(one_line(stream))
    assert (line["event"], line["text"]) == ("apscheduler.scheduler", "job gossip was missed")


def test_the_metrics_page_holds_what_was_counted():
    """A counter that moved is on the page, under our prefix."""
    before = telemetry.REFUSED.labels(code="push-back")._value.get()
    telemetry.REFUSED.labels(code="push-back").inc()
    assert f'nostra_refused_total{{code="push-back"}} {before + 1}'.encode() in render_metrics()
