"""Whom a command trusts: by `--policy FILE`, by `--key VKEY`, or by the configuration. With none of them, nobody."""

import argparse
import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from node.cli.configured import config_path
from node.config import Config, load
from node.errors import ConfigError, FatalError
from protocol.encoding.keys import VerifierKey
from protocol.errors import MalformedError
from protocol.gossip.policy import Policy
from protocol.gossip.policy_text import KnownLog
from protocol.log.ended_key import EndedKey, unended
from protocol.verify.trust import Trust


def add_trust_arguments(parser: argparse.ArgumentParser) -> None:
    """Let a command be told whom to trust."""
    trust = parser.add_mutually_exclusive_group()
    trust.add_argument("--policy", metavar="FILE", type=Path, help="the logs and cosigners you trust (a tlog-policy)")
    trust.add_argument("--key", metavar="VKEY", action="append", help="the verifier key of a log you trust; repeatable")


def trust_of(arguments: argparse.Namespace) -> Trust:
    """Return whom the arguments name, else whom the configuration names.

    Raises:
        ConfigError: A policy, a key or the configuration can't be used.
    """
    try:
        if arguments.policy:
            return Trust(Policy.parse(arguments.policy.read_bytes()), f"from the policy {arguments.policy.name}")
        if arguments.key:
            return Trust.by_keys([VerifierKey.parse(text) for text in arguments.key], "given with --key")
        path = config_path(arguments)
        return Trust() if path is None else configured_trust(load(path, os.environ))
    except (OSError, MalformedError) as error:
        raise ConfigError([str(error)]) from None


def configured_trust(config: Config) -> Trust:
    """Return whom a configuration trusts: its policy, else its partners' logs and its own.

    Where partners' mirror keys are known, the policy made from them asks for a quorum of them, our own mirror and
    index cosigner among them: they are of those that cosign a partner's log.

    Raises:
        OSError: The policy can't be read.
        MalformedError: It isn't one.
        ConfigError: Partners' mirrors can't fulfil it.
    """
    from node.gossip.cosigning.cosigner import known_keys
    from node.gossip.release.policy import counting_ours, release_policy

    limit = config.policy.freshness_seconds
    if config.policy.file is not None:
        policy = Policy.parse(config.policy.file.read_bytes()).ending(_ended_keys(config))
        return Trust(policy, "from the configured policy", limit)
    if made := release_policy(config.policy, config.partners, _own_keys(config)):
        policy = counting_ours(made.policy, known_keys(config, "mirror"), index=known_keys(config, "index"))
        return Trust(_knowing(policy, _ended_keys(config)), "made from the configured partners", limit)
    partners = [key for partner in config.partners for key in unended(partner.log_keys)]
    keys = [*partners, *_own_keys(config), *_ended_keys(config)]
    return replace(Trust.by_keys(keys, "from the configuration"), freshness=limit)


def _knowing(policy: Policy, ends: Iterable[EndedKey]) -> Policy:
    """Return a policy that believes these keys too, each up to its end."""
    return replace(policy, logs=(*policy.logs, *map(KnownLog, ends)))


def _ended_keys(config: Config) -> list[EndedKey]:
    """Return the keys by which partners' logs and our own have signed before, each with its end."""
    from node.log.former_file import read_former

    partners = [key for partner in config.partners for key in partner.former_keys]
    return [*partners, *(key for log in config.logs for key in read_former(log.key))]


def _own_keys(config: Config) -> Iterator[VerifierKey]:
    """Give the keys of own logs, as far as this account may read their files."""
    from node.log.keys import load_key

    for log in config.logs:
        with contextlib.suppress(FatalError):
            yield load_key(log.key).verifier
