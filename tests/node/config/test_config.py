"""The configuration is read whole, or refused with every problem at once."""

from pathlib import Path

import pytest

from node.config import Address, Identifier, load, problems
from node.config.reference import EXAMPLE, reference
from node.config.sections import ARRAYS, TABLES
from node.config.setting import declared
from node.errors import ConfigError
from protocol.encoding.keys import COSIGNATURE, Signer, VerifierKey

LOG = """
[[log]]
name = "tuni"
origin = "ledger.tuni.example/nostra"
institution = "Tampere University"
country = "FI"
"""
KEY = "ledger.partner.example/nostra+a7214e75+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
PARTNER = f"""
[[partner]]
name = "partner"
origin = "ledger.partner.example/nostra"
verifier_key = "{KEY}"
url = "https://ledger.partner.example/"
"""
FORMER = f'former_keys = [{{ verifier_key = "{KEY}", size = 12, root = "{"A" * 43}", why = "retired" }}]\n'


@pytest.fixture
def written(tmp_path):
    """Give a function that writes a configuration file and returns its path."""

    def write(text: str) -> Path:
        path = tmp_path / "nostra.toml"
        path.write_text(text)
        return path

    return write


def test_the_page_of_the_manual_is_made_from_the_settings(root):
    """docs/operate/configuration.md is what `reference` returns."""
    assert (root / "docs" / "operate" / "configuration.md").read_text() == reference()


def test_the_example_of_the_manual_is_a_configuration(written):
    """Nothing in the page's example is refused."""
    assert problems(written(EXAMPLE), {}) == []


def test_nothing_given_is_a_configuration(tmp_path, monkeypatch):
    """Without file and environment the node has its defaults, its folders where it was started."""
    monkeypatch.chdir(tmp_path)
    config = load(None, {})
    assert (config.node.data, config.node.keys) == (tmp_path / "data", tmp_path / "data-keys")
    assert (config.http.public, config.http.public_url) == (Address("127.0.0.1", 8640), "http://127.0.0.1:8640")
    assert (config.database.dsn, config.logs, config.partners) == (None, (), ())


DEFAULTS = [
    (f"{name}.{each.name}", each)
    for name, section in (TABLES | ARRAYS).items()
    for each in declared(section)
    if isinstance(each.default, str | int)
]


@pytest.mark.parametrize("each", [each for _, each in DEFAULTS], ids=[name for name, _ in DEFAULTS])
def test_a_default_is_within_its_own_bounds(each):
    """Writing the default down changes nothing."""
    assert each.setting.reader(each.default, Path("/")) == each.default


def test_relative_paths_start_from_the_files_folder(written, tmp_path):
    """A configuration can be moved together with what it names."""
    config = load(written('[node]\ndata = "d"\nkeys = "/etc/nostra/keys"\n' + LOG), {})
    assert config.node.data == tmp_path / "d"
    assert config.logs[0].key == Path("/etc/nostra/keys/tuni.key")


def test_a_log_knows_by_what_its_institution_is_named(written):
    """Identifiers are read into their canonical spelling, and the institution's own name is one of them."""
    given = 'identifiers = [{scheme = "schac", value = "TUNI.fi"}, {scheme = "erasmus", value = "sf tampere17"}]'
    assert load(written(LOG + given), {}).logs[0].own_identifiers == (
        Identifier("schac", "tuni.fi"),
        Identifier("erasmus", "SF TAMPERE17"),
        Identifier("name", "FI:Tampere University"),
    )


def test_a_partner_is_read(written):
    """A partner's key is a key, and its address has no slash at its end."""
    partner = load(written(PARTNER), {}).partners[0]
    assert (partner.verifier_key.render(), partner.url) == (KEY, "https://ledger.partner.example")


def test_a_partner_whose_key_ended_has_none_that_signs_now(written):
    """Its former keys go on speaking for what they signed before their ends."""
    partner = load(written(PARTNER + FORMER), {}).partners[0]
    assert [(key.key(), key.size, key.why) for key in partner.log_keys] == [(VerifierKey.parse(KEY), 12, "retired")]
    assert load(written(PARTNER), {}).partners[0].log_keys == (VerifierKey.parse(KEY),)


