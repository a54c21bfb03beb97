"""A PostgreSQL server of the node's own, for whoever has none to give it."""

from node.storage.embedded.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres"]
