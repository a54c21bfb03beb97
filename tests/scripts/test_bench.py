"""The benchmark measures what it says: the generator counts, samples and refuses; ratios are paired by round."""

import json

import pytest

from protocol.encoding.canonical import decode
from protocol.gossip.add_checkpoint import AddCheckpoint
from protocol.gossip.witness import State, check_update
from protocol.log.checkpoint import verify_signed
from protocol.log.tile import parse_bundle
from scripts.benchmarks.bare import bare_server
from scripts.benchmarks.generator import MeasurementError, drive
from scripts.benchmarks.load.checkpoints import STEP, log_signer
from scripts.benchmarks.load.jobs import Job, requests_of, streams_of
from scripts.benchmarks.report import COLUMNS, Bar, Row, compared, held, table, write_json
from scripts.benchmarks.rounds import alternate
from scripts.benchmarks.sealed import bundles, sealed_entry


@pytest.fixture(scope="module")
def bare_port():
    """A server that answers every post with 300 bytes."""
    with bare_server(300) as port:
        yield port


@pytest.mark.parametrize(("kind", "batch", "clients"), [("single", 1, 1), ("single", 1, 8), ("bulk", 50, 4)])
def test_the_generator_counts_every_answer_and_keeps_a_sample(bare_port, kind, batch, clients):
    """Every request gets one answer, and the kept ones say what was asked and what came back."""
    outcome = drive(Job(kind, bare_port, 200, clients, "/v1/entries", batch=batch, keep=5))

    assert (outcome.answers, outcome.answer_bytes, len(outcome.sample)) == (200, 300, 5)
    assert 0 < outcome.p50_ms <= outcome.p99_ms
    asked, answer = outcome.sample[0]
    entries = parse_bundle(asked.encode("latin-1")) if kind == "bulk" else [asked.encode()]
    assert [decode(entry)["kind"] for entry in entries] == ["sealed"] * batch
    assert answer == "x" * 300


def test_checkpoints_of_a_log_go_out_in_order_and_each_extends_the_one_before():
    """A witness would cosign every request of a client, from the size given, run after run."""
    known: dict[str, State] = {}
    for size in (0, 5 * STEP):
        job = Job("checkpoints", 0, 15, 3, "/witness/add-checkpoint", size=size)
        asked = [body for _, body in requests_of(job)]
        for number, stream in enumerate(streams_of(job, asked)):
            for _, body in stream:
                request = AddCheckpoint.parse(body)
                checkpoint, note = request.stated()
                verify_signed(checkpoint, note, [log_signer(number).verifier])
                check_update(request, checkpoint, known.get(checkpoint.origin))
                known[checkpoint.origin] = State(checkpoint.size, checkpoint.root)
    assert [state.size for state in known.values()] == [10 * STEP] * 3


def test_a_refused_answer_makes_the_figure_void(bare_port):
    """A run in which the server answered anything but the status asked for is no measurement."""
    with pytest.raises(MeasurementError, match="10 refused, the first: 405"):
        drive(Job("proofs", bare_port, 10, 1, "/v1/entries", status=200, size=5))


def test_bundles_hold_as_many_unique_entries_as_asked():
    """The last bundle is the shorter one, and no entry stands twice."""
    made = [parse_bundle(bundle) for bundle in bundles(1_050, 500)]

    assert [len(entries) for entries in made] == [500, 500, 50]
    assert len({entry for entries in made for entry in entries}) == 1_050
    assert len(sealed_entry()) == 190


def test_the_ratio_is_the_median_of_the_rounds_ratios():
    """A slow minute that halves both sides leaves the ratio as it is."""
    ours, peer = iter([200, 100, 50, 200, 400]), iter([100, 50, 25, 100, 200])

    found = alternate(lambda: next(ours), lambda: next(peer), lambda _: None)

    assert (found.ours, found.peer, found.ratio) == (200, 100, 2)


@pytest.mark.parametrize(
    ("row", "met"),
    [
        (held("rate", 5_000, "1/s", Bar(5_000)), True),
        (held("rate", 4_999, "1/s", Bar(5_000)), False),
        (held("time", 1.5, "ms", Bar(1.5, below=True)), True),
        (held("time", 1.6, "ms", Bar(1.5, below=True)), False),
        (compared("rate", 9, "1/s", Bar(1.2, of="ratio"), peer=10, ratio=0.9), False),
        (compared("rate", 9, "1/s", Bar(1.2, of="ratio"), peer=None, ratio=None), None),
    ],
)
def test_a_bar_is_met_or_not_or_not_asked(row, met):
    """Bars hold from above and from below, and against a ratio only where there is a peer."""
    assert row.met is met


def test_what_is_written_is_what_is_printed(tmp_path):
    """The JSON file has the machine, the versions and each row under the table's own columns."""
    row = Row("bulk", 123_456.7, "entries/s", peer=100_000.0, ratio=1.23, bar="ratio ≥ 1.20", met=True, durable=True)
    write_json(tmp_path / "out.json", {"cores": 2}, {"nostra": "1"}, [row])

    written = json.loads((tmp_path / "out.json").read_text())

    assert list(written["rows"][0]) == list(COLUMNS)
    assert (written["machine"], written["versions"]) == ({"cores": 2}, {"nostra": "1"})
    assert table([row]).splitlines()[-1].split() == [
        "bulk", "123,457", "entries/s", "100,000", "1.23", "ratio", "≥", "1.20", "yes", "yes",
    ]  # fmt: skip
