"""The manual page of the configuration, made from the settings themselves (docs/operate/configuration.md)."""

from collections.abc import Iterator
from dataclasses import MISSING
from pathlib import Path

from node.config.readers import Address
from node.config.sections import ARRAYS, TABLES
from node.config.setting import Declared, declared

EXAMPLE = """\
[node]
data = "/var/lib/nostra/data"
keys = "/var/lib/nostra/keys"

[http]
public_url = "https://ledger.example.org"
trusted_proxies = ["127.0.0.1"]

[[log]]
name = "example"
origin = "ledger.example.org/nostra"
institution = "Example University"
country = "FI"
identifiers = [
    { scheme = "schac", value = "example.org" },
    { scheme = "name", value = "FI:Esimerkkiyliopisto" },
]

[[partner]]
name = "partner"
origin = "ledger.partner.example/nostra"
verifier_key = "ledger.partner.example/nostra+a7214e75+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
url = "https://ledger.partner.example"
"""

HEAD = """\
# Configuration

<!-- Made from node/config/sections.py by node/config/reference.py; a test compares them. -->

A node reads one TOML file: the one that `--config` or `NOSTRA_CONFIG` names. Relative paths start from the file's
folder. An environment variable wins over the file; arrays are separated by commas there. A secret may stand in a file
of its own: `dsn_file` for `dsn`, `NOSTRA_DATABASE_DSN_FILE` or `DATABASE_URL_FILE` in the environment.
`nostra check-config` reports every problem at once, an unknown key among them.

"""


def reference() -> str:
    """Return the page."""
    tables = [_section(f"[{name}]", name, section) for name, section in TABLES.items()]
    arrays = [_section(f"[[{name}]]", None, section) for name, section in ARRAYS.items()]
    return HEAD + f"```toml\n{EXAMPLE}```\n\n" + "\n".join([*tables, *arrays])


def _section(title: str, table: str | None, section: type) -> str:
    lines = [f"## `{title}`", "", section.__doc__ or "", ""]
    for each in declared(section):
        lines += [f"### `{each.name}`", "", each.setting.says, "", *_facts(each, table), ""]
    return "\n".join(lines)


def _facts(each: Declared, table: str | None) -> Iterator[str]:
    yield f"- Written as: {each.setting.reader.form}"
    yield f"- Default: {_default(each)}"
    if table is not None:
        yield f"- Environment: `NOSTRA_{table.upper()}_{each.name.upper()}`"
    if each.setting.secret:
        yield "- A secret: may come as a file"


def _default(each: Declared) -> str:
    if each.default is MISSING:
        return "none; it must be given"
    if each.default is None:
        return each.setting.otherwise
    if each.default == ():
        return "none"
    if isinstance(each.default, bool):
        return "`true`" if each.default else "`false`"
    if isinstance(each.default, int):
        return f"`{each.default}`"
    return f'`"{each.default}"`' if isinstance(each.default, str | Path | Address) else str(each.default)
