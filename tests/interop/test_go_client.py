"""A client of the Go checksum database's libraries reads our log and agrees with everything in it.

The client shares no code with us, so what it accepts is C2SP and RFC 6962; the cases in which it must refuse show that
it looks.
"""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from protocol.encoding.keys import Signer
from protocol.encoding.wire import b64
from protocol.log.checkpoint import Checkpoint, sign_checkpoint
from protocol.log.merkle import leaf_hash, root_of
from tests.support.static_log import StaticLog, numbered_entries

ORIGIN = "ledger.example.org/nostra"


@pytest.fixture
async def site(tmp_path):
    """A log published as files and the address at which it is served."""
    log = StaticLog(tmp_path, ORIGIN)
    app = web.Application()
    app.router.add_static("/", tmp_path)
    async with TestServer(app) as server:
        yield log, str(server.make_url("/"))


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 70_000])
async def test_a_log_of_any_size_is_verified_whole(site, go_client, size):
    """Checkpoint, tiles and every entry verify, and the root that Go finds from the entries alone is ours."""
    log, address = site
    if size:
        log.append(list(numbered_entries(0, size)))

    code, report = await go_client("-key", log.verifier_key, address)

    assert (code, report["ok"]) == (0, True), report
    assert report["root"] == b64(root_of([leaf_hash(entry) for entry in log.entries]))
    assert report["root_recomputed"]
    assert (report["origin"], report["size"], report["entries_included"]) == (ORIGIN, size, size)
    assert report["entry_bytes"] == sum(map(len, log.entries))


@pytest.mark.parametrize(("old_size", "size"), [(0, 1), (1, 2), (2, 255), (255, 256), (256, 257), (257, 70_000)])
async def test_a_log_that_grows_stays_consistent(site, go_client, tmp_path_factory, old_size, size):
    """The checkpoint that the client kept is consistent with the one it reads later."""
    log, address = site
    kept = tmp_path_factory.mktemp("client") / "checkpoint"
    if old_size:
        log.append(list(numbered_entries(0, old_size)))
    await go_client("-key", log.verifier_key, "-save", kept, address)
    log.append(list(numbered_entries(old_size, size)))

    code, report = await go_client("-key", log.verifier_key, "-earlier", kept, address)

    assert (code, report["consistent_from"], report["size"]) == (0, old_size, size), report


async def test_another_history_is_refused(site, go_client, tmp_path_factory):
    """A checkpoint of other entries under the same key is not one that this log extends."""
    log, address = site
    other = StaticLog(tmp_path_factory.mktemp("other"), ORIGIN)
    other.append(list(numbered_entries(1, 100)))
    log.append(list(numbered_entries(0, 300)))

    code, report = await go_client("-key", log.verifier_key, "-earlier", other.folder / "checkpoint", address)

    assert code == 1
    assert "consistency" in report["error"]


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("checkpoint", "checkpoint"),
        ("tile/0/000", "entry 1: invalid transparency proof"),
        ("tile/0/001.p/44", "root"),
        ("tile/1/000.p/1", "root"),
        ("tile/entries/000", "entry 0"),
        ("tile/entries/001.p/44", "tile/entries/001.p/44"),
    ],
)
async def test_a_flipped_bit_is_seen(site, go_client, path, error):
    """One bit turned over in any file of the log is found, and the report says where."""
    log, address = site
    log.append([b"entry %d" % leaf for leaf in range(300)])
    file = log.folder / path
    data = bytearray(file.read_bytes())
    data[2 if path == "tile/entries/000" else 0] ^= 1
    file.write_bytes(data)

    code, report = await go_client("-key", log.verifier_key, address)

    assert code == 1
    assert error in report["error"]


async def test_a_checkpoint_of_another_key_is_refused(site, go_client):
    """The log's name does not make its key: a checkpoint that another key signed is refused."""
    log, address = site
    stranger = Signer(ORIGIN, bytes(32))
    empty = Checkpoint(ORIGIN, 0, root_of([]))
    (log.folder / "checkpoint").write_bytes(sign_checkpoint(empty, stranger))

    code, report = await go_client("-key", log.verifier_key, address)

    assert code == 1
    assert "checkpoint" in report["error"]
