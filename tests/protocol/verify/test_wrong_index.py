"""What the report on evidence of a wrong index tells."""

import pytest

from protocol.documents.evidence import evidence_id
from protocol.encoding.wire import b64, b64url
from protocol.log.index_note import index_key
from protocol.verify.kinds import verify_file
from protocol.verify.trust import Trust
from tests.support.examples import LOG, ORIGIN, POLICY
from tests.vectors.wrong_index import (
    BOTH_KEYS,
    HIDDEN,
    MISPLACED,
    OMITTED,
    OTHER_ROOT,
    REFUSED,
    ROOT,
    SIZE,
    SUCCESSOR,
    TAG,
    TREE,
    VERIFIED,
    trie_of,
)

TRUST = Trust(POLICY, "from the policy ours.policy")


def test_a_report_tells_what_was_signed_and_what_is_missing():
    """Both notes with the keys that signed them, the entry's place, and the key under which it isn't listed."""
    report = verify_file(OMITTED.render(), TRUST)

    assert [(step.name, step.result) for step in report.steps] == [
        ("readable", "yes"), ("signed", "yes"), ("index", "yes"), ("conflict", "yes"), ("cause", "not checked"),
    ]  # fmt: skip
    assert report.facts == {
        "fault": "omitted",
        "id": evidence_id(OMITTED.render()),
        "index": {
            "keys": [index_key(LOG.verifier).render()],
            "log_root": b64(ROOT),
            "trie_root": b64(trie_of(HIDDEN).root),
        },
        "key": b64url(TAG),
        "keys": [LOG.verifier.render()],
        "leaf": 3,
        "origin": ORIGIN,
        "root": b64(ROOT),
        "size": SIZE,
    }


@pytest.mark.parametrize(
    ("evidence", "told"),
    [
        (OMITTED, "leaves out an entry"),
        (MISPLACED, "where it doesn't belong"),
        (TREE, "not of the tree that the log signed"),
    ],
    ids=["omitted", "misplaced", "another tree"],
)
def test_each_fault_has_its_words(evidence, told):
    """In a sentence for people."""
    assert told in verify_file(evidence.render(), TRUST).steps[3].text


def test_another_tree_is_shown_by_its_root():
    """No entry is needed, so none is told of."""
    facts = verify_file(TREE.render(), TRUST).facts
    assert (facts["root"], facts["index"]["log_root"]) == (b64(ROOT), b64(OTHER_ROOT))
    assert not {"key", "leaf"} & set(facts)


def test_each_note_is_laid_at_the_key_that_signed_it():
    """Where a log has two keys, the reader sees which one signed the index."""
    report = verify_file(VERIFIED["two-keys"][1], Trust(BOTH_KEYS, "given"))
    assert report.facts["keys"] == [LOG.verifier.render()]
    assert report.facts["index"]["keys"] == [index_key(SUCCESSOR.verifier).render()]


@pytest.mark.parametrize("name", [name for name, case in REFUSED.items() if case[3] == "conflict"])
def test_no_accusation_passes_a_fact_on(name):
    """A failed proof leaves nothing behind that a page could show as found."""
    report = verify_file(REFUSED[name][1], TRUST)
    assert (report.verdict, report.facts) == ("refused", {})
    assert "this is no evidence" in report.steps[3].text
