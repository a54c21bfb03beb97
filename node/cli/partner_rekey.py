"""`nostra partner rekey PARTNER`: take over the next key that a partner's log has said, once the operator confirms it.

The log said it in an entry that the next key signed, and our mirror holds the checkpoint that first covers it, signed
by the key that is known. That alone extends no trust: whoever has the old key could have said another. So ask the
partner, by a way that you trust, before you say yes. Where a roster lists the partner, `nostra partner sync` does it.
"""

import argparse
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from node.config import Config, PartnerSettings
from node.errors import NotFoundError
from protocol.encoding.wire import b64url
from protocol.log.ended_key import EndedKey

if TYPE_CHECKING:
    from node.clock import Clock
    from node.gossip.mirror.mirrors import MirrorSet
    from node.storage.database import Connection, Database
    from protocol.recognition.key import Key


@dataclass(frozen=True, slots=True)
class SaidKey:
    """The next key of a partner's log, and the leaf that says it."""

    leaf: int
    partner: PartnerSettings
    """The block as it is to be."""


def rekey(arguments: argparse.Namespace) -> int:
    """Show the next key and, if it is meant, change the block."""
    from node.cli.inside import print_json
    from node.cli.loop import run_async
    from node.cli.partner_parts import configuration, edit
    from node.cli.word import is_meant
    from node.config.partner_blocks import with_partner_changed

    path, config = configuration(arguments)
    said = run_async(_said(config, arguments.name))
    end = said.partner.former_keys[-1]
    if not arguments.json:
        print(f"{said.partner.origin} says at leaf {said.leaf} that it is signed by")
        print(f"    {said.partner.verifier_key.render()}")
        print(f"and up to size {end.size}, root {b64url(end.root)}, by the key that you know")
    meant = is_meant("Has the partner confirmed this key?", yes=arguments.yes, otherwise="nothing was changed")
    if meant:
        edit(path, with_partner_changed(path.read_text("utf-8"), said.partner))
    if arguments.json:
        key = said.partner.verifier_key.render()
        print_json({"name": arguments.name, "leaf": said.leaf, "verifier_key": key, "changed": meant})
    elif meant:
        print(f"{path} is changed: restart the node")
    return 0 if meant else 1


async def _said(config: Config, name: str) -> SaidKey:
    from node.cli.partner_parts import with_mirrors

    async def read(mirrors: "MirrorSet", database: "Database", _: "Clock") -> SaidKey:
        partner = next((one for one in config.partners if one.name == name), None)
        if partner is None:
            raise NotFoundError(f"[[partner]] {name}: there is none")
        await mirrors.refresh(partner.origin)  # a failure is no obstacle: the next key's checkpoint isn't accepted yet
        log = mirrors.of(partner.origin)
        if log.reader is None:
            raise NotFoundError(f"nothing is here of the log of {name}", mend="`nostra partner refresh` follows it")
        async with database.pool.acquire() as connection:
            found = await _next(connection, log.reader.state.head.log_id, partner, size=log.reader.published.size)
        if found is None:
            raise NotFoundError(f"the log of {name} says no further key, as far as it is mirrored here")
        leaf, key = found
        root = await log.reader.root_at(leaf + 1)
        end = EndedKey.of(partner.verifier_key, size=leaf + 1, root=root, why="retired")
        changed = replace(partner, verifier_key=key.verifier_key, former_keys=(*partner.former_keys, end))
        return SaidKey(leaf, changed)

    return await with_mirrors(config, read)


async def _next(
    connection: "Connection", log_id: int, partner: PartnerSettings, *, size: int
) -> "tuple[int, Key] | None":
    """Return the first key that is said behind the end of those that are known to have ended."""
    from node.storage.lookups import entries_of_kind
    from protocol.recognition.entry import parse_entry
    from protocol.recognition.key import Key

    after = max((key.size for key in partner.former_keys), default=0) - 1
    for one in await entries_of_kind(connection, log_id, Key.kind, size=size, after=after):
        entry = parse_entry(one.entry)
        if isinstance(entry, Key) and entry.verifier_key != partner.verifier_key:
            return one.leaf, entry
    return None
