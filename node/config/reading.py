"""Reading the configuration: one TOML file, then the environment, then what follows from both.

The environment wins over the file. A setting of a table is ``NOSTRA_<TABLE>_<KEY>``; the database's address may also
come as ``DATABASE_URL``; a secret may come as a file, by ``<key>_file`` in TOML or a variable ending in ``_FILE``.
All problems are reported at once; none of them repeats a secret.
"""

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING
from pathlib import Path
from typing import Any

from node.config.rules import check_together
from node.config.sections import ARRAYS, TABLES, Config
from node.config.setting import Declared, declared
from node.errors import ConfigError

Values = dict[str, Any]
OTHER_NAMES = {"NOSTRA_DATABASE_DSN": "DATABASE_URL"}


def load(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Return the configuration of the file (none: the one NOSTRA_CONFIG names, else defaults) and the environment.

    Raises:
        ConfigError: it can't be used; ``problems`` holds every reason.
    """
    config, found = _read(path, environ)
    if config is None:
        raise ConfigError(found)
    return config


def problems(path: Path | None, environ: Mapping[str, str]) -> list[str]:
    """Return everything that keeps the configuration from being used; empty means it can be."""
    return _read(path, environ)[1]


def _read(path: Path | None, environ: Mapping[str, str]) -> tuple[Config | None, list[str]]:
    found: list[str] = []
    if path is None and environ.get("NOSTRA_CONFIG"):
        path = Path(environ["NOSTRA_CONFIG"])
    tables = _parse_file(path, found)
    folder = path.absolute().parent if path else Path.cwd()
    source = _Source(environ, folder, found)
    values = {name: source.table(name, section, tables.pop(name, {})) for name, section in TABLES.items()}
    arrays = {name: source.array(name, section, tables.pop(name, [])) for name, section in ARRAYS.items()}
    found.extend(_unknown(f"[{name}]", name, [*TABLES, *ARRAYS]) for name in tables)
    found.extend(_unknown_variables(environ))
    if found:
        return None, found
    _complete(values, arrays)
    config = _build(values, arrays)
    found.extend(check_together(config))
    return (None if found else config), found


def _parse_file(path: Path | None, found: list[str]) -> Values:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        found.append(f"{path}: can't be read ({error.strerror})")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found.append(f"{path}: not TOML: {error}")
    return {}


class _Source:
    """Where values come from, and where problems go."""

    def __init__(self, environ: Mapping[str, str], folder: Path, found: list[str]) -> None:
        self._environ = environ
        self._folder = folder
        self._found = found

    def table(self, name: str, section: type, given: Any) -> Values:
        """Read a table, the environment winning."""
        if not isinstance(given, dict):
            self._found.append(f"[{name}]: write it as a table")
            return {}
        from_environment = {
            each.name: value
            for each in declared(section)
            if (value := self._variable(f"NOSTRA_{name}_{each.name}".upper(), each)) is not None
        }
        return self._values(f"[{name}]", section, given, from_environment)

    def array(self, name: str, section: type, given: Any) -> list[Values]:
        """Read an array of tables."""
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            self._found.append(f"[[{name}]]: write it as an array of tables, in double brackets")
            return []
        return [
            self._values(f"[[{name}]] {each.get('name', place)!s}", section, each, {})
            for place, each in enumerate(given, 1)
        ]

    def _values(self, where: str, section: type, given: Values, from_environment: Values) -> Values:
        settings = list(declared(section))
        names = [each.name for each in settings]
        names += [f"{each.name}_file" for each in settings if each.setting.secret]
        self._found.extend(_unknown(where, name, names) for name in given if name not in names)
        return {each.name: self._value(where, each, given | from_environment) for each in settings}

    def _value(self, where: str, each: Declared, given: Values) -> Any:
        raw = given.get(each.name)
        if each.setting.secret and raw is None and f"{each.name}_file" in given:
            raw = self._secret(f"{where} {each.name}_file", given[f"{each.name}_file"])
        if raw is None:
            return self._default(where, each)
        try:
            return each.setting.reader(raw, self._folder)
        except ValueError as error:
            wanted = f"write {each.setting.reader.form.replace('`', '')}"
            self._found.append(f"{where} {each.name}: {wanted if each.setting.secret else error}")
            return None

    def _default(self, where: str, each: Declared) -> Any:
        if each.default is MISSING:
            self._found.append(f"{where} {each.name}: missing; write {each.setting.reader.form.replace('`', '')}")
            return None
        return self._folder.absolute() / each.default if isinstance(each.default, Path) else each.default

    def _variable(self, name: str, each: Declared) -> str | None:
        """Return what the environment says; an empty variable says nothing."""
        for variable in filter(None, (name, OTHER_NAMES.get(name))):
            if self._environ.get(variable):
                return self._environ[variable]
            if each.setting.secret and self._environ.get(f"{variable}_FILE"):
                return self._secret(f"environment {variable}_FILE", self._environ[f"{variable}_FILE"])
        return None

    def _secret(self, where: str, file: Any) -> str | None:
        try:
            return (self._folder / str(file)).read_text("utf-8").strip()
        except OSError as error:
            self._found.append(f"{where}: {file!r} can't be read ({error.strerror})")
        except UnicodeDecodeError:
            self._found.append(f"{where}: {file!r} is not a text file")
        return None


def _complete(values: Mapping[str, Values], arrays: Mapping[str, list[Values]]) -> None:
    """Fill in what follows from other settings."""
    node, http = values["node"], values["http"]
    node["keys"] = node["keys"] or node["data"].with_name(f"{node['data'].name}-keys")
    http["public_url"] = http["public_url"] or f"http://{http['public']}"
    origins = [log["origin"] for log in arrays["log"]]
    values["cosigning"]["name"] = values["cosigning"]["name"] or (origins[0] if origins else "nostra")
    for log in arrays["log"]:
        log["key"] = log["key"] or node["keys"] / f"{log['name']}.key"


def _build(values: Mapping[str, Values], arrays: Mapping[str, list[Values]]) -> Config:
    tables = {name: section(**values[name]) for name, section in TABLES.items()}
    logs, partners = (tuple(section(**each) for each in arrays[name]) for name, section in ARRAYS.items())
    return Config(**tables, logs=logs, partners=partners)


def _unknown(where: str, name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
    return f"{where} {name}: unknown; {hint}" if where != f"[{name}]" else f"{where}: unknown; {hint}"


def _unknown_variables(environ: Mapping[str, str]) -> list[str]:
    """Return a problem for each variable that names one of our tables but none of its keys."""
    known = ["NOSTRA_CONFIG"]
    for table, section in TABLES.items():
        for each in declared(section):
            known.append(f"NOSTRA_{table}_{each.name}".upper())
            known += [f"{known[-1]}_FILE"] if each.setting.secret else []
    ours = tuple(f"NOSTRA_{table}_".upper() for table in TABLES)
    return [_unknown("environment", name, known) for name in environ if name.startswith(ours) and name not in known]
