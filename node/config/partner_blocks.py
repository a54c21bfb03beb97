"""The `[[partner]]` blocks of a configuration file, added, changed and taken out as text: whatever else is there stays.

TOML has no comments once it is parsed, so the file is edited and not written anew. Each edit is held against the
parsed file: if anything but the partner has changed, it is given up.
"""

import json
import re
import tomllib
from collections.abc import Iterator
from typing import Any, Final

from node.config.partner_sections import PartnerSettings
from node.errors import ConfigError
from protocol.encoding.wire import b64url
from protocol.log.ended_key import EndedKey

HEADER: Final = re.compile(r"""[ \t]*\[\[?[ \t]*[A-Za-z0-9_."'-]+[ \t]*\]\]?[ \t]*(#.*)?""")
PARTNER: Final = re.compile(r"[ \t]*\[\[[ \t]*partner[ \t]*\]\].*")


def with_partner(text: str, partner: PartnerSettings) -> str:
    """Return the file's text with one more partner at its end."""
    between = "" if not text or text.endswith("\n\n") else "\n" if text.endswith("\n") else "\n\n"
    edited = f"{text}{between}{render_partner(partner)}"
    expected = _parse(text)
    expected.setdefault("partner", []).append(_members(partner))
    return _checked(edited, expected)


def without_partner(text: str, name: str) -> str:
    """Return the file's text without the partner of a name.

    Raises:
        ConfigError: There is none, or the block can't be told from what is around it.
    """
    expected = _parse(text)
    partners = expected.get("partner", [])
    if all(one.get("name") != name for one in partners):
        raise ConfigError([f"[[partner]] {name}: there is none"])
    expected["partner"] = [one for one in partners if one.get("name") != name]
    return _checked("".join(_without(_blocks(text), name)), expected)


def with_partner_changed(text: str, partner: PartnerSettings) -> str:
    """Return the file's text with the block of this partner's name written anew, where it stands.

    Raises:
        ConfigError: There is none, or the block can't be told from what is around it.
    """
    expected = _parse(text)
    partners = expected.get("partner", [])
    if all(one.get("name") != partner.name for one in partners):
        raise ConfigError([f"[[partner]] {partner.name}: there is none"])
    expected["partner"] = [_members(partner) if one.get("name") == partner.name else one for one in partners]
    return _checked("".join(_without(_blocks(text), partner.name, render_partner(partner))), expected)


def render_partner(partner: PartnerSettings) -> str:
    """Return a partner's block."""
    lines = [f"{name} = {_toml(value)}\n" for name, value in _members(partner).items()]
    return "".join(["[[partner]]\n", *lines])


def _members(partner: PartnerSettings) -> dict[str, Any]:
    members: dict[str, Any] = {
        "name": partner.name,
        "origin": partner.origin,
        "verifier_key": partner.verifier_key.render(),
        "url": partner.url,
    }
    for name in ("mirror_keys", "witness_keys", "index_keys"):
        if keys := getattr(partner, name):
            members[name] = [key.render() for key in keys]
    if partner.former_keys:
        members["former_keys"] = [_ended(key) for key in partner.former_keys]
    return members | ({"roster": partner.roster} if partner.roster else {})


def _ended(key: EndedKey) -> dict[str, Any]:
    return {"verifier_key": key.render(), "size": key.size, "root": b64url(key.root), "why": key.why}


def _toml(value: Any) -> str:
    """Return a value as TOML writes it on one line; of texts and numbers JSON's form is one of TOML's."""
    match value:
        case dict():
            return f"{{ {', '.join(f'{name} = {_toml(member)}' for name, member in value.items())} }}"
        case list():
            return f"[{', '.join(map(_toml, value))}]"
        case _:
            return json.dumps(value, ensure_ascii=False)


def _blocks(text: str) -> list[list[str]]:
    """Cut the text before each header line."""
    blocks: list[list[str]] = [[]]
    for line in text.splitlines(keepends=True):
        if HEADER.fullmatch(line.rstrip("\r\n")):
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def _without(blocks: list[list[str]], name: str, instead: str = "") -> Iterator[str]:
    for block in blocks:
        if block and PARTNER.fullmatch(block[0].rstrip("\r\n")) and _name_of(block) == name:
            yield instead
            yield from _comments_after(block)
        else:
            yield from block


def _name_of(block: list[str]) -> Any:
    try:
        return tomllib.loads("".join(block[1:])).get("name")
    except tomllib.TOMLDecodeError:
        return None


def _comments_after(block: list[str]) -> list[str]:
    """Return the comment lines at the end of a block, which speak of what follows it."""
    end = len(block)
    while end > 1 and (not block[end - 1].strip() or block[end - 1].lstrip().startswith("#")):
        end -= 1
    return block[end:]


def _parse(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError([f"the configuration is not TOML: {error}"]) from None


def _checked(text: str, expected: dict[str, Any]) -> str:
    if not expected.get("partner"):
        expected.pop("partner", None)
    if _parse(text) != expected:
        raise ConfigError(["the [[partner]] blocks stand where this program can't edit them: edit the file by hand"])
    return text
