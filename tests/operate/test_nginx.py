"""The nginx example before a real node: TLS, cache, the caller's address, and logs that name nobody."""

import asyncio
import datetime
import io
import ipaddress
import logging
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.conftest import ROOT
from tests.support.entries import bundle_of, sealed_entries
from tests.support.nodes import NodeUnderTest, make_config, node_running

EXAMPLE = ROOT / "docs/operate/nginx.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
CALLER = "127.9.8.7"
"""An address of this machine that is in another network than nginx's own."""

BEHIND_NGINX = 'trusted_proxies = ["127.0.0.1"]'
AROUND = """\
{user}
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/start.log;
events {{ }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/nostra.conf;
}}
"""

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A running nginx."""

    folder: Path
    port: int
    session: aiohttp.ClientSession

    async def get(self, path: str, headers: dict[str, str] | None = None) -> tuple[int, dict[str, str], bytes]:
        """Get a path over TLS, from CALLER's address."""
        async with self.session.get(f"https://127.0.0.1:{self.port}{path}", headers=headers) as answer:
            return answer.status, dict(answer.headers), await answer.read()

    def access_log(self) -> str:
        """Return the access log."""
        return (self.folder / "nostra.log").read_text()


def certificate(folder: Path) -> None:
    """Make a certificate of this test's own for 127.0.0.1."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    since = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(since)
        .not_valid_after(since + datetime.timedelta(days=36_500))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "privkey.pem").write_bytes(key.private_bytes(*form))


def example_for(folder: Path, *, upstream: str, port: int, plain_port: int) -> str:
    """Return the example with this machine's places and ports in it, each of which has to be found there."""
    text = EXAMPLE.read_text()
    for there, here in {
        "server 127.0.0.1:8640;": f"server {upstream};",
        "listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        "listen [::]:443 ssl;": "",
        "listen 80;": f"listen 127.0.0.1:{plain_port};",
        "listen [::]:80;": "",
        "/etc/ssl/nostra/": f"{folder}/",
        "/var/log/nginx/": f"{folder}/",
        "/var/cache/nginx/nostra": f"{folder}/cache",
    }.items():
        assert there in text
        text = text.replace(there, here)
    return text


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def prepare(folder: Path, upstream: str) -> tuple[list[str], int]:
    """Write all that nginx needs; return its command and its port."""
    folder.mkdir()
    certificate(folder)
    port = free_port()
    (folder / "nostra.conf").write_text(example_for(folder, upstream=upstream, port=port, plain_port=free_port()))
    user = "user root;" if os.geteuid() == 0 else ""  # pytest's folders let nobody else in
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
    return [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "start.log")], port


@asynccontextmanager
async def proxy_before(node: NodeUnderTest, folder: Path) -> AsyncIterator[Proxy]:
    """Run nginx with the example before a node."""
    command, port = prepare(folder, node.public_url.removeprefix("http://"))
    trust = ssl.create_default_context(cafile=folder / "fullchain.pem")
    process = await asyncio.create_subprocess_exec(*command)
    try:
        connector = aiohttp.TCPConnector(ssl=trust, local_addr=(CALLER, 0))
        async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
            await until_it_listens(port)
            yield Proxy(folder, port, session)
    finally:
        process.terminate()
        await process.wait()


async def until_it_listens(port: int) -> None:
    """Return once somebody listens there."""
    for _ in range(200):
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    pytest.fail("nginx did not start")


@pytest.fixture
async def behind_nginx(tmp_path: Path, dsn: str) -> AsyncIterator[tuple[NodeUnderTest, Proxy]]:
    """Give a node that holds 300 entries, and nginx before it."""
    config = make_config(tmp_path / "node", dsn, logs=("uni",), http=BEHIND_NGINX)
    async with node_running(config) as node, proxy_before(node, tmp_path / "nginx") as proxy:
        bundle = bundle_of(sealed_entries("behind nginx", 300))
        logged = await node.post("/v1/entries", bundle, headers={"Content-Type": "application/octet-stream"})
        assert logged.status == 201
        yield node, proxy


