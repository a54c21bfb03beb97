"""Frozen settings from one TOML file and the environment; each documented and bounded."""

from node.config.partner_sections import (
    AlarmSettings,
    CosigningSettings,
    GossipSettings,
    MirrorSettings,
    PartnerSettings,
    ReleaseSettings,
)
from node.config.readers import Address, Identifier
from node.config.reading import load, problems
from node.config.reference import reference
from node.config.sections import (
    Config,
    DatabaseSettings,
    HttpSettings,
    LogSettings,
    NodeSettings,
    PolicySettings,
    TelemetrySettings,
)

__all__ = [
    "Address",
    "AlarmSettings",
    "Config",
    "CosigningSettings",
    "DatabaseSettings",
    "GossipSettings",
    "HttpSettings",
    "Identifier",
    "LogSettings",
    "MirrorSettings",
    "NodeSettings",
    "PartnerSettings",
    "PolicySettings",
    "ReleaseSettings",
    "TelemetrySettings",
    "load",
    "problems",
    "reference",
]
