"""`nostra demo`: three universities: an award, its recognition elsewhere, a verdict, a lost disk, a liar caught.

With `--once` it ends by itself; without, the nodes stay up for one's own tries until Ctrl-C.
"""

import argparse
import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from node.cli.demo.scene import Scene
    from node.client import Bounds

NAME: Final = "demo"
HELP: Final = "show it all: an award, its recognition elsewhere, a lost disk, a liar caught; three nodes"

FIRST_PORT: Final = 8640
LAST_FIRST_PORT: Final = 65_000

PATIENCE: Final = 90
"""Seconds for one request."""

POLICY_FILE: Final = "tampere.policy"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("--once", action="store_true", help="end after the story; else the nodes stay up")
    parser.add_argument(
        "--port",
        type=_port,
        default=FIRST_PORT,
        metavar="N",
        help=f"public listeners from N on, internal ones from N+10 on, and N+20 (default: {FIRST_PORT})",
    )
    parser.add_argument(
        "--samples",
        type=Path,
        metavar="FOLDER",
        help="real documents of others to decide on (default: ../shared/samples, where it is)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Play it; told to stop in the middle (SIGTERM, SIGINT), it stops its nodes first."""
    from node.cli.loop import run_async

    try:
        return run_async(_play(arguments))
    except asyncio.CancelledError:
        return 1


async def _play(arguments: argparse.Namespace) -> int:
    from node.cli.demo.cast import UNIVERSITIES
    from node.cli.demo.narrator import Narrator
    from node.cli.demo.scene import Scene
    from node.cli.demo.stage import set_stage
    from node.cli.demo.story import play
    from node.client import HttpClient
    from node.clock import Clock

    if playing := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
    narrator, clock = Narrator(), Clock()
    began = clock.monotonic()
    narrator.say("Nostra: recognised here, by whom, as what, on what basis, since when; with proof.")
    async with set_stage(UNIVERSITIES, arguments.port) as stage, HttpClient(bounds=_bounds()) as http:
        scene = Scene(stage, http, narrator, clock, _samples(arguments))
        await play(scene)
        narrator.say(f"\nAll of it held. It took {clock.monotonic() - began:.0f} seconds.")
        if not arguments.once:
            _leave_files(scene)
            _tell_what_to_try(narrator.say, scene)
            await _wait_for_interrupt()
    return 0


def _bounds() -> "Bounds":
    """Return how long a request may take: an award on a busy machine waits for its partners."""
    from node.client import Bounds

    return Bounds(total_seconds=PATIENCE, stall_seconds=PATIENCE, grace_seconds=PATIENCE)


def _samples(arguments: argparse.Namespace) -> Path | None:
    folders = [arguments.samples] if arguments.samples else [Path("../shared/samples")]
    if os.environ.get("NOSTRA_SHARED"):
        folders.append(Path(os.environ["NOSTRA_SHARED"]) / "samples")
    return next((folder for folder in folders if folder.is_dir()), None)


def _leave_files(scene: "Scene") -> None:
    """Put the learner's files beside the nodes, for trying the command line on them."""
    given = {"credential.json": scene.credential, "receipt.json": scene.receipt, POLICY_FILE: scene.policy}
    for name, data in (given | scene.files).items():
        (scene.stage.folder / name).write_bytes(data)


def _tell_what_to_try(say: "Callable[[str], None]", scene: "Scene") -> None:
    tampere, dublin, twente, folder = scene.tampere, scene.dublin, scene.twente, scene.stage.folder
    say("\nThe nodes stay up until Ctrl-C. In another terminal:")
    for site in scene.stage.sites:
        say(f"  {site.university.name}: {site.public_url}, inside {site.internal_url}\n    key {site.verifier_key}")
    say("\nTry:")
    say(f"  nostra verify {folder}/receipt.json --document {folder}/credential.json --policy {folder}/{POLICY_FILE}")
    say(f"  nostra verify {folder}/verdict.json --presentation {folder}/presentation.json --config {twente.config}")
    say(f"  nostra verify {folder}/evidence.json --key '{dublin.verifier_key}'")
    say(f"  nostra audit {tampere.public_url} --policy {folder}/{POLICY_FILE}")
    say(f"  nostra ask --document {folder}/credential.json --receipt {folder}/receipt.json --config {twente.config}")
    say(f"  nostra doctor --ask utwente --config {tampere.config}")
    say(f'  curl {twente.internal_url}/v1/alarms -H "Authorization: Bearer $(cat {twente.folder}/keys/token)"')
    say(f"  curl -s {tampere.public_url}/checkpoint | cut -c1-120")


async def _wait_for_interrupt() -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= LAST_FIRST_PORT:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port from 1 to {LAST_FIRST_PORT}")
    return int(text)
