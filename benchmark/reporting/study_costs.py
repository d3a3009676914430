"""What a study's variants took, in sentences: numbers that their units recorded, and seconds of training."""

from collections.abc import Sequence

from dreambench.benchmark.results.comparison import ScoredRun
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.units import UnitManifest, read_manifest


def cost_sentences(runs: Sequence[ScoredRun], keys: Sequence[str]) -> list[str]:
    """A sentence a run: the mean over its subjects of each number, and of the seconds of training.

    Args:
        runs: with their labels.
        keys: of the details that units record, for example "trained_parameters"; one that a run lacks is left out. Without
            any there are no sentences.
    """
    sentences = []
    for run in runs if keys else ():
        paths = [RunFolder(run.run.root).manifest_file(subject) for subject in run.kinds]
        units = [unit for path in paths if (unit := read_manifest(path)) is not None]
        said = [f"{key} {mean:,.0f}" for key in keys if (mean := _mean(units, key)) is not None]
        if units:
            said.append(f"{sum(unit.seconds.train for unit in units) / len(units):.1f} s of training")
            sentences.append(f"{run.label}, mean of {len(units)} subjects: {', '.join(said)}.")
    return sentences


def _mean(units: Sequence[UnitManifest], key: str) -> float | None:
    found = [unit.details.get(key) for unit in units]
    numbers = [value for value in found if isinstance(value, int | float) and not isinstance(value, bool)]
    return sum(numbers) / len(numbers) if numbers else None
