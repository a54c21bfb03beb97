"""What a run of the generator found."""

from dataclasses import dataclass

from scripts.benchmarks.load.connection import Answer
from scripts.benchmarks.load.jobs import Job


@dataclass(frozen=True, slots=True)
class Outcome:
    """Counts, times and a sample of one run. A run with refused answers is no measurement."""

    answers: int
    seconds: float
    refused: int
    first_refusal: str
    p50_ms: float
    p99_ms: float
    answer_bytes: int
    """Body bytes of an answer, on average."""

    sample: list[tuple[str, str]]
    """What was asked and the answer's body, each as Latin-1 so that any bytes survive JSON."""

    @property
    def per_second(self) -> float:
        """Answers per second."""
        return self.answers / self.seconds


class Tally:
    """Collects the answers of a run."""

    def __init__(self, job: Job, asked: list[bytes]) -> None:
        self._job = job
        self._asked = asked
        self._every = max(1, job.requests // job.keep) if job.keep else job.requests + 1
        self._times: list[int] = []
        self._bytes = 0
        self._refused: list[Answer] = []
        self._sample: list[tuple[str, str]] = []

    def add(self, answer: Answer) -> None:
        """Count an answer, and keep it if it belongs to the sample."""
        self._times.append(answer.nanoseconds)
        self._bytes += len(answer.body)
        if answer.status != self._job.status:
            self._refused.append(answer)
        elif (answer.request + 1) % self._every == 0:
            self._sample.append((self._asked[answer.request].decode("latin-1"), answer.body.decode("latin-1")))

    def outcome(self, seconds: float) -> Outcome:
        """Return the figures once all answers are in."""
        self._times.sort()
        count = len(self._times)
        first = self._refused[0] if self._refused else None
        return Outcome(
            answers=count,
            seconds=seconds,
            refused=len(self._refused),
            first_refusal=f"{first.status} {first.body[:400].decode('utf-8', 'replace')}" if first else "",
            p50_ms=self._times[count // 2] / 1e6,
            p99_ms=self._times[count * 99 // 100] / 1e6,
            answer_bytes=self._bytes // count,
            sample=self._sample,
        )
