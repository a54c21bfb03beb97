"""A private key is read from a file that its owner alone can read, or not at all."""

import base64
import os

import pytest

from node.errors import FatalError
from node.log.keys import create_key, load_key, parse_private_key, render_private_key
from protocol.encoding import ml_dsa
from protocol.encoding.keys import COSIGNATURE, ML_DSA_44, VerifierKey
from protocol.errors import MalformedError

SEED = bytes(range(32))
# Both made by golang.org/x/mod/sumdb/note's own example (ExampleSign): name, private key, verifier key.
GO_NAME = "PeterNeumann"
GO_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
GO_VERIFIER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_reads_a_key_of_the_go_tools():
    """A signer's key of golang.org/x/mod/sumdb/note is the same key here."""
    assert parse_private_key(GO_PRIVATE).verifier == VerifierKey.parse(GO_VERIFIER)


@pytest.mark.parametrize("algorithm", [1, COSIGNATURE, ML_DSA_44])
def test_what_is_written_is_read(algorithm):
    """Rendering and parsing give the same key, of any type."""
    signer = parse_private_key(render_private_key("ledger.example.org/nostra", SEED, algorithm))
    assert (signer.verifier.name, signer.verifier.algorithm) == ("ledger.example.org/nostra", algorithm)


MALFORMED = {
    "not a private key": GO_VERIFIER,
    "prefix in lower case": GO_PRIVATE.lower(),
    "another name": GO_PRIVATE.replace("Neumann", "Newman"),
    "another key ID": GO_PRIVATE.replace("c74f20a3", "c74f20a4"),
    "key ID in capitals": GO_PRIVATE.replace("c74f20a3", "C74F20A3"),
    "another seed": GO_PRIVATE.replace("AYEK", "AYEL"),
    "no padding where it belongs": GO_PRIVATE + "=",
    "one byte short": "PRIVATE+KEY+a+00000000+" + base64.b64encode(b"\x01" + SEED[1:]).decode(),
    "unknown type": "PRIVATE+KEY+a+00000000+" + base64.b64encode(b"\x02" + SEED).decode(),
    "ML-DSA-44 under a key ID of Ed25519": render_private_key("a", SEED, ML_DSA_44).replace(
        render_private_key("a", SEED, ML_DSA_44).split("+")[3], render_private_key("a", SEED, COSIGNATURE).split("+")[3]
    ),
    "trailing blank": GO_PRIVATE + " ",
    "empty": "",
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_any_other_spelling_is_refused_without_repeating_it(text):
    """A line that is not exactly a key is refused, and the error shows nothing of the seed."""
    with pytest.raises(MalformedError) as refused:
        parse_private_key(text)
    assert "AYE" not in str(refused.value)


def test_a_created_key_is_loaded(tmp_path):
    """A new key file has mode 0600 in a folder of mode 0700 and holds the key that was returned."""
    path = tmp_path / "keys" / "tuni.key"
    created = create_key(path, "ledger.example.org/nostra")
    assert load_key(path).verifier == created.verifier
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert list(path.parent.iterdir()) == [path]


def test_an_ml_dsa_key_is_created_and_loaded(tmp_path):
    """It signs as the key that was returned."""
    path = tmp_path / "mirror-ml-dsa.key"
    created = create_key(path, "ledger.example.org/nostra/mirror", ML_DSA_44)

    loaded = load_key(path)

    assert loaded.verifier == created.verifier
    created.verifier.verify(b"message", loaded.sign(b"message"))


def test_an_ml_dsa_key_is_refused_where_it_cannot_be_used(tmp_path, monkeypatch):
    """The error names the package and the setting, and no file is made."""
    path = tmp_path / "mirror-ml-dsa.key"
    create_key(path, "ledger.example.org/nostra/mirror", ML_DSA_44)
    monkeypatch.setattr(ml_dsa, "available", lambda: False)

    with pytest.raises(FatalError, match=r"no ML-DSA-44 .*cryptography.*ml_dsa = false"):
        load_key(path)
    with pytest.raises(FatalError, match="no ML-DSA-44"):
        create_key(tmp_path / "another.key", "ledger.example.org/nostra/witness", ML_DSA_44)
    assert list(tmp_path.iterdir()) == [path]


def test_two_created_keys_differ(tmp_path):
    """A seed is drawn anew for every key."""
    assert create_key(tmp_path / "a", "a.example").verifier.public_key != (
        create_key(tmp_path / "b", "a.example").verifier.public_key
    )


def test_a_key_is_never_overwritten(tmp_path):
    """A second key under the same path is refused and the first stays."""
    path = tmp_path / "tuni.key"
    first = create_key(path, "ledger.example.org/nostra")
    with pytest.raises(FatalError, match="never overwritten"):
        create_key(path, "ledger.example.org/nostra")
    assert load_key(path).verifier == first.verifier
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660, 0o620, 0o700, 0o4600], ids=oct)
def test_a_key_that_others_can_reach_is_refused(tmp_path, mode):
    """A mode other than 0600 is refused with the command that mends it."""
    path = tmp_path / "tuni.key"
    create_key(path, "ledger.example.org/nostra")
    path.chmod(mode)
    with pytest.raises(FatalError, match=f"mode {mode:04o}.*chmod 600 {path}"):
        load_key(path)


def test_a_key_that_a_service_manager_provides_is_read(tmp_path):
    """Mode 0400 is stricter still, and read."""
    path = tmp_path / "tuni.key"
    created = create_key(path, "ledger.example.org/nostra")
    path.chmod(0o400)
    assert load_key(path).verifier == created.verifier


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_key_of_somebody_else_is_refused(tmp_path, monkeypatch):
    """A key that another account owns may have been changed by it."""
    path = tmp_path / "tuni.key"
    create_key(path, "ledger.example.org/nostra")
    os.chown(path, 65534, -1)
    with pytest.raises(FatalError, match="chown 0"):
        load_key(path)


UNREADABLE = {
    "empty": b"",
    "no newline": GO_PRIVATE.encode(),
    "two lines": f"{GO_PRIVATE}\n\n".encode(),
    "binary": b"\xff\n",
}


@pytest.mark.parametrize("data", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_a_damaged_key_file_is_refused(tmp_path, data):
    """A file that is not one line with one key is refused, and named."""
    path = tmp_path / "tuni.key"
    path.write_bytes(data)
    path.chmod(0o600)
    with pytest.raises(FatalError, match=f"{path} is not a key file"):
        load_key(path)


def test_a_missing_key_file_is_said_as_such(tmp_path):
    """The error names the file and both ways out."""
    with pytest.raises(FatalError, match=r"tuni\.key can't be read .*nostra init"):
        load_key(tmp_path / "tuni.key")


def test_a_folder_is_no_key_file(tmp_path):
    """A folder in the key's place is refused."""
    with pytest.raises(FatalError, match=str(tmp_path)):
        load_key(tmp_path)
