"""Whom the relying party trusts. Nothing in a file adds to it: a key inside a file proves nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from protocol.documents.proved_excerpt import FRESHNESS
from protocol.encoding.keys import ED25519, VerifierKey
from protocol.errors import MalformedError
from protocol.gossip.policy import Policy

NOBODY: Final = Policy()
"""Believes no log, so every file is refused."""


@dataclass(frozen=True, slots=True)
class Trust:
    """A trust policy, and where it comes from, in the words of a report."""

    policy: Policy = NOBODY
    source: str = "no key was given"
    freshness: int = FRESHNESS
    """Seconds for which the quorum's word on a log counts; older is stale."""

    @classmethod
    def by_keys(cls, keys: Iterable[VerifierKey], source: str = "given as a trusted key") -> "Trust":
        """Trust these keys of logs, and ask for no cosignature.

        Raises:
            MalformedError: A key is a cosigner's, which speaks for no log.
        """
        trusted = tuple(keys)
        for key in trusted:
            if key.algorithm != ED25519:
                raise MalformedError(f"'{key.name}' is a cosigner's key: name it in a policy, beside a log")
        return cls(Policy.of_keys(trusted), source)
