"""Partners as nodes: several logs may be served by one, and gossip goes from node to node, once."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from node.config import PartnerSettings

_FURTHER_LOG: Final = re.compile(r"/logs/[^/]+$")


@dataclass(frozen=True, slots=True)
class PartnerNode:
    """One node, and the logs that are followed there."""

    url: str
    partners: tuple[PartnerSettings, ...]

    @property
    def name(self) -> str:
        """What it is called here: as the first of its logs."""
        return self.partners[0].name

    @property
    def origins(self) -> frozenset[str]:
        """The logs that it signs, as far as we follow them."""
        return frozenset(partner.origin for partner in self.partners)


def node_url(url: str) -> str:
    """Return the address of the node that serves a log at this one: a further log is at `/logs/NAME` below it."""
    return _FURTHER_LOG.sub("", url.rstrip("/"))


def partner_nodes(partners: Iterable[PartnerSettings]) -> list[PartnerNode]:
    """Return the nodes of these partners, in their order."""
    by_url: dict[str, list[PartnerSettings]] = {}
    for partner in partners:
        by_url.setdefault(node_url(partner.url), []).append(partner)
    return [PartnerNode(url, tuple(served)) for url, served in by_url.items()]
