"""A Go program that knows only the page of the index builds the same roots and decides every answer as we do."""

import base64
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from protocol.encoding.wire import b64, b64url
from protocol.log.index_answer import IndexAnswer
from protocol.log.index_note import index_hash
from protocol.log.trie import Trie, leaves_value
from tests.conftest import ROOT
from tests.support.examples import seed
from tests.support.tries import false_absences, flipped, key_with

VECTORS = ROOT / "tests/vectors/index"
LOG_ROOT, SIZE, RUN_SECONDS = seed("log root"), 5_000, 120


@pytest.fixture(scope="session")
def decided(go_index):
    """Return the program as a function from jobs to what came of them."""

    def run(jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
        done = subprocess.run([go_index], input=json.dumps(jobs).encode(), capture_output=True, timeout=RUN_SECONDS)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


def golden(pattern: str) -> dict[str, Any]:
    """Return golden files by name."""
    return {path.stem: json.loads(Path(path).read_text()) for path in sorted(VECTORS.glob(pattern))}


def test_go_builds_the_golden_maps(decided):
    """Root of the trie, and the hash that an index note states."""
    cases = golden("map-*.json")
    jobs = [{name: case[name] for name in ("map", "size", "log_root")} for case in cases.values()]

    found = dict(zip(cases, decided(jobs), strict=True))

    assert found == {name: {part: case["gives"][part] for part in ("root", "hash")} for name, case in cases.items()}
    assert len(cases) >= 7


def test_go_decides_the_golden_answers(decided):
    """Those of the maps, and those by themselves, of which most must fail."""
    cases = {name: case for name, case in golden("answer-*.json").items() if case.get("error") != "MalformedError"}
    jobs = [
        {"answer": IndexAnswer.parse(_input(case)).plain(), "size": case["size"], "trie_root": case["trie_root"]}
        for case in cases.values()
    ]
    within = [
        {"answer": answer, "size": case["size"], "trie_root": case["gives"]["root"]}
        for case in golden("map-*.json").values()
        for answer in case["gives"]["answers"]
    ]

    by_themselves = dict(zip(cases, decided(jobs), strict=True))

    assert {name for name, one in by_themselves.items() if "error" in one} == {n for n in cases if "error" in cases[n]}
    assert [one for one in decided(within) if "error" in one] == []
    assert (len(cases) >= 45, len(within) >= 90) == (True, True)


def _input(case: dict[str, Any]) -> bytes:
    return base64.b64decode(case["input"])


def test_go_and_we_agree_on_any_map(decided):
    """Random keys and keys with long shared prefixes: roots, answers, and each answer with one thing changed."""
    chance = random.Random(6)
    jobs, expected = [], []
    for count in (0, 1, 2, 3, 10, 100, 1_000):
        index = {_a_key(chance): tuple(sorted(chance.sample(range(SIZE), chance.randint(1, 3)))) for _ in range(count)}
        trie = Trie.of((key, leaves_value(leaves)) for key, leaves in index.items())
        rows = [{"key": b64url(key), "leaves": list(leaves)} for key, leaves in index.items()]
        jobs.append({"log_root": b64(LOG_ROOT), "map": rows, "size": SIZE})
        expected.append({"root": b64(trie.root), "hash": b64(index_hash(SIZE, LOG_ROOT, trie.root))})
        for answer, good in _answers(index, trie, chance):
            jobs.append({"answer": answer.plain(), "size": SIZE, "trie_root": b64(trie.root)})
            expected.append({"root": b64(trie.root)} if good else {})

    found = [{name: one[name] for name in one if name != "error"} for one in decided(jobs)]

    assert found == expected
    assert sum(not one for one in expected) > 200


def _a_key(chance: random.Random) -> bytes:
    return chance.choice((chance.randbytes(32), key_with(*(chance.randrange(256) for _ in range(3)))))


def _answers(index: dict[bytes, tuple[int, ...]], trie: Trie, chance: random.Random):
    """Give answers, and whether they are right: on keys that are there, on neighbours, and wrong ones on both."""
    for key in chance.sample(sorted(index), min(len(index), 20)):
        yield IndexAnswer(key, index[key], trie.prove(key)), True
        yield IndexAnswer(key, (*index[key], SIZE), trie.prove(key)), False
        yield IndexAnswer(flipped(key, 255), index[key], trie.prove(key)), False
        for proof in false_absences(key, leaves_value(index[key]), trie):
            yield IndexAnswer(key, (), proof), False
    for _ in range(20):
        key = _a_key(chance)
        yield IndexAnswer(key, index.get(key, ()), trie.prove(key)), True
