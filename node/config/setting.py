"""How a setting is declared: its reader, its default and its sentence in the manual, beside the field itself."""

from collections.abc import Iterator
from dataclasses import MISSING, dataclass, field, fields
from typing import Any

from node.config.readers import Reader


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known of a setting beside its value; ``otherwise`` says what holds where no default can be written."""

    reader: Reader
    says: str
    secret: bool
    otherwise: str


@dataclass(frozen=True, slots=True)
class Declared:
    """A setting with its name and default (MISSING where the setting is required)."""

    name: str
    default: Any
    setting: Setting


def setting(reader: Reader, says: str, *, default: Any = MISSING, secret: bool = False, otherwise: str = "") -> Any:
    """Declare a field of a section; the default is a value as the reader would return it."""
    metadata = {"setting": Setting(reader, says, secret, otherwise)}
    return field(default=default, repr=not secret, metadata=metadata)


def declared(section: type) -> Iterator[Declared]:
    """Yield the settings of a section in their order."""
    for each in fields(section):
        yield Declared(each.name, each.default, each.metadata["setting"])
