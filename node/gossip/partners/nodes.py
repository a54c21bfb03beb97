"""Partners as nodes: several logs may be served by one, and gossip goes from node to node, once."""

from collections.abc import Iterable
from dataclasses import dataclass

from node.config import PartnerSettings


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


def partner_nodes(partners: Iterable[PartnerSettings]) -> list[PartnerNode]:
    """Return the nodes of these partners, in their order."""
    by_url: dict[str, list[PartnerSettings]] = {}
    for partner in partners:
        by_url.setdefault(partner.node_url, []).append(partner)
    return [PartnerNode(url, tuple(served)) for url, served in by_url.items()]
