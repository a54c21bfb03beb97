"""Log events with fields, and the node's metrics.

A log line is an event, `checkpoint_published`, with fields, `tree_size=512`: JSON on stderr, one object a line, or a
plain line where stderr is a terminal. One line at *info* for each batch, never one for each entry. Never personal
data: no tag, no name, no text of a document. Two guards hold that where an author forgets: a field of a WITHHELD name
loses its value, and of an exception only its type and the places it passed are written, since its message may quote
what was being read.

    event("checkpoint_published", origin="ledger.example.org/nostra", tree_size=512)

Metrics are Prometheus', in a registry of our own; `render_metrics` is what `GET /metrics` answers.
"""

import json
import logging
import sys
import traceback
from typing import TextIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

from node.clock import instant

METRICS_CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

Field = str | int | float | bool | None

# Names under which a person, or the key to a person's entries, could slip into a log.
WITHHELD = frozenset(
    {"address", "document", "email", "file", "learner", "name", "request_key", "secret", "statement", "tag", "token"}
)
MAX_FIELD_TEXT = 300  # characters; a longer value is a document, not a field

_logger = logging.getLogger("nostra")


def event(what: str, /, *, level: int = logging.INFO, error: BaseException | None = None, **fields: Field) -> None:
    """Log one event; `what` is a lower_case name that stays, the fields are what varies."""
    if _logger.isEnabledFor(level):
        _logger.log(level, what, extra={"fields": fields}, exc_info=error)


def warn(what: str, /, *, error: BaseException | None = None, **fields: Field) -> None:
    """Log an event that an operator should look at."""
    event(what, level=logging.WARNING, error=error, **fields)


