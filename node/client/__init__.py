"""The one HTTP client: for `audit`, `ask`, the command line's writes, and partners.

`transport` bounds what any server can cost us, `node` speaks to a node's JSON interface, `log` reads a log by
checkpoint and tiles.
"""

from node.client.bounds import Bounds
from node.client.log import LogClient
from node.client.node import NodeClient
from node.client.transport import Answer, HttpClient

__all__ = ["Answer", "Bounds", "HttpClient", "LogClient", "NodeClient"]