def test_nginx_takes_the_example(tmp_path):
    """`nginx -t` finds nothing wrong, and warns of nothing."""
    command, _ = prepare(tmp_path / "nginx", "127.0.0.1:8640")
    run = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    assert "[warn]" not in run.stderr


@pytest.mark.parametrize("path", ["/checkpoint", "/tile/0/000", "/tile/0/001.p/44", "/tile/entries/000", "/v1/log"])
async def test_the_log_is_served_as_the_node_serves_it(behind_nginx, path):
    """Checkpoint, tiles and bundles are the node's own bytes, packed or not, with the node's word on caching."""
    node, proxy = behind_nginx
    for packing in ({"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip"}):
        direct = await node.get(path, headers=packing)
        status, headers, body = await proxy.get(path, packing)
        assert (status, body) == (200, direct.body)
        assert headers.get("Cache-Control") == direct.headers.get("Cache-Control")
        assert headers.get("Content-Encoding") == direct.headers.get("Content-Encoding")
        assert headers["Strict-Transport-Security"]


async def test_tiles_come_from_the_cache_and_checkpoints_never(tmp_path, dsn):
    """Once the node has stopped, a tile that was asked for is still there; a checkpoint is not, nor is a 404."""
    config = make_config(tmp_path / "node", dsn, logs=("uni",), http=BEHIND_NGINX)
    async with AsyncExitStack() as stack:
        async with node_running(config) as node:
            entries = bundle_of(sealed_entries("cached", 256))
            await node.post("/v1/entries", entries, headers={"Content-Type": "application/octet-stream"})
            proxy = await stack.enter_async_context(proxy_before(node, tmp_path / "nginx"))
            before = [await proxy.get(path) for path in ("/tile/0/000", "/checkpoint", "/tile/0/777")]
        after = [await proxy.get(path) for path in ("/tile/0/000", "/checkpoint", "/tile/0/777")]
    assert [status for status, _, _ in before] == [200, 200, 404]
    assert [status for status, _, _ in after] == [200, 502, 502]
    assert after[0][2] == before[0][2]


async def test_nothing_internal_is_reached(behind_nginx):
    """Writes and metrics are not there for the public."""
    _, proxy = behind_nginx
    assert (await proxy.get("/metrics"))[0] == 404
    async with proxy.session.post(f"https://127.0.0.1:{proxy.port}/v1/entries", data=b"{}") as answer:
        assert answer.status == 404


async def test_a_body_that_is_too_large_is_refused(behind_nginx):
    """Nginx refuses what the node would refuse."""
    _, proxy = behind_nginx
    async with proxy.session.post(f"https://127.0.0.1:{proxy.port}/v1/log", data=io.BytesIO(bytes(9 << 20))) as answer:
        assert answer.status == 413


async def test_the_node_sees_the_caller_whatever_it_says_of_itself(behind_nginx, caplog):
    """The network in the node's access log is the caller's, though the caller claims another address."""
    _, proxy = behind_nginx
    with caplog.at_level(logging.DEBUG, logger="nostra"):
        await proxy.get("/health/live", {"X-Forwarded-For": "203.0.113.9"})
    seen = [record.fields["network"] for record in caplog.records if record.getMessage() == "request_answered"]
    assert seen == ["127.9.8.0/24"]


async def test_nginx_logs_neither_questions_nor_addresses(behind_nginx):
    """The access log has the caller's network and the path, no query and no address."""
    _, proxy = behind_nginx
    await proxy.get("/v1/recognition?scheme=schac&value=example.org&code=MR-101")
    words = await until_logged(proxy, "/v1/recognition")
    assert "127.9.8.0/24 GET /v1/recognition " in words
    assert not any(secret in words for secret in ("MR-101", "?", CALLER))


async def until_logged(proxy: Proxy, path: str) -> str:
    """Return the access log once it names a path: nginx writes it after the answer."""
    for _ in range(100):
        if path in (words := proxy.access_log()):
            return words
        await asyncio.sleep(0.02)
    return proxy.access_log()
