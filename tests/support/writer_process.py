"""A program that logs under load until it is killed: ``DSN FOLDER ORIGIN ANSWERS LABEL SUBMITTERS``.

Each answer is one line of JSON in the file ANSWERS, written before the submitter goes on. A test that kills this
program reads there what was promised; the entries are those of the labels (`tests.support.entries`).
"""

import asyncio
import json
import os
import random
import sys
from pathlib import Path

from tests.support.entries import sealed_entries
from tests.support.own_log import OwnLog

SIZES = (1, 1, 1, 2, 5, 40, 300)
"""How many entries a submission has: mostly one, now and then a bundle that fills tiles."""


async def submit_for_ever(log: OwnLog, label: str, answers: int) -> None:
    """Submit entries one after the other and write down each answer."""
    choice = random.Random(label)
    number = 0
    while True:
        number += 1
        key, count = f"{label}/{number}", choice.choice(SIZES)
        answer = await log.submit(key, count, request_key=key)
        line = {"label": key, "count": count, "first": answer.first_leaf, "note": answer.published.note.decode()}
        os.write(answers, json.dumps(line).encode() + b"\n")


def keep_answers(log: OwnLog, answers: Path) -> int:
    """Take the answers of such a program as this log's promises; return how many there are."""
    lines = answers.read_text().split("\n")[:-1]  # a last line without its end was never read by anybody
    for text in lines:
        line = json.loads(text)
        log.promises.observe(line["note"].encode())
        log.promises.acknowledge(line["first"], sealed_entries(line["label"], line["count"]), line["label"])
    return len(lines)


async def run(dsn: str, folder: Path, origin: str, answers: Path, label: str, submitters: int) -> None:
    """Log until killed."""
    log = OwnLog(dsn, folder, origin)
    await log.start()
    file = os.open(answers, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    async with asyncio.TaskGroup() as group:
        for number in range(submitters):
            group.create_task(submit_for_ever(log, f"{label}.{number}", file))


if __name__ == "__main__":
    dsn, folder, origin, answers, label, submitters = sys.argv[1:]
    asyncio.run(run(dsn, Path(folder), origin, Path(answers), label, int(submitters)))
