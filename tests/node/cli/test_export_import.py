"""A log goes out into one file, and comes back whole or not at all."""

import asyncio
import hashlib
import tarfile

import asyncpg
import pytest

from node.cli import main
from node.errors import FatalError
from node.gossip.mirror.intake import Intake
from node.log import follow
from protocol.encoding.keys import Signer
from tests.support.entries import an_achievement_entry, sealed_entries
from tests.support.foreign_entries import NOT_UNDERSTOOD, a_rule_with_texts
from tests.support.lying_log import answering, served
from tests.support.nodes import make_config
from tests.support.static_log import StaticLog
from tests.support.stored_log import read_stored_log

ORIGIN = "partner.example/log"
RULE, COMMITMENT, TEXTS = a_rule_with_texts()
ENTRIES = [*sealed_entries("exported", 600), RULE, *NOT_UNDERSTOOD, an_achievement_entry("AB-1")]
PARTNER = """
[[partner]]
name = "partner"
origin = "{origin}"
verifier_key = "{key}"
url = "{url}"
"""


class Place:
    """A configured node's database, on which commands work."""

    def __init__(self, folder, dsn, monkeypatch, *, more="", logs=("uni",)):
        make_config(folder, dsn, logs=logs, more=more)
        self.dsn = dsn
        self.config = folder / "nostra.toml"
        self._monkeypatch = monkeypatch

    def run(self, *arguments):
        """Run a command and return its exit code."""
        self._monkeypatch.setenv("DATABASE_URL", self.dsn)
        return main([*map(str, arguments), "--config", str(self.config)])

    def sql(self, statement):
        """Change the database behind the node's back."""

        async def execute():
            session = await asyncpg.connect(self.dsn)
            await session.execute(statement)
            await session.close()

        asyncio.run(execute())

    def stored(self, origin=ORIGIN):
        """Return all rows of a log."""

        async def read():
            session = await asyncpg.connect(self.dsn)
            try:
                return await read_stored_log(session, origin)
            finally:
                await session.close()

        return asyncio.run(read())


@pytest.fixture
def dsns(database_server):
    """Give the addresses of two empty databases."""
    names = [database_server.create() for _ in range(2)]
    yield [database_server.dsn_of(name) for name in names]
    for name in names:
        database_server.drop(name)


@pytest.fixture
def places(tmp_path, dsns, monkeypatch):
    """Give a node that mirrors a partner's log of all sorts, and one that knows the partner and holds nothing."""
    (tmp_path / "log").mkdir()
    log = StaticLog(tmp_path / "log", ORIGIN)
    log.append(ENTRIES)
    with served(log.folder) as server:
        server.lies[f"texts/{COMMITMENT}"] = answering(TEXTS)
        more = PARTNER.format(origin=ORIGIN, key=log.verifier_key, url=server.url)
        one = Place(tmp_path / "one", dsns[0], monkeypatch, more=more)
        assert one.run("partner", "refresh") == 0
    return one, Place(tmp_path / "two", dsns[1], monkeypatch, more=more)


@pytest.fixture
def exported(places, tmp_path):
    """Give the export of the mirrored log."""
    file = tmp_path / "export.tar"
    assert places[0].run("export", file, "--origin", ORIGIN) == 0
    return file


def rows(log):
    """Return what must be the same in both places."""
    head = {name: value for name, value in log.head.items() if name not in ("log_id", "epoch")}
    return head, log.entries, log.tiles, sorted(log.tags), log.clear


def test_a_mirror_goes_out_and_comes_back_whole(places, exported, capsys):
    """Every entry, tile, look-up and note is the same in the other database."""
    one, two = places
    assert two.run("import", exported) == 0
    assert f"{len(ENTRIES)} entries of {ORIGIN}" in capsys.readouterr().out
    assert rows(two.stored()) == rows(one.stored())
    assert two.run("check", "--origin", ORIGIN) == 0


def test_an_export_is_the_same_bytes_each_time(places, exported, tmp_path):
    """The same log at the same size gives the same file."""
    again = tmp_path / "again.tar"
    assert places[0].run("export", again, "--origin", ORIGIN) == 0
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(exported.read_bytes()).digest()


def test_an_unpacked_export_is_a_log_that_can_be_audited(exported, tmp_path, places):
    """Any web server serves it again."""
    with tarfile.open(exported) as tar:
        # Python before 3.11.4 knows no filters, and from 3.12 on it asks for one.
        chosen = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
        tar.extractall(tmp_path / "unpacked", **chosen)
    with served(tmp_path / "unpacked") as server:
        assert places[1].run("audit", server.url) == 0
    assert (tmp_path / "unpacked/texts" / COMMITMENT).read_bytes() == TEXTS


