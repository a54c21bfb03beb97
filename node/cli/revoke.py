"""`nostra revoke`: end the standing of an award, or of a list of awards, for good.

What may follow what is in `docs/operate/standing.md`.
"""

from typing import Final

from node.cli.status_change import arguments_of
from node.cli.status_change import run as run

NAME: Final = "revoke"
HELP: Final = "end the standing of an award, or of a list of awards, for good"

add_arguments = arguments_of("revoked")
