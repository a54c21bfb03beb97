"""Partners are added and taken out of the configuration's text, and nothing else of it changes."""

import tomllib

import pytest

from node.config import PartnerSettings, load
from node.config.partner_blocks import render_partner, with_partner, with_partner_changed, without_partner
from node.errors import ConfigError
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.log.ended_key import EndedKey

KEY = Signer("partner.example/log", b"\1" * 32).verifier
PARTNER = PartnerSettings("one", KEY.name, KEY, "https://partner.example")
BLOCK = render_partner(PARTNER)
NEXT = Signer("partner.example/log", b"\2" * 32).verifier
FULL = PartnerSettings(
    "one",
    KEY.name,
    NEXT,
    "https://partner.example",
    mirror_keys=(Signer("partner.example/mirror", b"\3" * 32, COSIGNATURE).verifier,),
    former_keys=(EndedKey.of(KEY, size=7, root=b"\4" * 32, why="retired"),),
    roster="eciu",
)
OTHER = BLOCK.replace('"one"', '"other"')

TEXTS = [
    ("nothing", ""),
    ("a table", '[node]\nname = "n"\n'),
    ("no newline at the end", '[node]\nname = "n"'),
    ("another partner", f"# who\n{OTHER}\n"),
    ("comments and arrays", '# c\n[[log]]\nidentifiers = [\n  { scheme = "x", value = "y" },\n]\n# end\n'),
]


@pytest.mark.parametrize("text", [case[1] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_a_partner_stands_behind_what_was_there(text):
    """The text before it is unchanged, and the parsed file has one partner more."""
    edited = with_partner(text, PARTNER)
    assert edited.startswith(text)
    assert tomllib.loads(edited)["partner"][-1] == tomllib.loads(BLOCK)["partner"][0]


@pytest.mark.parametrize("text", [case[1] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_a_partner_taken_out_leaves_the_rest(text):
    """Added and removed, the file says what it said."""
    edited = without_partner(with_partner(text, PARTNER), "one")
    assert tomllib.loads(edited) == tomllib.loads(text)
    assert edited.startswith(text.rstrip("\n"))


@pytest.mark.parametrize("text", [case[1] for case in TEXTS], ids=[case[0] for case in TEXTS])
def test_a_partner_is_changed_where_it_stands(text):
    """Before and behind it all is as it was, and the block says what it should, ended keys and all."""
    behind = "# of the table\n[policy]\nfreshness_seconds = 60\n"
    edited = with_partner_changed(f"{with_partner(text, PARTNER)}{behind}", FULL)
    assert edited.startswith(text)
    assert edited.endswith(behind)
    assert tomllib.loads(render_partner(FULL))["partner"][0] in tomllib.loads(edited)["partner"]


def test_a_block_says_all_of_a_partner(tmp_path):
    """Ended keys, cosigners' keys and the roster that it came from are read back as they were."""
    file = tmp_path / "nostra.toml"
    file.write_text(render_partner(FULL))
    assert load(file, {}).partners == (FULL,)


def test_a_partner_that_is_not_there_is_not_changed():
    """Nothing is added by a wrong name."""
    with pytest.raises(ConfigError, match="none"):
        with_partner_changed(OTHER, FULL)


def test_a_comment_of_what_follows_stays():
    """The lines before the next header belong to that."""
    text = f'{BLOCK}# of the node\n[node]\nname = "n"\n'
    assert without_partner(text, "one") == '# of the node\n[node]\nname = "n"\n'


def test_a_partner_that_is_not_there_is_said():
    """Nothing is removed by a wrong name."""
    with pytest.raises(ConfigError, match="none"):
        without_partner(OTHER, "one")


@pytest.mark.parametrize(
    "text",
    [
        'partner = [{name = "one", url = "x"}]\n',
        f"{BLOCK}[partner.more]\nx = 1\n",
    ],
    ids=["an inline array", "a table inside the block"],
)
def test_what_can_not_be_edited_safely_is_left(text):
    """An edit that would change anything else is given up."""
    with pytest.raises(ConfigError, match="by hand"):
        without_partner(text, "one")


def test_a_text_that_looks_like_a_block_is_none():
    """Only the block itself goes, not its picture inside a text."""
    text = f'[node]\nname = """\n{BLOCK}"""\n'
    assert without_partner(text + BLOCK, "one") == text


def test_an_inline_array_takes_no_block():
    """TOML doesn't allow both forms."""
    with pytest.raises(ConfigError, match="not TOML"):
        with_partner('partner = [{name = "one"}]\n', PARTNER)
