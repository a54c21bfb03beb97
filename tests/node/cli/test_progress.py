"""Progress is a bar on a terminal, a line now and then elsewhere, and nothing for what is quick."""

import io

import pytest

from node.cli.progress import Progress
from tests.support.clock import FakeClock


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """Return that it is."""
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_quick_work_shows_nothing(stream):
    """What is over within a second needs no telling."""
    out, clock = stream(), FakeClock()
    with Progress("entries", 10, stream=out, clock=clock) as progress:
        clock.advance(0.9)
        progress.reach(10)
    assert out.getvalue() == ""


def test_elsewhere_a_plain_line_comes_now_and_then():
    """Every ten seconds, and one at the end; no escape, no carriage return."""
    out, clock = io.StringIO(), FakeClock()
    with Progress("entries read", 1000, stream=out, clock=clock) as progress:
        for done in range(0, 1000, 10):
            clock.advance(0.25)
            progress.reach(done + 10)
    lines = out.getvalue().splitlines()
    assert lines[0] == "40 of 1,000 entries read, 40/s"
    assert lines[-1] == "1,000 of 1,000 entries read, 40/s"
    assert (len(lines), "\r" in out.getvalue(), "\x1b" in out.getvalue()) == (4, False, False)


def test_on_a_terminal_a_bar_is_drawn_over_itself():
    """It ends full, with a newline."""
    out, clock = Terminal(), FakeClock()
    with Progress("entries", 4, stream=out, clock=clock) as progress:
        clock.advance(2)
        progress.reach(2)
        clock.advance(2)
        progress.reach(4)
    frames = out.getvalue().split("\r\x1b[2K")[1:]
    assert frames[0] == f"[{'#' * 15}{'.' * 15}]  50% 2 of 4 entries, 1/s"
    assert frames[-1] == f"[{'#' * 30}] 100% 4 of 4 entries, 1/s\n"


def test_without_a_total_the_count_is_shown():
    """As far as it is known."""
    out, clock = Terminal(), FakeClock()
    with Progress("entries", stream=out, clock=clock) as progress:
        clock.advance(2)
        progress.reach(6)
    assert out.getvalue().endswith("6 entries, 3/s\n")
