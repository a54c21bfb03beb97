"""`nostra partner sync PARTNER`: take over what a roster says of the partners, once the operator has seen it.

What is shown is all that would change in the configuration (`node.cli.roster_changes`); nothing changes before the
answer, and then all of it or nothing. A running node takes it in when it is restarted.
"""

import argparse
from typing import TYPE_CHECKING, Any

from node.cli.word import is_meant

if TYPE_CHECKING:
    from node.cli.roster_changes import Planned


def sync(arguments: argparse.Namespace) -> int:
    """Show what the roster changes and, if it is meant, change it."""
    from node.cli.loop import run_async
    from node.cli.partner_parts import configuration, edit
    from node.cli.roster_changes import planned_changes
    from node.config.partner_blocks import with_partner, with_partner_changed, without_partner

    path, config = configuration(arguments)
    planned = run_async(planned_changes(config, arguments.name, roster_id=arguments.id))
    meant = bool(planned.changes) and _tell(planned, arguments)
    if meant:
        text = path.read_text("utf-8")
        for change in planned.changes:
            match change.act:
                case "add":
                    text = with_partner(text, change.partner)
                case "change":
                    text = with_partner_changed(text, change.partner)
                case "retire":
                    text = without_partner(text, change.partner.name)
        edit(path, text)
    return _conclude(planned, arguments, changed=meant, file=str(path))


def _tell(planned: "Planned", arguments: argparse.Namespace) -> bool:
    """Show the changes, and return whether they are meant."""
    if arguments.json:
        return bool(arguments.yes)
    for line in _lines(planned):
        print(line)
    return is_meant("Change the configuration so?", yes=arguments.yes, otherwise="nothing was changed")


def _lines(planned: "Planned") -> list[str]:
    roster = planned.found.roster
    lines = [
        f"roster {roster.id} version {roster.version} of {planned.found.entities.issuer.name}, "
        f"at leaf {planned.found.leaf} of {planned.found.origin}"
    ]
    for change in planned.changes:
        lines += [f"{change.act} {change.partner.name}", *(f"    {words}" for words in change.words)]
    return [*lines, *(f"note: {note}" for note in planned.notes)]


def _conclude(planned: "Planned", arguments: argparse.Namespace, *, changed: bool, file: str) -> int:
    if arguments.json:
        from node.cli.inside import print_json

        print_json(_plain(planned, changed))
    elif not planned.changes:
        print("\n".join(_lines(planned)))
        print("the configuration says so already")
    elif changed:
        print(f"{file} is changed: restart the node")
    return 0 if changed or not planned.changes else 1


def _plain(planned: "Planned", changed: bool) -> dict[str, Any]:
    roster = planned.found.roster
    return {
        "roster": {
            "origin": planned.found.origin,
            "leaf": planned.found.leaf,
            "id": roster.id,
            "version": roster.version,
        },
        "changes": [
            {"act": one.act, "name": one.partner.name, "origin": one.partner.origin, "words": list(one.words)}
            for one in planned.changes
        ],
        "notes": planned.notes,
        "changed": changed,
    }
