"""What settings must be together, where each alone is in its form."""

from collections import Counter
from collections.abc import Iterable, Iterator

from node.config.sections import Config

ANY_PORT = 0

COSIGNER_FILES = tuple(f"{claim}{form}" for claim in ("witness", "mirror", "index") for form in (".key", "-ml-dsa.key"))
"""Files in the folder of keys that are the cosigners' own (`node.gossip.cosigning.cosigner`)."""


def check_together(config: Config) -> list[str]:
    """Return the problems of a configuration whose values are each in their form."""
    return [
        *_keys(config),
        *_listeners(config),
        *_names(config),
        *_partners(config),
        *_cosigners(config),
        *_files(config),
    ]


def _keys(config: Config) -> Iterator[str]:
    data = config.node.data
    for where, path in [
        ("[node] keys", config.node.keys),
        *((f"[[log]] {log.name} key", log.key) for log in config.logs),
    ]:
        if path.is_relative_to(data):
            yield f"{where}: {path} is inside the data folder {data}; keep keys and database apart"
    cosigners = {config.node.keys / name for name in COSIGNER_FILES}
    for log in config.logs:
        if log.key in cosigners:
            yield f"[[log]] {log.name} key: {log.key} is a cosigner's file; set another, or another name"


def _listeners(config: Config) -> Iterator[str]:
    if config.http.public == config.http.internal and config.http.public.port != ANY_PORT:
        yield f"[http] internal: {config.http.internal} is the public listener's address; choose another port"


def _names(config: Config) -> Iterator[str]:
    yield from _twice("[[log]] name", (log.name for log in config.logs))
    yield from _twice("[[log]] key", (str(log.key) for log in config.logs))
    yield from _twice("[[partner]] name", (partner.name for partner in config.partners))
    origins = [log.origin for log in config.logs] + [partner.origin for partner in config.partners]
    yield from _twice("origin", origins)


def _partners(config: Config) -> Iterator[str]:
    for partner in config.partners:
        if partner.verifier_key.name != partner.origin:
            yield (
                f"[[partner]] {partner.name} verifier_key: it is the key of '{partner.verifier_key.name}', "
                f"and a log signs under its origin, '{partner.origin}'"
            )
        for key in partner.former_keys:
            if key.name != partner.origin:
                yield f"[[partner]] {partner.name} former_keys: there is a key of '{key.name}', another log"
        yield from _twice(f"[[partner]] {partner.name} former_keys", (key.render() for key in partner.former_keys))


def _cosigners(config: Config) -> Iterator[str]:
    keys = [key.render() for partner in config.partners for key in partner.cosigner_keys]
    yield from _twice("[[partner]] mirror_keys, witness_keys or index_keys", keys)
    operators = sum(bool(partner.mirror_keys) for partner in config.partners)
    if config.policy.quorum is not None and config.policy.file is not None:
        yield "[policy] quorum: the policy file says whose cosignatures are asked for; leave one of the two out"
    elif config.policy.quorum is not None and config.policy.quorum > operators:
        yield (
            f"[policy] quorum: {config.policy.quorum} partners are to cosign, and mirror_keys are given of {operators}"
        )


def _files(config: Config) -> Iterator[str]:
    if config.policy.file is not None and not config.policy.file.is_file():
        yield f"[policy] file: {config.policy.file} is not there"


def _twice(where: str, values: Iterable[str]) -> Iterator[str]:
    for value, times in Counter(values).items():
        if times > 1:
            yield f"{where}: '{value}' is given {times} times; each is one log's or one partner's alone"