ENVIRONMENTS = {
    "a table's key": ({"NOSTRA_HTTP_PUBLIC": "[::1]:80"}, lambda config: str(config.http.public), "[::1]:80"),
    "a number": ({"NOSTRA_DATABASE_POOL_SIZE": "9"}, lambda config: config.database.pool_size, 9),
    "an array": (
        {"NOSTRA_HTTP_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8"},
        lambda config: [str(network) for network in config.http.trusted_proxies],
        ["127.0.0.1/32", "10.0.0.0/8"],
    ),
    "the usual name": ({"DATABASE_URL": "postgres://b"}, lambda config: config.database.dsn, "postgres://b"),
    "ours before the usual name": (
        {"DATABASE_URL": "postgres://b", "NOSTRA_DATABASE_DSN": "postgres://c"},
        lambda config: config.database.dsn,
        "postgres://c",
    ),
    "empty, which says nothing": ({"DATABASE_URL": ""}, lambda config: config.database.dsn, "postgresql://file"),
}


@pytest.mark.parametrize(("environ", "read", "expected"), ENVIRONMENTS.values(), ids=ENVIRONMENTS.keys())
def test_the_environment_wins(written, environ, read, expected):
    """What the environment says replaces what the file says."""
    file = written('[http]\npublic = "127.0.0.1:1"\n[database]\npool_size = 3\ndsn = "postgresql://file"\n')
    assert read(load(file, environ)) == expected


def test_the_environment_names_the_file(written):
    """NOSTRA_CONFIG is the file where no other is named."""
    assert load(None, {"NOSTRA_CONFIG": str(written(LOG))}).logs[0].name == "tuni"


@pytest.mark.parametrize("variable", ["DATABASE_URL_FILE", "NOSTRA_DATABASE_DSN_FILE", None])
def test_a_secret_may_stand_in_a_file(written, tmp_path, variable):
    """A secret is read from the file that the variable, or the key in TOML, names."""
    (tmp_path / "dsn").write_text("postgresql://u:geheim@db/nostra\n")
    path = written("" if variable else '[database]\ndsn_file = "dsn"\n')
    config = load(path, {variable: "dsn"} if variable else {})
    assert config.database.dsn == "postgresql://u:geheim@db/nostra"


def test_a_secret_is_not_shown(written):
    """Neither the configuration printed nor the problem of a malformed secret repeats it."""
    assert "geheim" not in repr(load(None, {"DATABASE_URL": "postgres://u:geheim@db/x"}))
    assert "geheim" not in str(problems(None, {"DATABASE_URL": "mysql://u:geheim@db/x"}))


