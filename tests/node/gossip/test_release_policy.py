"""Whose mirrors a checkpoint has to be held by, made from partners or read from a file."""

from dataclasses import replace

import pytest

from node.config import PolicySettings
from node.errors import ConfigError
from node.gossip.release.policy import counting_ours, release_policy
from protocol.encoding.keys import COSIGNATURE, Signer
from protocol.gossip.policy import Policy
from tests.support.clock import FakeClock
from tests.support.examples import seed
from tests.support.fake_mirrors import FakeMirror

OWN = Signer("own.example/nostra", seed("own")).verifier
PARTNERS = [FakeMirror(name, FakeClock()).partner for name in ("alfa", "beta", "gamma", "delta", "epsilon")]


@pytest.mark.parametrize(("count", "quorum"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_more_than_half_of_the_partners_is_the_default(count, quorum):
    """As many as make a majority suffice, and one fewer doesn't."""
    names = [partner.name for partner in PARTNERS[:count]]
    policy = release_policy(PolicySettings(), PARTNERS[:count], [OWN])
    assert policy.suffice(names[:quorum])
    assert not policy.suffice(names[: quorum - 1])
    assert policy.to_spare(names) == count - quorum


def test_a_made_policy_can_be_written_and_read():
    """What the node tells its readers is a policy file that means the same."""
    policy = release_policy(PolicySettings(quorum=2), PARTNERS, [OWN]).policy
    assert Policy.parse(policy.render()) == policy
    assert [log.key for log in policy.logs] == [OWN, *(partner.verifier_key for partner in PARTNERS)]


def test_an_index_cosigner_is_one_voice_with_its_partners_mirror():
    """A partner's index key, an old one beside it too, makes readers' quorum with it and never a release."""
    keys = {
        one.name: tuple(Signer(f"{one.name}/index", seed(f"{one.name} {age}"), COSIGNATURE).verifier for age in "ab")
        for one in PARTNERS[:3]
    }
    partners = [replace(one, index_keys=keys[one.name]) for one in PARTNERS[:3]]
    release = release_policy(PolicySettings(quorum=2), partners, [OWN])
    policy = release.policy
    assert Policy.parse(policy.render()) == policy
    names = {witness.key: witness.name for witness in policy.witnesses}
    alfa, beta = ({names[key] for key in keys[name]} for name in ("alfa", "beta"))
    assert policy.is_quorum({min(alfa), max(beta)})
    assert not policy.is_quorum(alfa)
    assert not (alfa | beta) & set().union(*release.operators.values())


def test_our_own_index_cosigner_is_one_voice_with_our_mirror():
    """To who trusts this node's partners, our index cosigner counts as our mirror does."""
    ours = [Signer(f"ours/{claim}", seed(claim), COSIGNATURE).verifier for claim in ("mirror", "index")]
    made = release_policy(PolicySettings(quorum=1), PARTNERS[:1], [OWN]).policy
    policy = counting_ours(made, ours[:1], index=ours[1:])
    assert Policy.parse(policy.render()) == policy
    (index,) = (one.name for one in policy.witnesses if one.key == ours[1])
    assert policy.is_quorum({index})


def test_partners_without_mirror_keys_are_only_followed():
    """Where no mirror is known, no release waits for anybody."""
    bare = [type(one)(one.name, one.origin, one.verifier_key, one.url) for one in PARTNERS]
    assert release_policy(PolicySettings(), bare, [OWN]) is None


def test_a_file_says_it_where_there_is_one(tmp_path):
    """The operator's own groups count; a witness that is nobody's mirror makes no quorum of its own."""
    witness = Signer("witness.example", seed("plain witness"), COSIGNATURE).verifier
    file = tmp_path / "policy"
    lines = [f"witness m{number} {partner.mirror_keys[0].render()}" for number, partner in enumerate(PARTNERS[:2])]
    lines += [f"witness plain {witness.render()} https://witness.example", "group mirrors all m0 m1"]
    file.write_text("\n".join([*lines, "quorum mirrors", ""]))
    policy = release_policy(PolicySettings(file=file), PARTNERS[:2], [OWN])
    assert policy.suffice(["alfa", "beta"])
    assert not policy.suffice(["alfa"])
    assert policy.operators == {"alfa": {"m0"}, "beta": {"m1"}}


@pytest.mark.parametrize("quorum", ["plain", "none"])
def test_a_quorum_that_mirrors_cannot_make_is_refused(tmp_path, quorum):
    """Nothing would ever be released, or all of it unseen: the configuration is refused with the way out."""
    witness = Signer("witness.example", seed("plain witness"), COSIGNATURE).verifier
    file = tmp_path / "policy"
    file.write_text(f"witness plain {witness.render()}\nquorum {quorum}\n")
    with pytest.raises(ConfigError, match="name their mirror keys as witnesses"):
        release_policy(PolicySettings(file=file), PARTNERS, [OWN])
