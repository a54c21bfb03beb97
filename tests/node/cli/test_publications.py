"""`nostra publication`: what waits for a second person, from the desk that asks to the colleague who approves."""

from itertools import count

import pytest

from tests.node.cli.desk import Desk
from tests.support.nodes import make_config, node_served
from tests.support.statements import a_partial_rule

_NUMBERS = count(1)


@pytest.fixture(scope="module")
def asking_node(tmp_path_factory, module_dsn):
    """Give a node that asks a second person."""
    config = make_config(tmp_path_factory.mktemp("node"), module_dsn, second_person="true")
    with node_served(config) as node:
        yield node


@pytest.fixture
def office(asking_node, tmp_path, capsys, monkeypatch):
    """Give a desk of that node, and the file of a colleague's token."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NOSTRA_TOKEN", asking_node.token)
    monkeypatch.delenv("NOSTRA_CONFIG", raising=False)
    return Desk(asking_node, tmp_path, capsys)


@pytest.fixture
def colleague(asking_node, monkeypatch):
    """Give a function that lets the colleague sit down at the desk."""
    token = asking_node.make_token(f"colleague-{next(_NUMBERS)}", "publish")
    return lambda: monkeypatch.setenv("NOSTRA_TOKEN", token)


def test_a_colleague_looks_and_approves(office, colleague):
    """The desk is told what to say to whom; the colleague lists, shows and approves; the rule is listed then."""
    rule = a_partial_rule(id=f"office-{next(_NUMBERS)}", reasons={"en": "Asked by Mr Esimerkki."})
    ran = office.run("rule", "publish", office.write("rule.json", rule))
    first, sign = ran.out.splitlines()
    assert (ran.code, sign) == (0, "  look at reasons.en: a form of address before a name")
    assert first.startswith("rule waits for a second person: `nostra publication approve ")
    waiting = first.rpartition(" ")[2].rstrip("`")
    alone = office.run("publication", "approve", waiting)
    assert (alone.code, alone.out) == (1, "")
    assert "asked for this publication itself: let another token approve it" in alone.err
    colleague()
    listed = office.run("publication", "list")
    assert f"rule {waiting} waits since" in listed.out
    assert listed.out.endswith("1 in all\n")
    shown = office.run("publication", "show", waiting, "--json").json()
    assert shown["value"] == rule
    assert '"Asked by Mr Esimerkki."' in office.run("publication", "show", waiting).out
    done = office.run("publication", "approve", waiting)
    assert done.out == f"rule {rule['id']} version 1 published: leaf {office.node.get('/v1/log')['size'] - 1}\n"
    assert rule["id"] in office.run("rule", "list").out


def test_a_colleague_refuses(office, colleague):
    """Nothing is published, and an id that doesn't wait is told with the way out."""
    before = office.node.get("/v1/log")["size"]
    rule = a_partial_rule(id=f"office-{next(_NUMBERS)}")
    told = office.run("rule", "publish", office.write("rule.json", rule), "--json").json()
    colleague()
    ran = office.run("publication", "refuse", told["id"])
    assert ran.out == f"{told['id']} is not published; what it said goes with the next erasure\n"
    gone = office.run("publication", "show", told["id"])
    assert (gone.code, gone.out) == (1, "")
    assert "no publication waits under this id" in gone.err
    assert office.run("publication", "list", "--json").json() == []
    assert office.node.get("/v1/log")["size"] == before
