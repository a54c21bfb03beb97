"""What the node refuses: codes, statuses and texts."""

import inspect
import re

import pytest

from node import errors
from node.errors import PROBLEMS, ConflictError, InadmissibleError, NodeError, PushBackError


def kinds():
    """Return every error class of the tree."""
    return [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, NodeError)]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_each_kind_has_a_listed_code_and_stands_in_the_tree(kind):
    """An error class answers with a code of the one list, and the module's tree draws it."""
    assert kind.default_code in PROBLEMS
    assert re.search(rf"(?m)(^|── ){kind.__name__}\b", errors.__doc__)


@pytest.mark.parametrize("code", PROBLEMS)
def test_each_problem_has_an_error_status_and_a_title(code):
    """A code is a lower-case word, its status an HTTP error, its title one short line."""
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    assert 400 <= PROBLEMS[code].status < 600
    assert 0 < len(PROBLEMS[code].title) <= 60


def test_an_unlisted_code_is_not_sent():
    """A code that no page documents can't be raised."""
    with pytest.raises(KeyError):
        NodeError("x", code="made-up")


def test_the_text_names_the_way_out():
    """`str` of an error is one line: what happened, then how to mend it."""
    error = NodeError("the key file is readable by others", mend="chmod 600 log.key")
    assert (str(error), error.status) == ("the key file is readable by others: chmod 600 log.key", 500)


def test_a_conflict_names_the_first_leaf_or_the_known_size():
    """A conflict carries what the caller needs to go on."""
    error = ConflictError("this award is in the log", 7, code="duplicate-tag")
    assert (error.leaf, error.known_size, error.status, error.code) == (7, None, 409, "duplicate-tag")
    assert ConflictError("the log has grown", known_size=9).known_size == 9


def test_push_back_says_when_to_try_again():
    """Push-back holds whole seconds."""
    assert (PushBackError("the queue is full", 3).retry_after, PushBackError("full").status) == (3, 503)


def test_inadmissible_keeps_every_problem():
    """One answer names all that is to be mended."""
    problems = [("outcome", "missing"), ("grounds", "empty")]
    assert InadmissibleError("the rule can't be published", problems).problems == tuple(problems)
