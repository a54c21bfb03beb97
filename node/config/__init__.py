"""Frozen settings from one TOML file and the environment; each documented and bounded."""

from node.config.readers import Address, Identifier
from node.config.reading import load, problems
from node.config.reference import reference
from node.config.sections import (
    Config,
    DatabaseSettings,
    HttpSettings,
    LogSettings,
    MirrorSettings,
    NodeSettings,
    PartnerSettings,
    PolicySettings,
    TelemetrySettings,
)

__all__ = [
    "Address",
    "Config",
    "DatabaseSettings",
    "HttpSettings",
    "Identifier",
    "LogSettings",
    "MirrorSettings",
    "NodeSettings",
    "PartnerSettings",
    "PolicySettings",
    "TelemetrySettings",
    "load",
    "problems",
    "reference",
]
