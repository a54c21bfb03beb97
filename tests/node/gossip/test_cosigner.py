"""A node's cosigners have keys of their own, made once and kept, and each makes one claim."""

import pytest

from node.config import load
from node.errors import ConfigError, FatalError
from node.gossip.cosigning.cosigner import CLAIMS, open_cosigner
from node.log.keys import create_key
from protocol.encoding import ml_dsa
from protocol.encoding.keys import COSIGNATURE, ML_DSA_44
from protocol.encoding.note import Note
from protocol.gossip.cosignature import verify
from tests.support.growing_log import GrowingLog
from tests.support.nodes import make_config

TEXT = Note.parse(GrowingLog("partner.example/log", 7).note(7)).text


@pytest.fixture
def config(tmp_path):
    """Give the configuration of a node whose first log is `uni.example.org/nostra`."""
    return make_config(tmp_path, "", logs=("uni",))


@pytest.mark.parametrize("claim", CLAIMS)
def test_keys_are_made_once_and_kept(config, claim):
    """The first time keys of both types are made, readable by the node alone; later they are the same."""
    cosigner = open_cosigner(config, claim)
    names = {(key.name, key.algorithm) for key in cosigner.keys}
    assert names == {(f"uni.example.org/nostra/{claim}", algorithm) for algorithm in (COSIGNATURE, ML_DSA_44)}
    files = {path.name: path.stat().st_mode & 0o777 for path in config.node.keys.glob(f"{claim}*")}
    assert files == {f"{claim}.key": 0o600, f"{claim}-ml-dsa.key": 0o600}
    assert open_cosigner(config, claim).keys == cosigner.keys


def test_no_two_keys_are_one(config):
    """Witness, mirror and index cosigner share no key."""
    keys = [key.public_key for claim in CLAIMS for key in open_cosigner(config, claim).keys]
    assert len(set(keys)) == 6


def test_lines_of_both_types_verify(config):
    """A checkpoint gets a line of each key, with the time that was given."""
    cosigner = open_cosigner(config, "witness")
    note = Note(TEXT, cosigner.cosign(TEXT, 1_790_000_000))
    assert verify(note, cosigner.keys) == tuple((key, 1_790_000_000) for key in cosigner.keys)


def test_ml_dsa_can_be_left_out(config, tmp_path):
    """With `[cosigning] ml_dsa = false` there is one key, and no file of another."""
    plain = load(tmp_path / "nostra.toml", {"NOSTRA_COSIGNING_ML_DSA": "false"})
    assert [key.algorithm for key in open_cosigner(plain, "witness").keys] == [COSIGNATURE]
    assert not (config.node.keys / "witness-ml-dsa.key").exists()


def test_installation_without_ml_dsa_cosigns_by_ed25519(config, monkeypatch):
    """Where ML-DSA-44 is not to be had no key of it is made; one that is there is refused, for partners expect it."""
    monkeypatch.setattr(ml_dsa, "available", lambda: False)
    assert [key.algorithm for key in open_cosigner(config, "witness").keys] == [COSIGNATURE]
    monkeypatch.undo()
    open_cosigner(config, "witness")
    monkeypatch.setattr(ml_dsa, "available", lambda: False)
    with pytest.raises(FatalError, match="ml_dsa = false"):
        open_cosigner(config, "witness")


def test_name_is_the_configured_one(config, tmp_path):
    """A changed `[cosigning] name` is refused while files of the old name are there."""
    open_cosigner(config, "witness")
    renamed = load(tmp_path / "nostra.toml", {"NOSTRA_COSIGNING_NAME": "cosigners.example.org"})
    with pytest.raises(FatalError, match=r"is a key of 'uni\.example\.org/nostra/witness'"):
        open_cosigner(renamed, "witness")


def test_key_of_another_type_is_refused(config):
    """A log's key in a cosigner's place does not cosign."""
    create_key(config.node.keys / "witness.key", "uni.example.org/nostra/witness")
    with pytest.raises(FatalError, match="of type 01, and type 04"):
        open_cosigner(config, "witness")


def test_log_does_not_take_a_cosigners_file(tmp_path):
    """A log named `witness` would have its key where the witness's belongs: the configuration is refused."""
    with pytest.raises(ConfigError, match=r"\[\[log\]\] witness key: .* is a cosigner's file"):
        make_config(tmp_path, "", logs=("witness",))
