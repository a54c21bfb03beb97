"""The story of the demonstration, act by act; from an award to its recognition elsewhere, through a fire and a fraud.

What is told is what was answered, never what was expected. A step that doesn't come out as told ends the story with an
error. The liar comes last: nobody cosigns for it from then on.
"""

from typing import Final

from node.cli.demo import act_lost_disk, act_proofs, act_questions, act_recognition, act_two_histories, act_verdict
from node.cli.demo.scene import Scene

ACTS: Final = (act_recognition, act_questions, act_proofs, act_verdict, act_lost_disk, act_two_histories)


async def play(scene: Scene) -> None:
    """Play all acts."""
    for act in ACTS:
        await act.play(scene)