def cut_short(monkeypatch, steps):
    """Let an import end after some steps of 256 entries, as if it were killed."""
    stored = Intake._write
    done = []

    async def write(self, step, target, *, public):
        if len(done) == steps:
            raise FatalError("cut short")
        done.append(step)
        return await stored(self, step, target, public=public)

    monkeypatch.setattr(follow, "STEP_ENTRIES", 256)
    monkeypatch.setattr(Intake, "_write", write)


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_an_import_that_was_cut_short_goes_on(places, exported, monkeypatch, steps):
    """Killed after any step, what is here is verified, and the same command ends what it began."""
    one, two = places
    with monkeypatch.context() as patch:
        cut_short(patch, steps)
        assert two.run("import", exported) == 1
    half = two.stored()
    assert (half.entries, half.head["released_size"]) == (ENTRIES[: steps * 256], None)
    assert two.run("check", "--origin", ORIGIN) == 0
    assert two.run("import", exported) == 0
    assert rows(two.stored()) == rows(one.stored())


def test_texts_that_were_taken_down_stay_so(places, tmp_path):
    """The file names them, and holds them no more."""
    one, two = places
    one.sql("UPDATE texts SET document = NULL, taken_down = true")
    file = tmp_path / "later.tar"
    assert one.run("export", file, "--origin", ORIGIN) == 0
    assert TEXTS not in file.read_bytes()
    assert two.run("import", file) == 0

    async def read():
        session = await asyncpg.connect(two.dsn)
        try:
            return await session.fetch("SELECT document, taken_down FROM texts")
        finally:
            await session.close()

    assert [tuple(row) for row in asyncio.run(read())] == [(None, True)]


def change(file, old, new):
    """Replace bytes in a file."""
    data = file.read_bytes()
    assert old in data
    file.write_bytes(data.replace(old, new, 1))


SPOILT = [
    ("an entry", ENTRIES[300], ENTRIES[300][:-20] + b"x" + ENTRIES[300][-19:], 1, "not those it signed"),
    ("a member's name", b"tile/0/001", b"tile/z/001", 3, "no member of an export"),
    ("a member twice", b"tile/0/001", b"tile/0/000", 3, "in it twice"),
    ("a name outside", b"tile/0/001", b"../../etc/", 3, "no member of an export"),
    ("the manifest", b"nostra/export", b"nostra/expert", 3, "no export of a log"),
]


def reseal(file):
    """Mend the checksums of the headers, as somebody would who means it."""
    data = bytearray(file.read_bytes())
    at = 0
    while data[at] and at < len(data):
        header = data[at : at + 512]
        header[148:156] = b" " * 8
        data[at + 148 : at + 156] = b"%06o\0 " % sum(header)
        at += 512 + -(-int(header[124:135], 8) // 512) * 512
    file.write_bytes(data)


@pytest.mark.parametrize(
    ("old", "new", "code", "says"), [case[1:] for case in SPOILT], ids=[case[0] for case in SPOILT]
)
def test_a_spoilt_export_is_refused_and_nothing_is_stored(places, exported, capsys, old, new, code, says):
    """Each with its clear error."""
    change(exported, old, new)
    reseal(exported)
    capsys.readouterr()
    assert places[1].run("import", exported) == code
    assert says in capsys.readouterr().err
    if code == 1:
        assert places[1].stored().entries == []


@pytest.mark.parametrize("data", [b"", b"not a tar", bytes(10240)], ids=["empty", "noise", "an empty tar"])
def test_what_is_no_export_is_unreadable(places, tmp_path, capsys, data):
    """Exit code 3, one line."""
    file = tmp_path / "file"
    file.write_bytes(data)
    assert places[1].run("import", file) == 3
    assert capsys.readouterr().err.startswith("nostra import: ")


def test_a_cut_export_is_refused(places, exported, capsys):
    """A file that lost its end isn't half a log."""
    exported.write_bytes(exported.read_bytes()[:100_000])
    assert places[1].run("import", exported) in (1, 3)
    assert capsys.readouterr().err.startswith("nostra import: ")


def test_an_export_of_another_history_is_refused(places, tmp_path, monkeypatch, dsn, capsys):
    """Where a mirror stands, another tree of the same key is a split view, and told as such."""
    (tmp_path / "fork").mkdir()
    fork = StaticLog(tmp_path / "fork", ORIGIN)
    fork.append(sealed_entries("forked", 700))
    with served(fork.folder) as server:
        more = PARTNER.format(origin=ORIGIN, key=fork.verifier_key, url=server.url)
        other = Place(tmp_path / "other", dsn, monkeypatch, more=more)
        assert other.run("partner", "refresh") == 0
    assert other.run("export", tmp_path / "fork.tar", "--origin", ORIGIN) == 0
    before = rows(places[0].stored())
    assert places[0].run("import", tmp_path / "fork.tar") == 1
    assert "two histories" in capsys.readouterr().err
    assert rows(places[0].stored()) == before


def test_a_log_that_nobody_configured_is_refused(exported, tmp_path, dsn, monkeypatch, capsys):
    """A key in the file proves nothing."""
    place = Place(tmp_path / "stranger", dsn, monkeypatch)
    assert place.run("import", exported) == 1
    assert f"knows no log {ORIGIN}" in capsys.readouterr().err


def test_another_key_in_the_configuration_is_refused(exported, tmp_path, dsn, monkeypatch, capsys):
    """The file is verified by the key that is configured."""
    key = Signer(ORIGIN, b"\7" * 32).verifier.render()
    place = Place(tmp_path / "other", dsn, monkeypatch, more=PARTNER.format(origin=ORIGIN, key=key, url="http://x"))
    assert place.run("import", exported) == 1
    assert "is not accepted" in capsys.readouterr().err


def test_an_export_never_overwrites_a_file(places, exported, capsys):
    """A backup is not lost by a second one."""
    assert places[0].run("export", exported, "--origin", ORIGIN) == 1
    assert "is there already" in capsys.readouterr().err


def test_an_export_of_a_damaged_log_is_not_written(places, tmp_path, capsys):
    """What doesn't verify gets no name."""
    places[0].sql("UPDATE bundles SET data = set_byte(data, 99, 1 # get_byte(data, 99)) WHERE index = 1")
    assert places[0].run("export", tmp_path / "bad.tar", "--origin", ORIGIN) == 1
    assert "nostra check" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if "bad" in path.name] == []


