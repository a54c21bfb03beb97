"""docker-compose.yml: three nodes, each on a PostgreSQL of its own, with commands and variables that exist."""

import contextlib
import io
import re
import shlex
import shutil
import subprocess

import pytest
import yaml

from node.cli import make_parser
from node.config import problems
from node.http.app import routes_of
from tests.conftest import ROOT

COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
NODES = [name for name in SERVICES if f"{name}-db" in SERVICES]


def environment(name: str) -> dict[str, str]:
    """Return a service's variables, with the defaults of what the outside may set."""
    return {key: re.sub(r"\$\{\w+:-(\w+)\}", r"\1", str(value)) for key, value in SERVICES[name]["environment"].items()}


def script(name: str) -> str:
    """Return what a node's shell runs, its variables filled in."""
    text = SERVICES[name]["command"][2].replace("$$", "$")
    return re.sub(r"\$([A-Z_]+)", lambda match: environment(name)[match[1]], text)


def is_taken(line: str) -> bool:
    """Return whether the program takes a command line; a question for help is one."""
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            make_parser().parse_args(shlex.split(line))
    except SystemExit as end:
        return end.code == 0
    return True


def test_there_are_three_nodes_each_with_its_own_database():
    """Three nodes, three databases, and no address, password variable or volume in common."""
    assert len(NODES) == 3
    for name in NODES:
        database = SERVICES[f"{name}-db"]
        assert f"@{name}-db/" in environment(name)["DATABASE_URL"]
        assert environment(f"{name}-db")["POSTGRES_PASSWORD"] in environment(name)["DATABASE_URL"]
        assert f"{name}-db" in SERVICES[name]["depends_on"]
        assert set(database["networks"]) & set(SERVICES[name]["networks"]) == {f"{name}-inside"}
    for what in ("ORIGIN", "SCHAC", "INSTITUTION", "DATABASE_URL"):
        assert len({environment(name)[what] for name in NODES}) == 3
    ports = [port for name in NODES for port in SERVICES[name]["ports"]]
    assert len(set(ports)) == 6
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("name", NODES)
def test_its_commands_are_ones_that_the_program_takes(name):
    """Each `python -m node …` of the script is taken, with its options."""
    lines = re.findall(r"python -m node ([^;|]+)", script(name))
    assert [line.split()[0] for line in lines] == ["init", "serve"]
    for line in lines:
        assert is_taken(line), line


def test_the_commands_that_its_comments_name_are_taken():
    """What the head of the file tells people to type exists."""
    named = re.findall(r"python -m node ([a-z].*)$", (ROOT / "docker-compose.yml").read_text(), re.MULTILINE)
    typed = [line for line in named if line.startswith(("token", "partner"))]
    assert typed
    for line in typed:
        assert is_taken(line), line


@pytest.mark.parametrize("name", NODES)
def test_its_variables_are_known(name):
    """No variable that looks like a setting of ours is unknown or wrong."""
    ours = {key: value for key, value in environment(name).items() if key.startswith(("NOSTRA_", "DATABASE_"))}
    del ours["NOSTRA_CONFIG"]  # the file that the node makes
    assert problems(None, ours) == []


def test_what_it_mounts_and_waits_for_is_there():
    """Volumes and networks are declared, mounted files are in the repository, the health check asks a route."""
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source == "." or source in COMPOSE["volumes"]
        assert set(service.get("networks", [])) <= set(COMPOSE["networks"])
    (file,) = re.findall(r"-r /source/(\S+)", SERVICES["install"]["command"])
    assert (ROOT / file).is_file()
    (path,) = set(re.findall(r"127\.0\.0\.1:8640(/[a-z/]+)'", str(COMPOSE["x-node"]["healthcheck"])))
    assert path in {route.path for route in routes_of("public")}


def test_docker_reads_it():
    """`docker compose config` takes the file, where Docker and its compose are to be had."""
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        pytest.skip("no docker compose here")
    run = subprocess.run(
        [docker, "compose", "config", "--quiet"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
