"""Scenarios of the counting loop (`tests.support.counting`): what is done while calls fail."""

import asyncpg

from node.errors import NodeError

SOON = 0.02
"""Seconds after which a patient operator tries again."""

DATABASE_FAILED = (NodeError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)
"""What a start may end with while its database fails."""