def set_up_logging(*, level: str = "info", form: str = "auto", stream: TextIO | None = None) -> None:
    """Send every log line of this process to the stream (stderr).

    The form is `plain`, `json`, or `auto`: plain on a terminal, JSON elsewhere.
    """
    stream = stream or sys.stderr
    out = logging.StreamHandler(stream)
    plain = form == "plain" or (form == "auto" and stream.isatty())
    out.setFormatter(_PlainLines() if plain else _JsonLines())
    logging.basicConfig(level=level.upper(), handlers=[out], force=True)
    # Their info lines are one for each job run and one for each request, with the caller's address.
    for chatty in ("apscheduler", "aiohttp.access", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


class _JsonLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return json.dumps(_line(record), ensure_ascii=False, separators=(",", ":"))


class _PlainLines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = _line(record)
        head = f"{line.pop('at')} {line.pop('level'):7} {line.pop('event')}"
        return " ".join([head, *(f"{name}={value}" for name, value in line.items())])


def _line(record: logging.LogRecord) -> dict[str, object]:
    line: dict[str, object] = {
        "at": instant(int(record.created)),
        "level": record.levelname.lower(),
        "event": record.getMessage() if record.name == _logger.name else record.name,
    }
    if record.name != _logger.name:  # a library's own line: a sentence, not an event
        line["text"] = record.getMessage()[:MAX_FIELD_TEXT]
    for name, value in getattr(record, "fields", {}).items():
        line[name] = "withheld" if name in WITHHELD else _short(value)
    if record.exc_info and record.exc_info[1] is not None:
        line["error"] = type(record.exc_info[1]).__name__
        line["passed"] = _places(record.exc_info[1])
    return line


def _short(value: object) -> object:
    return value[:MAX_FIELD_TEXT] if isinstance(value, str) else value


def _places(error: BaseException) -> str:
    """Return where the exception passed, innermost last, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    return " > ".join(f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames)


REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

ENTRIES = Counter("nostra_entries", "Entries sequenced into an own log", ["origin"], registry=REGISTRY)
REFUSED = Counter("nostra_refused", "Requests refused or failed, by problem code", ["code"], registry=REGISTRY)
QUEUE = Gauge("nostra_queue_entries", "Entries waiting for the batch that follows", ["origin"], registry=REGISTRY)
BATCH_ENTRIES = Histogram(
    "nostra_batch_entries",
    "Entries in one batch",
    ["origin"],
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 10_000, 100_000),
    registry=REGISTRY,
)
COMMIT_SECONDS = Histogram(
    "nostra_commit_seconds",
    "One batch's transaction, from BEGIN to a known COMMIT",
    ["origin"],
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
    registry=REGISTRY,
)
RELEASE_SECONDS = Histogram(
    "nostra_release_seconds",
    "From a durable checkpoint to one that enough partners have cosigned",
    ["origin"],
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60),
    registry=REGISTRY,
)
UNKNOWN_COMMITS = Counter("nostra_unknown_commits", "Commits whose answer was lost", ["origin"], registry=REGISTRY)
BARRIERS = Counter("nostra_barriers", "Barrier rows committed before going on", ["origin"], registry=REGISTRY)
TREE_SIZE = Gauge(
    "nostra_tree_size", "Entries in a log's newest checkpoint, own or mirrored", ["origin"], registry=REGISTRY
)
CHECKPOINT_TIME = Gauge(
    "nostra_checkpoint_time_seconds",
    "POSIX seconds at which a log's newest checkpoint was seen",
    ["origin"],
    registry=REGISTRY,
)
REQUESTS = Counter("nostra_requests", "HTTP requests answered", ["route", "method", "status"], registry=REGISTRY)
REQUEST_SECONDS = Histogram(
    "nostra_request_seconds", "HTTP request, from head to last byte", ["route"], registry=REGISTRY
)
MIRRORED = Counter("nostra_mirrored_entries", "Partners' entries verified and kept", ["origin"], registry=REGISTRY)
PARTNER_FAILURES = Counter(
    "nostra_partner_failures", "Rounds with a partner that failed, by reason", ["origin", "reason"], registry=REGISTRY
)
COSIGNED = Counter("nostra_cosigned", "Partners' checkpoints cosigned", ["origin", "claim"], registry=REGISTRY)
COSIGNED_ROWS = Histogram(
    "nostra_cosigned_together",
    "Checkpoints whose cosigning one commit made durable",
    buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256),
    registry=REGISTRY,
)
WITNESS_ANSWERS = Counter(
    "nostra_witness_answers", "Requests to the witness, by origin and status", ["origin", "status"], registry=REGISTRY
)
CONVICTED = Gauge("nostra_convicted", "1 of a log that has shown two histories", ["origin"], registry=REGISTRY)
EXCHANGES = Counter("nostra_exchanges", "Exchanges with partners, by result", ["partner", "result"], registry=REGISTRY)
PARTNER_STATE = Gauge(
    "nostra_partner_state", "1 of how a partner stood in the last closed round", ["partner", "state"], registry=REGISTRY
)
QUORUM_MARGIN = Gauge(
    "nostra_quorum_margin", "How many more partners may fail before the quorum is lost; -1: it is", registry=REGISTRY
)
INDEX_SIZE = Gauge("nostra_index_size", "Entries under the index note that is shown", ["origin"], registry=REGISTRY)
INDEX_BEHIND = Gauge(
    "nostra_index_behind_entries",
    "Entries of the newest checkpoint that its index lacks",
    ["origin"],
    registry=REGISTRY,
)
INDEX_SECONDS = Histogram(
    "nostra_index_seconds",
    "From a released checkpoint to its index, cosigned and shown",
    ["origin"],
    buckets=(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 3600),
    registry=REGISTRY,
)
INDEX_ANSWERS = Counter(
    "nostra_index_answers",
    "Requests to the index cosigner, by origin and status",
    ["origin", "status"],
    registry=REGISTRY,
)
ALARMS = Gauge("nostra_alarms", "1 of an alarm that stands", ["kind", "origin"], registry=REGISTRY)
ALARMS_UNSENT = Gauge("nostra_alarms_unsent", "Alarms that the webhook has not taken yet", registry=REGISTRY)

INTEGRITY_FAULTS = Gauge(
    "nostra_integrity_faults", "Differences that the latest integrity run found", ["origin"], registry=REGISTRY
)


def render_metrics() -> bytes:
    """Return every metric in Prometheus' text form."""
    return generate_latest(REGISTRY)
