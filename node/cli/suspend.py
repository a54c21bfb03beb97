"""`nostra suspend`: suspend the standing of an award, or of a list of awards.

What may follow what is in `docs/operate/standing.md`.
"""

from typing import Final

from node.cli.status_change import arguments_of
from node.cli.status_change import run as run

NAME: Final = "suspend"
HELP: Final = "suspend the standing of an award, or of a list of awards"

add_arguments = arguments_of("suspended")
