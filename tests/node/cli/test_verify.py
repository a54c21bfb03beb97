"""`nostra verify`: any file, told by looking at it, with an exit code for each outcome."""

import json
from dataclasses import replace

import pytest

from node.cli import main
from node.config import PartnerSettings
from node.config.partner_blocks import render_partner
from node.log.keys import render_private_key
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.encoding.wire import b64url
from protocol.log.checkpoint import open_checkpoint
from tests.support.examples import (
    CREDENTIAL,
    DECIDING_LOG,
    LEAF,
    LOG,
    ORIGIN,
    PARTNERS,
    SIZE,
    a_note,
    a_proof,
    a_receipt,
    among_others,
    seed,
)


@pytest.fixture(autouse=True)
def _nowhere(tmp_path, monkeypatch):
    """Run where no configuration is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NOSTRA_CONFIG", raising=False)


def written(tmp_path, data: bytes, name: str = "file") -> str:
    """Write a file and return its path."""
    (tmp_path / name).write_bytes(data)
    return str(tmp_path / name)


def verdict(capsys, *arguments: str) -> tuple[int, str, str]:
    """Return exit code, kind and verdict."""
    code = main(["verify", "--json", *arguments])
    told = json.loads(capsys.readouterr().out)
    return code, told["kind"], told["verdict"]


def test_a_receipt_is_verified_by_key_or_policy(tmp_path, capsys):
    """Exit code 0 with the log's key, or with a policy that names it."""
    receipt, file = written(tmp_path, a_receipt().render()), written(tmp_path, CREDENTIAL, "credential")
    key = ["--key", LOG.verifier.render()]
    assert verdict(capsys, receipt, *key, "--document", file) == (0, "receipt", "verified")
    policy = written(tmp_path, f"log {LOG.verifier.render()}\nquorum none\n".encode(), "policy")
    assert verdict(capsys, receipt, "--policy", policy) == (0, "receipt", "verified")


def test_without_trust_everything_is_refused(tmp_path, capsys):
    """A key inside a file proves nothing: exit code 1."""
    assert verdict(capsys, written(tmp_path, a_receipt().render())) == (1, "receipt", "refused")


def test_the_configuration_is_trusted_where_nothing_else_is_named(tmp_path, capsys):
    """A configured partner's log is believed."""
    partner = f'[[partner]]\nname = "p"\norigin = "{LOG.verifier.name}"\nurl = "http://x.example"\n'
    (tmp_path / "nostra.toml").write_text(f'{partner}verifier_key = "{LOG.verifier.render()}"\n')
    assert verdict(capsys, written(tmp_path, a_receipt().render())) == (0, "receipt", "verified")


@pytest.mark.parametrize(("size", "code"), [(SIZE, 0), (SIZE + 1, 0), (SIZE - 1, 1)])
def test_a_former_key_is_trusted_up_to_its_end(tmp_path, capsys, size, code):
    """A receipt from before a change of key stands; what a compromised key signed beyond its last good size doesn't."""
    root = b64url(open_checkpoint(a_receipt().log_proof.checkpoint, [LOG.verifier])[0].root)
    ended = f'{{ verifier_key = "{LOG.verifier.render()}", size = {size}, root = "{root}", why = "compromised" }}'
    partner = f'[[partner]]\nname = "p"\norigin = "{ORIGIN}"\nurl = "http://x.example"\nformer_keys = [{ended}]\n'
    following = Signer(ORIGIN, seed("next key")).verifier.render()
    (tmp_path / "nostra.toml").write_text(f'{partner}verifier_key = "{following}"\n')
    found, _, said = verdict(capsys, written(tmp_path, a_receipt().render()))
    assert (found, said) == (code, "refused" if code else "verified")