PROBLEMS = {
    "unknown table": ("[htpp]\n", "[htpp]: unknown; did you mean http?"),
    "unknown key": ('[http]\npublik = "x"\n', "[http] publik: unknown; did you mean public?"),
    "unknown key of a log": (LOG + 'orgin = "x"\n', "[[log]] tuni orgin: unknown; did you mean origin?"),
    "missing": ('[[log]]\nname = "a"\norigin = "a.example"\ncountry = "FI"\n', "[[log]] a institution: missing"),
    "a log in single brackets": ('[log]\nname = "a"\n', "[[log]]: write it as an array of tables"),
    "a table as text": ('http = "x"\n', "[http]: write it as a table"),
    "not TOML": ("[http\n", "not TOML"),
    "number as text": (
        '[mirror]\ninterval_seconds = "often"\n',
        "[mirror] interval_seconds: write seconds, 1 to 86,400",
    ),
    "number too large": ("[http]\nmax_json_depth = 33\n", "[http] max_json_depth: write levels, 8 to 32, not 33"),
    "boolean for a number": ("[http]\nmax_json_depth = true\n", "not True"),
    "word not in the list": ('[telemetry]\nlevel = "loud"\n', "write one of debug, info, warning, error, not 'loud'"),
    "address without port": ('[http]\npublic = "localhost"\n', "write HOST:PORT"),
    "port too high": ('[http]\npublic = "localhost:65536"\n', "write HOST:PORT"),
    "not a web address": ('[http]\npublic_url = "ledger.example"\n', "write https:// and a host"),
    "not a network": ('[http]\ntrusted_proxies = ["proxy"]\n', "'proxy' does not appear to be an IPv4 or IPv6 network"),
    "a text for an array": ("[http]\ntrusted_proxies = 5\n", "write an array of addresses or networks, not 5"),
    "origin with a scheme": (LOG.replace("ledger.", "https://ledger."), "is not an origin"),
    "country by name": (LOG.replace('"FI"', '"Finland"'), "is not a country"),
    "unknown scheme": (LOG + 'identifiers = [{scheme = "x", value = "y"}]\n', "'x' is not a scheme"),
    "identifier without scheme": (LOG + 'identifiers = [{value = "y"}]\n', "each has exactly a scheme and a value"),
    "key of another log": (
        PARTNER.replace('origin = "ledger.', 'origin = "books.'),
        "[[partner]] partner verifier_key: it is the key of 'ledger.partner.example/nostra'",
    ),
    "former key of another log": (
        PARTNER + FORMER.replace(KEY, Signer("books.partner.example/nostra", bytes(32)).verifier.render()),
        "[[partner]] partner former_keys: there is a key of 'books.partner.example/nostra'",
    ),
    "former key twice": (
        PARTNER + FORMER.replace("]", f", {FORMER.partition('[')[2]}".rstrip()),
        f"[[partner]] partner former_keys: '{KEY}' is given 2 times",
    ),
    "former key without an end": (PARTNER + FORMER.replace("size = 12, ", ""), "each has exactly verifier_key, size"),
    "former key lost": (PARTNER + FORMER.replace("retired", "lost"), "write one of retired, compromised, not 'lost'"),
    "former key of a negative size": (PARTNER + FORMER.replace("12", "-1"), "not -1"),
    "former key of a cosigner": (
        PARTNER + FORMER.replace(KEY, Signer(KEY.partition("+")[0], bytes(32), COSIGNATURE).verifier.render()),
        "this is a cosigner's key",
    ),
    "former key with padded root": (PARTNER + FORMER.replace("A" * 43, "A" * 43 + "="), "43 characters of base64url"),
    "former key of nothing with a root": (PARTNER + FORMER.replace("12", "0"), "SHA-256 of nothing"),
    "former keys as text": (PARTNER + 'former_keys = "x"\n', "write an array of {verifier_key"),
    "damaged verifier key": (PARTNER.replace("a7214e75", "a7214e76"), "[[partner]] partner verifier_key: the key ID"),
    "keys inside the data folder": ('[node]\ndata = "d"\nkeys = "d/keys"\n', "[node] keys: "),
    "a log's key inside the data folder": (LOG + 'key = "data/tuni.key"\n', "[[log]] tuni key: "),
    "one port for both listeners": ('[http]\ninternal = "127.0.0.1:8640"\n', "is the public listener's address"),
    "one name for two logs": (LOG + LOG.replace("ledger.", "books."), "[[log]] name: 'tuni' is given 2 times"),
    "our own log as a partner's": (LOG.replace("tuni.example", "partner.example") + PARTNER, "origin: 'ledger.partner"),
    "policy that is not there": ('[policy]\nfile = "policy"\n', "policy is not there"),
    "secret file that is not there": ('[database]\ndsn_file = "none"\n', "'none' can't be read (No such file"),
}


@pytest.mark.parametrize(("text", "expected"), PROBLEMS.values(), ids=PROBLEMS.keys())
def test_a_problem_is_named_with_its_place(written, text, expected):
    """The one problem of a configuration is reported, and the configuration is not loaded."""
    path = written(text)
    found = problems(path, {})
    assert any(expected in problem for problem in found), found
    with pytest.raises(ConfigError):
        load(path, {})


def test_all_problems_are_reported_at_once(written):
    """One look mends them all: file and environment, known and unknown keys."""
    path = written('[http]\npublik = "x"\npublic = "y"\n[mirror]\ntimeout_seconds = 0\n[[log]]\nname = "a"\n')
    with pytest.raises(ConfigError) as refused:
        load(path, {"NOSTRA_POLICY_FRESHNES_SECONDS": "60"})
    assert [problem.split(":")[0] for problem in refused.value.problems] == [
        "[http] publik",
        "[http] public",
        "[mirror] timeout_seconds",
        "[[log]] a origin",
        "[[log]] a institution",
        "[[log]] a country",
        "environment NOSTRA_POLICY_FRESHNES_SECONDS",
    ]


def test_a_file_that_is_not_there_is_a_problem(tmp_path):
    """A named file must be there; defaults never stand in for it."""
    assert problems(tmp_path / "none.toml", {}) == [f"{tmp_path}/none.toml: can't be read (No such file or directory)"]


def test_other_variables_are_none_of_our_business():
    """Variables outside our tables are not looked at."""
    assert problems(None, {"NOSTRA_TOKEN": "x", "PATH": "/bin"}) == []
