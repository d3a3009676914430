"""What a user relies on: a study that asks for costs tells of every variant the means over its subjects."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from dreambench.benchmark.reporting.study_costs import cost_sentences
from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.runs.units import UnitManifest, UnitSeconds, write_manifest


def scored(root: Path, label: str, units: dict[str, dict[str, Any]]) -> ScoredRun:
    (root / "units").mkdir(parents=True)
    for number, (subject, details) in enumerate(units.items()):
        manifest = UnitManifest(
            key="k",
            subject=subject,
            images={},
            prior={},
            losses=(),
            steps=1,
            details=details,
            seconds=UnitSeconds(train=10.0 + 5 * number, sample=1.0),
            peak_memory_bytes=1,
            peak_device_memory_bytes=None,
            environment={},
        )
        write_manifest(root / "units" / f"{subject}.json", manifest)
    # Only what the sentences are made of.
    return cast(ScoredRun, SimpleNamespace(run=SimpleNamespace(root=root), label=label, kinds=dict.fromkeys(units, "live")))


def test_the_means_over_the_subjects_are_told(tmp_path: Path) -> None:
    one = scored(tmp_path / "a", "LoRA", {"dog": {"bytes": 1000, "note": "x"}, "cat": {"bytes": 3000, "note": "y"}})
    other = scored(tmp_path / "b", "full", {"dog": {}, "cat": {}})
    # (1000 + 3000) / 2 and (10 + 15) / 2
    assert cost_sentences([one, other], ["bytes", "note"]) == [
        "LoRA, mean of 2 subjects: bytes 2,000, 12.5 s of training.",
        "full, mean of 2 subjects: 12.5 s of training.",
    ]
    assert cost_sentences([one, other], []) == []
