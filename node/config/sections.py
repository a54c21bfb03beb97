"""Every setting of a node, with its bounds, its default and its sentence in docs/operate/configuration.md."""
# ruff: noqa: RUF009 - setting() is dataclasses.field(), with its reader and its sentence

from dataclasses import dataclass
from pathlib import Path

from node.config.partner_sections import (
    AlarmSettings,
    CosigningSettings,
    GossipSettings,
    MirrorSettings,
    PartnerSettings,
    ReleaseSettings,
)
from node.config.readers import (
    ADDRESS,
    COUNTRY,
    DSN,
    FILE,
    FOLDER,
    ID,
    IDENTIFIERS,
    LINE,
    NETWORKS,
    ORIGIN,
    WEB_ADDRESS,
    YES_OR_NO,
    Address,
    Choice,
    Identifier,
    Network,
    Number,
)
from node.config.setting import setting

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class NodeSettings:
    """The node itself: where it keeps its things."""

    name: str = setting(LINE, "What the node calls itself in its logs and to partners.", default="nostra")
    data: Path = setting(
        FOLDER,
        "Where an embedded PostgreSQL keeps its database. Back it up with `nostra export`.",
        default=Path("data"),
    )
    keys: Path = setting(
        FOLDER,
        "Where the key files are, outside the data folder: who copies the database must not get the keys with it.",
        default=None,
        otherwise="beside the data folder, its name with `-keys` added",
    )


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """The database: an embedded PostgreSQL, or one of yours."""

    dsn: str | None = setting(
        DSN,
        "The PostgreSQL to use. `DATABASE_URL` says the same.",
        default=None,
        secret=True,
        otherwise="an embedded PostgreSQL in the data folder",
    )
    user: str | None = setting(
        LINE,
        "The account that runs the embedded PostgreSQL when root starts the node.",
        default=None,
        otherwise="who owns the database, else `nostra`, else `nobody`",
    )
    pool_size: int = setting(Number(2, 100, "connections"), "How many connections serve reads.", default=8)


@dataclass(frozen=True, slots=True)
class HttpSettings:
    """The two listeners, and what they take."""

    public: Address = setting(
        ADDRESS, "Where partners and the public reach the node.", default=Address("127.0.0.1", 8640)
    )
    internal: Address = setting(
        ADDRESS, "Where writers and the operator reach the node; keep it inside.", default=Address("127.0.0.1", 8650)
    )
    public_url: str = setting(
        WEB_ADDRESS, "The node's address as others see it.", default=None, otherwise="`http://` and the public listener"
    )
    trusted_proxies: tuple[Network, ...] = setting(
        NETWORKS, "Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.", default=()
    )
    outbound_proxy: str | None = setting(
        WEB_ADDRESS, "The proxy for calls to partners.", default=None, secret=True, otherwise="none"
    )
    max_body_bytes: int = setting(
        Number(70_000, 256 * MEBIBYTE, "bytes"), "The largest request that is read.", default=8 * MEBIBYTE
    )
    max_batch_entries: int = setting(
        Number(1, 100_000, "entries"), "The largest batch that is taken at once.", default=10_000
    )
    max_json_depth: int = setting(Number(8, 32, "levels"), "The deepest nesting that is read.", default=32)


@dataclass(frozen=True, slots=True)
class LogSettings:
    """An own log: one institution, one key. The first is served at `/`, further ones under `/logs/NAME/`."""

    name: str = setting(ID, "What the log is called here: in paths and commands.")
    origin: str = setting(ORIGIN, "The log's name for good. It can never be changed.")
    institution: str = setting(LINE, "The institution whose log this is, by the name on its own documents.")
    country: str = setting(COUNTRY, "Its country.")
    identifiers: tuple[Identifier, ...] = setting(
        IDENTIFIERS,
        "By what documents name the institution: an award is entered here only if its awarding body is one of these. "
        "Further names are of the scheme `name`, written `FI:Tampereen yliopisto`.",
        default=(),
    )
    key: Path = setting(
        FILE, "The log's key file, mode 0600.", default=None, otherwise="`NAME.key` in the folder of keys"
    )
    max_queued_entries: int = setting(
        Number(1, 1_000_000, "entries"), "How many entries may wait before submitters are pushed back.", default=40_000
    )

    @property
    def own_identifiers(self) -> tuple[Identifier, ...]:
        """Return all that names the institution, its name and country among them."""
        return (*self.identifiers, Identifier("name", f"{self.country}:{self.institution}"))


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """Whom this node trusts, and for how long."""

    file: Path | None = setting(
        FILE,
        "The trust policy (C2SP tlog-policy): logs, witnesses, quorum.",
        default=None,
        otherwise="made from the partners whose mirror keys are given, each an operator of its own",
    )
    quorum: int | None = setting(
        Number(1, 32, "operators"),
        "How many partners' mirrors have to cosign before a checkpoint leaves the node, where no file says it.",
        default=None,
        otherwise="more than half of the partners whose mirror keys are given",
    )
    freshness_seconds: int = setting(
        Number(60, 30 * 86_400, "seconds"), "How old a checkpoint may be before it is called stale.", default=86_400
    )


@dataclass(frozen=True, slots=True)
class PublicationSettings:
    """What is asked before something is published that everybody reads."""

    second_person: bool = setting(
        YES_OR_NO,
        "Whether what is published with free text, or looks as if it were about a person, waits until somebody with "
        "another token approves. An office of one person writes `false`.",
        default=True,
    )


@dataclass(frozen=True, slots=True)
class TelemetrySettings:
    """What the node writes about itself."""

    level: str = setting(
        Choice(("debug", "info", "warning", "error")), "The least level that is written.", default="info"
    )
    format: str = setting(
        Choice(("auto", "plain", "json")), "How lines look; `auto` is plain on a terminal, else JSON.", default="auto"
    )


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of a node."""

    node: NodeSettings
    database: DatabaseSettings
    http: HttpSettings
    policy: PolicySettings
    publication: PublicationSettings
    mirror: MirrorSettings
    cosigning: CosigningSettings
    release: ReleaseSettings
    gossip: GossipSettings
    alarms: AlarmSettings
    telemetry: TelemetrySettings
    logs: tuple[LogSettings, ...]
    partners: tuple[PartnerSettings, ...]


TABLES: dict[str, type] = {
    "node": NodeSettings,
    "database": DatabaseSettings,
    "http": HttpSettings,
    "policy": PolicySettings,
    "publication": PublicationSettings,
    "mirror": MirrorSettings,
    "cosigning": CosigningSettings,
    "release": ReleaseSettings,
    "gossip": GossipSettings,
    "alarms": AlarmSettings,
    "telemetry": TelemetrySettings,
}
ARRAYS: dict[str, type] = {"log": LogSettings, "partner": PartnerSettings}
