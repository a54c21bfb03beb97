"""`nostra revoke`, `suspend`, `reinstate`: by any name of an award, by list, and only when it is meant."""

import hashlib
import json
import re
from itertools import count

import pytest

from tests.support.credentials import a_credential

_NUMBERS = count(1)


def issue(desk, name, **members) -> int:
    """Award a credential of the desk's and return its leaf; the receipt lies beside it."""
    desk.write(name, a_credential(**{"credential_id": f"urn:x:cli-status-{next(_NUMBERS)}"} | members))
    key = f"cli-status-{next(_NUMBERS)}"
    ran = desk.run("issue", name, "--request-key", key, "--json")
    assert ran.code == 0, ran.err
    return ran.json()["leaf"]


def test_an_award_is_suspended_reinstated_revoked_and_asked_back(desk):
    """Each says where it stands; the question afterwards reads it from the log."""
    leaf = issue(desk, "diploma.json")
    receipt = "diploma.json.nostra-receipt.json"
    steps = [
        (["suspend", "--receipt", receipt], f"the award at leaf {leaf} is suspended now: leaf {leaf + 1}, status 1\n"),
        (["suspend", "--leaf", leaf], f"the award at leaf {leaf} was suspended already: leaf {leaf + 1}, status 1\n"),
        (["reinstate", "--document", "diploma.json"], f"is reinstated now: leaf {leaf + 2}, status 2\n"),
        (["revoke", "--leaf", leaf, "--yes"], f"is revoked now: leaf {leaf + 3}, status 3\n"),
    ]
    for arguments, said in steps:
        ran = desk.run(*arguments)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.endswith(said)
    asked = desk.run("ask", "--document", "diploma.json", "--receipt", receipt)
    assert "standing  revoked: the last status entered is 'revoked'" in asked.out
    refused = desk.run("reinstate", "--leaf", leaf)
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        f"nostra reinstate: the award at leaf {leaf} is revoked, and can't be reinstated: "
        "revoked is for good: award the credential anew\n"
    )


def test_what_is_for_good_is_asked_once_more(desk):
    """Without a terminal only `--yes` says it is meant; nothing was entered then."""
    leaf, before = issue(desk, "diploma.json"), desk.node.get("/v1/log")["size"]
    ran = desk.run("revoke", "--leaf", leaf)
    assert (ran.code, ran.out, ran.err) == (1, "", "nothing was entered: say --yes\n")
    assert desk.node.get("/v1/log")["size"] == before


@pytest.mark.parametrize("form", ["CSV of leaves", "CSV of files", "JSON lines"])
def test_a_list_is_changed_as_a_whole(desk, form):
    """By leaf or by hash, with other columns or mixed names; what was so already is counted apart."""
    leaves = [issue(desk, f"{name}.json") for name in "abc"]
    hashes = [hashlib.sha256((desk.folder / f"{name}.json").read_bytes()).hexdigest() for name in "abc"]
    lists = {
        "CSV of leaves": "why;leaf\r\n" + "".join(f"exam; {leaf}\r\n" for leaf in leaves),
        "CSV of files": "\ufefffile_sha256\n" + "".join(f"{one.upper()}\n" for one in hashes),
        "JSON lines": f'{{"leaf":{leaves[0]}}}\n\n{{"file_sha256":"{hashes[1]}"}}\n{{"leaf":{leaves[2]}}}\n',
    }
    desk.run("suspend", "--leaf", leaves[1])
    listed = desk.write("list", lists[form].encode())
    assert desk.run("suspend", "--list", listed).code == 1
    ran = desk.run(
        "suspend", "--list", listed, "--yes", "--reference", "EXAM-7", "--request-key", form.replace(" ", "-")
    )
    assert (ran.code, ran.out) == (0, "2 awards are suspended now, 1 were already\n")
    told = desk.run("suspend", "--list", listed, "--yes", "--json").json()
    assert [one["award"] for one in told["awards"]] == leaves
    assert not told["new"]


def test_a_list_with_a_fault_changes_nothing(desk):
    """The node's refusal names the place of each award that can't be changed."""
    leaf, before = issue(desk, "diploma.json"), desk.node.get("/v1/log")["size"]
    listed = desk.write("list", f"leaf\n{leaf}\n999999\n888888\n".encode())
    ran = desk.run("revoke", "--list", listed, "--yes")
    assert (ran.code, ran.out) == (1, "")
    assert "2 of 3 awards can't be changed, so none was" in ran.err
    assert "  awards[1]: no award of this node stands at leaf 999999" in ran.err
    assert desk.node.get("/v1/log")["size"] == before


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        pytest.param(b"", 3, "needs exactly one column", id="empty"),
        pytest.param(b"name\nAnna\n", 3, "needs exactly one column", id="no such column"),
        pytest.param(b"leaf,credential\n1,x\n", 3, "needs exactly one column", id="two columns"),
        pytest.param(b"leaf\n", 3, "names no award", id="a heading alone"),
        pytest.param(b"leaf\n1\n01\n-2\n\xc3\xa9\n", 1, "3 lines name no award", id="no leaves"),
        pytest.param(b"leaf,why\n1\n,x\n", 1, "line 3: '' is no leaf", id="a line without it"),
        pytest.param(b"file_sha256\nabc\n", 1, "'abc' is no file_sha256", id="no hash"),
        pytest.param(b'leaf\n"1\n', 3, "unexpected end", id="an open quote"),
        pytest.param(
            b'{"leaf":1}\n{"leaf":1,"credential":"x"}\n', 1, "line 2: has to hold exactly one", id="two names"
        ),
        pytest.param(b'{"leaf":1}\n{"leaf":\n', 1, "line 2: ", id="JSON cut short"),
        pytest.param(b'{"leaf":true}\n', 1, "is no leaf", id="a truth value"),
        pytest.param(b"\xff\xfe", 3, "is not UTF-8", id="another encoding"),
    ],
)
def test_a_list_that_names_no_awards_is_told_line_by_line(desk, content, code, said):
    """Before anything is sent."""
    ran = desk.run("suspend", "--list", desk.write("list", content), "--yes")
    assert (ran.code, ran.out) == (code, "")
    assert said in ran.err


def test_a_reference_stays_in_the_node(desk):
    """In no answer to a change and not in the log; `standing` tells it to the desk."""
    leaf = issue(desk, "diploma.json")
    ran = desk.run("suspend", "--leaf", leaf, "--reference", "EXAM-SECRET", "--json")
    assert ran.code == 0
    assert "EXAM-SECRET" not in ran.out
    told = desk.run("standing", "--document", "diploma.json")
    first, second = told.out.splitlines()
    assert first == f"the award at leaf {leaf} is suspended: the last status entered is 'suspended'"
    assert re.fullmatch(rf" +1  suspended   leaf {leaf + 1}  20\d\d-\d\d-\d\d, by test .+, EXAM-SECRET", second)
    assert desk.run("standing", "--leaf", 10**9).code == 1
    assert "EXAM-SECRET" not in json.dumps(desk.node.get(f"/v1/entries/{leaf + 1}"))