@pytest.fixture
def own(tmp_path, dsns, monkeypatch):
    """Give a node with a log of its own of 700 entries, and the folder of its keys."""
    place = Place(tmp_path / "own", dsns[0], monkeypatch)
    origin = "uni.example.org/nostra"

    async def fill():
        from node.clock import Clock
        from node.config import load
        from node.log.admit import admit_bundle
        from node.log.submission import Submission
        from node.runtime.database import open_database
        from node.runtime.logs import open_logs
        from tests.support.entries import bundle_of

        config = load(place.config, {"DATABASE_URL": place.dsn})
        async with open_database(config) as opened:
            sequencer = (await open_logs(config, opened.database, Clock()))["uni"].sequencer
            running = asyncio.create_task(sequencer.run())
            bundle = bundle_of(sealed_entries("own", 700))
            await sequencer.submit(Submission(admit_bundle(bundle, origin=origin), request_key="all"))
            await asyncio.sleep(0.6)  # the release is written down when the log rests
            sequencer.stop()
            await running

    asyncio.run(fill())
    return place, origin


@pytest.fixture
def restored(own, tmp_path, dsns, monkeypatch):
    """Give an empty node with the same key, and the export of the log."""
    one, _ = own
    file = tmp_path / "own.tar"
    assert one.run("export", file) == 0
    two = Place(tmp_path / "new", dsns[1], monkeypatch)
    (two.config.parent / "keys/uni.key").write_bytes((one.config.parent / "keys/uni.key").read_bytes())
    return two, file


def test_our_own_log_comes_back_as_ours(own, restored, capsys):
    """With its key in place it can be written again, once the operator says that a restore is meant."""
    (one, origin), (two, file) = own, restored
    assert two.run("import", file) == 0
    assert rows(two.stored(origin)) == rows(one.stored(origin))
    assert two.stored(origin).head["own"]
    assert two.run("check") == 0
    capsys.readouterr()
    assert two.run("import", file) == 1
    assert "holds our log" in capsys.readouterr().err
    assert two.run("serve") == 1
    assert "restore" in capsys.readouterr().err


def test_half_a_log_of_ours_is_never_signed_upon(own, restored, monkeypatch, capsys):
    """Until the last step is in, the log isn't ours, and a node that is started says so."""
    two, file = restored
    with monkeypatch.context() as patch:
        cut_short(patch, 1)
        assert two.run("import", file) == 1
    capsys.readouterr()
    assert two.run("serve", "--accept-restore") == 1
    assert "follows a partner's log under the origin" in capsys.readouterr().err
    assert two.run("import", file) == 0
    assert two.stored(own[1]).head["own"]
