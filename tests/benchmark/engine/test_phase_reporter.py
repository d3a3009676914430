"""What a worker says of its progress: not too often, and of a batch that is through at once."""

import pytest

from dreambench.benchmark.engine import phase_reporter
from dreambench.benchmark.engine.messages import Progress
from dreambench.benchmark.engine.phase_reporter import PhaseReporter


def test_the_images_of_a_batch_are_counted_when_it_is_through(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen images come at once, after a minute: without the last word of a batch one would be shown for a minute more."""
    now, said = 0.0, list[Progress]()
    monkeypatch.setattr(phase_reporter.time, "perf_counter", lambda: now)
    reporter = PhaseReporter(("dog",), said.append)
    for batch in range(2):
        now += 60.0
        for number in range(1, 17):
            now += 0.001
            tell = reporter.of_batch if number == 16 else reporter
            tell("sample", 16 * batch + number, 40)
    assert [(message.done, round(message.seconds)) for message in said] == [(1, 60), (16, 60), (17, 120), (32, 120)]


def test_the_last_of_a_phase_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    said = list[Progress]()
    monkeypatch.setattr(phase_reporter.time, "perf_counter", lambda: 5.0)
    reporter = PhaseReporter(("dog",), said.append)
    for number in (1, 2, 3):
        reporter.of_batch("sample", number, 3)
    assert [message.done for message in said] == [1, 2, 3]
