"""Three whole nodes: one changes its key, and releases on once the others' operators have taken the change over."""

import asyncio
from dataclasses import replace

from node.config import load
from node.config.partner_blocks import with_partner_changed
from protocol.encoding.keys import VerifierKey
from protocol.encoding.wire import parse_b64url32
from protocol.log.checkpoint import open_checkpoint
from protocol.log.ended_key import EndedKey
from tests.support.consortium import a_consortium


async def shown(three, name: str):
    """Return the checkpoint that a node shows of its log, and which of its keys signed it."""
    node = three.members[name].node
    note = (await node.get("/checkpoint")).body
    for key in (node.verifier_key, *three.members[name].promises.keys):
        try:
            return open_checkpoint(note, [key])[0].size, key
        except ValueError:
            continue
    raise AssertionError("signed by neither key")


async def until_shown(three, name: str, size: int) -> VerifierKey:
    """Return which key signed the checkpoint of a size, once the node shows it."""
    async with asyncio.timeout(30):
        while (found := await shown(three, name))[0] < size:  # noqa: ASYNC110 - a node tells no event
            await asyncio.sleep(0.1)
    assert found[0] == size
    return found[1]


async def take_over(three, name: str, told: dict) -> None:
    """Let a node's operator confirm alfa's change of key, and start the node anew."""
    file = three.members[name].folder / "nostra.toml"
    (block,) = [one for one in load(file, {}).partners if one.name == "alfa"]
    former = told["former"]
    end = EndedKey.of(block.verifier_key, size=former["size"], root=parse_b64url32(former["root"]), why=former["why"])
    key = VerifierKey.parse(told["verifier_key"])
    file.write_text(with_partner_changed(file.read_text(), replace(block, verifier_key=key, former_keys=(end,))))
    await three.stop(name)
    await three.start(name)


async def test_a_log_changes_its_key_among_partners(database_server, tmp_path):
    """Durable at once, released once a quorum of operators has confirmed; a restart in between is no trap."""
    async with a_consortium(database_server, tmp_path) as three:
        await three.log("alfa", "before", 5)
        first = three.members["alfa"].promises.verifier

        answer = await three.members["alfa"].node.post("/v1/log/next-key", {"verifier_key": first.render()})
        told = answer.json()
        assert (answer.status, told["former"]["size"]) == (201, 6)
        assert await until_shown(three, "alfa", 6) == first, "the change itself is signed by the key before"

        await three.log("alfa", "behind", 4, until="durable")
        await asyncio.sleep(2.5)
        assert (await shown(three, "alfa"))[0] == 6, "nobody has confirmed the next key yet"

        await three.stop("alfa")
        await three.start("alfa")
        await three.log("alfa", "after-a-restart", 2, until="durable")
        for name in ("beta", "gamma"):
            await take_over(three, name, told)
        three.members["alfa"].promises.verifier = three.members["alfa"].node.verifier_key
        three.members["alfa"].promises.former = [first]
        assert (await until_shown(three, "alfa", 12)).render() == told["verifier_key"]
        await three.log("alfa", "later", 3)
        for name in ("beta", "gamma"):
            assert (await three.run(name, "check")).code == 0
            assert await three.sql(name, "SELECT FROM evidence") == []