@pytest.mark.parametrize(("ours", "said"), [(True, "verified"), (False, "refused")])
def test_our_own_mirror_counts_for_a_partners_receipt(tmp_path, capsys, ours, said):
    """Of two that cosigned, one is this node: with its key, which is not in the configuration, they are a quorum."""
    mirror = Signer("own.example/mirror", seed("own mirror"), COSIGNATURE)
    entries = among_others(a_receipt().entry)
    note = a_note(entries, cosigners=[PARTNERS[0], mirror])
    receipt = replace(a_receipt(), log_proof=a_proof(entries, LEAF, note))
    logs = {"issuer": (LOG.verifier, PARTNERS[1]), "alfa": (DECIDING_LOG.verifier, PARTNERS[0])}
    blocks = [
        render_partner(PartnerSettings(name, key.name, key, f"http://{name}.example", (cosigner.verifier,)))
        for name, (key, cosigner) in logs.items()
    ]
    (tmp_path / "nostra.toml").write_text(
        "\n".join(['[node]\nkeys = "keys"', '[cosigning]\nname = "own.example"', *blocks])
    )
    if ours:
        (tmp_path / "keys").mkdir()
        file = tmp_path / "keys" / "mirror.key"
        file.write_text(f"{render_private_key(mirror.verifier.name, seed('own mirror'), COSIGNATURE)}\n")
        file.chmod(0o600)
    code, kind, found = verdict(capsys, written(tmp_path, receipt.render()))
    assert (code, kind, found) == (0 if ours else 1, "receipt", said)


def test_a_configured_policy_that_is_none_is_wrong_usage(tmp_path, capsys):
    """A policy that can't be read as one is the configuration's fault: exit code 2, nothing is verified."""
    written(tmp_path, b"nonsense", "policy")
    (tmp_path / "nostra.toml").write_text('[policy]\nfile = "policy"\n')
    assert main(["verify", written(tmp_path, a_receipt().render())]) == 2
    assert capsys.readouterr().err.startswith("nostra verify: ")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("FxpgcuHw", "FxpgcuHx"),
        ("8FcytBtq", "8FcytBtr"),
        ("RpUMYUCX", "RpUMYUCY"),
        ("zKgd9dL5", "zKgd9dL6"),
        ("17xM7LD5", "17xM7LD6"),
        ("s0JZjsXy", "s0JZjsXz"),
        ("index 3", "index 2"),
    ],
)
def test_a_changed_receipt_is_never_verified(tmp_path, capsys, before, after):
    """One character changed in tag, proof, root, signature, secret, file hash or leaf index: refused or unreadable."""
    data = a_receipt().render()
    assert data.count(before.encode()) == 1
    changed = written(tmp_path, data.replace(before.encode(), after.encode()))
    code, _, told = verdict(capsys, changed, "--key", LOG.verifier.render())
    assert code in (1, 3)
    assert told != "verified"


@pytest.mark.parametrize("kept", [1, 50, 500, -2])
def test_a_cut_receipt_is_unreadable(tmp_path, capsys, kept):
    """A file that lost its end is no file that can be read."""
    data = a_receipt().render()[:kept]
    assert verdict(capsys, written(tmp_path, data), "--key", LOG.verifier.render())[0] == 3


@pytest.mark.parametrize("data", [b"", b"\x89PNG", b"%PDF-1.7", b"{}", b"[1]", b"hello", b'{"kind":"receipt"'])
def test_what_is_no_file_of_ours_is_three(tmp_path, capsys, data):
    """Exit code 3, and the report says which kinds are known."""
    code, _, told = verdict(capsys, written(tmp_path, data))
    assert (code, told) == (3, "unreadable")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["nowhere"], 3), (["file", "--policy", "nowhere"], 2), (["file", "--key", "nonsense"], 2)],
)
def test_what_can_not_be_read_has_its_code(tmp_path, capsys, arguments, code):
    """A missing file is 3; a policy or key that can't be used is 2."""
    written(tmp_path, b"x")
    assert main(["verify", *arguments]) == code
    assert capsys.readouterr().err.count("\n") == 1


UNSEALED = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "type": ["VerifiableCredential"],
    "issuer": "did:example:university",
    "validFrom": "2026-01-01T00:00:00Z",
    "credentialSubject": {"name": "Aino"},
}


def test_a_credential_without_a_seal_is_refused(tmp_path, capsys):
    """Anybody may have written it."""
    data = json.dumps(UNSEALED).encode()
    assert verdict(capsys, written(tmp_path, data)) == (1, "credential", "refused")


def test_a_report_shows_nothing_of_an_unsealed_credential(tmp_path, capsys):
    """Words come from the report, never from the file."""
    main(["verify", written(tmp_path, json.dumps(UNSEALED).encode())])
    out = capsys.readouterr().out
    assert "Aino" not in out
    assert "university" not in out
