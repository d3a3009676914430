"""A baseline: one run's scores by subject and prompt in a small JSON file that a repository can hold."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError, model_validator

from dreambench.benchmark.results.precision import PrecisionRecord
from dreambench.benchmark.results.precision_compared import precision_of_run
from dreambench.dataset.declared import dotted
from dreambench.dataset.errors import UserError
from dreambench.dataset.files import atomic_write_text
from dreambench.dataset.reading import NotRead, parse_json, read_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from dreambench.benchmark.results.comparison import ScoredRun
    from dreambench.benchmark.statistics import Cells, MethodCells

_DECIMALS: Final = 6
_MAX_BYTES: Final = 64 * 1024 * 1024


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BaselineMetric(_Part):
    """A metric that is watched."""

    label: str
    higher_is_better: bool
    fingerprint: str
    """Over all that moves its numbers; a run is checked only where it made the metric in the same way."""
    tolerance: FiniteFloat | None = Field(default=None, ge=0)
    """The loss that is allowed; None for the metric's usual one."""


class BaselineSubject(_Part):
    """A subject's scores."""

    prompts: tuple[int, ...] = Field(min_length=1)
    images: tuple[int, ...]
    """How many images stand behind each prompt's values."""
    by_prompt: dict[str, tuple[FiniteFloat | None, ...]]
    """Metric key -> a mean for each prompt."""
    by_subject: dict[str, FiniteFloat | None]
    """Metrics that only a subject has."""

    @model_validator(mode="after")
    def _as_long(self) -> "BaselineSubject":
        if any(len(values) != len(self.prompts) for values in (self.images, *self.by_prompt.values())):
            raise ValueError("a subject needs a value for each of its prompts")
        if len(set(self.prompts)) != len(self.prompts):
            raise ValueError("a subject has a prompt twice")
        return self


class Baseline(_Part):
    """What `bench check --write-baseline` writes."""

    format: Literal["dreambench-baseline"] = "dreambench-baseline"
    version: Literal[2] = 2
    method: str
    suite: str | None
    seed: int | None
    protocol: str
    dataset: str | None
    dataset_checksum: str | None
    precision: PrecisionRecord | None = None
    """In what arithmetic the images were made; None where nobody knows. Left out of the file then."""
    metrics: dict[str, BaselineMetric] = Field(min_length=1)
    subjects: dict[str, BaselineSubject] = Field(min_length=1)

    @model_validator(mode="after")
    def _same_metrics(self) -> "Baseline":
        for name, subject in self.subjects.items():
            missing = set(self.metrics) - set(subject.by_prompt) - set(subject.by_subject)
            if missing:
                raise ValueError(f"subject {name} has no {sorted(missing)[0]}")
        return self

    def cells(self) -> "MethodCells":
        """The scores as the statistics take them."""
        import numpy as np

        from dreambench.benchmark.statistics import NO_PROMPT, Cells, MethodCells

        names = sorted(self.subjects)
        first = self.subjects[names[0]]
        ordered = [(name, row) for name in names for row in np.argsort(self.subjects[name].prompts).tolist()]
        by_prompt = Cells(
            subjects=np.array([name for name, _ in ordered], dtype=np.str_),
            prompts=np.array([self.subjects[name].prompts[row] for name, row in ordered], dtype=np.int64),
            counts=np.array([self.subjects[name].images[row] for name, row in ordered], dtype=np.int64),
            pairs=np.full(len(ordered), np.nan),
            values={key: _floats([self.subjects[n].by_prompt[key][p] for n, p in ordered]) for key in first.by_prompt},
        )
        by_subject = Cells(
            subjects=np.array(names, dtype=np.str_),
            prompts=np.full(len(names), NO_PROMPT, dtype=np.int64),
            counts=np.ones(len(names), dtype=np.int64),
            pairs=np.full(len(names), np.nan),
            values={key: _floats([self.subjects[name].by_subject[key] for name in names]) for key in first.by_subject},
        )
        return MethodCells(by_prompt, by_subject)


def baseline_of(scored: "ScoredRun", *, tolerances: dict[str, float], metrics: "Sequence[str] | None" = None) -> Baseline:
    """A run as a baseline; metrics without a value anywhere are left out.

    Args:
        scored: the run.
        tolerances: metric key -> the loss allowed from now on, where it is not the default.
        metrics: keys of those to watch; None watches all. The fewer, the smaller the loss that a check can be sure of.

    Raises:
        UserError: the run lacks a metric that is to be watched.
    """
    import numpy as np

    cells, run = scored.cells, scored.run
    present = [info.key for info in run.metrics]
    unknown = sorted({*tolerances, *(metrics or ())} - set(present))
    if unknown:
        raise UserError(f"{run.root} has no '{unknown[0]}' to watch; it has {', '.join(present)}.")
    present = [key for key in present if metrics is None or key in metrics]
    on_prompts = [key for key in present if key in cells.by_prompt.values]
    on_subjects = [key for key in present if key in cells.by_subject.values]
    subjects = {}
    for name in np.unique(cells.by_prompt.subjects).tolist():
        mine = cells.by_prompt.select(cells.by_prompt.subjects == name)
        own = cells.by_subject.select(cells.by_subject.subjects == name)
        subjects[name] = BaselineSubject(
            prompts=tuple(mine.prompts.tolist()),
            images=tuple(mine.counts.tolist()),
            by_prompt={key: tuple(_rounded(mine, key)) for key in on_prompts},
            by_subject={key: _rounded(own, key)[0] for key in on_subjects},
        )
    infos = {info.key: info for info in run.metrics}
    return Baseline(
        method=run.method,
        suite=run.summary.suite,
        seed=run.summary.seed,
        protocol=run.protocol,
        dataset=run.summary.dataset.name,
        dataset_checksum=run.summary.dataset.checksum,
        precision=precision_of_run(run),
        metrics={
            key: BaselineMetric(
                label=infos[key].label,
                higher_is_better=infos[key].higher_is_better,
                fingerprint=infos[key].fingerprint,
                tolerance=tolerances.get(key),
            )
            for key in [*on_prompts, *on_subjects]
        },
        subjects=subjects,
    )


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Write a baseline atomically; a subject a line, so that a diff of two baselines can be read."""
    record = baseline.model_dump(mode="json", exclude={"precision"} if baseline.precision is None else None)
    subjects = record.pop("subjects")
    head = json.dumps(record, indent=2, allow_nan=False)[:-2]
    lines = ",\n".join(f"    {json.dumps(name)}: {json.dumps(value, allow_nan=False)}" for name, value in subjects.items())
    atomic_write_text(path, f'{head},\n  "subjects": {{\n{lines}\n  }}\n}}\n')


def read_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        UserError: there is none, or the file is not one.
    """
    mend = "write one with `bench check RUN --baseline FILE --write-baseline`."
    if not path.is_file():
        raise UserError(f"There is no baseline {path}; {mend}")
    try:
        text = read_text(path, mend=mend, max_bytes=_MAX_BYTES)
        if '"dreambench-baseline"' in text[:200] and re.search(r'"version": *1\b', text[:400]):
            raise UserError(f"{path} was written by dreambench 0.1, whose numbers were fingerprinted otherwise; {mend}")
        return Baseline.model_validate(parse_json(text))
    except NotRead as error:
        raise error.about(str(path), mend) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = dotted(first["loc"])
        raise UserError(f"{path} is not a baseline ({f'{key}: ' if key else ''}{first['msg']}); {mend}") from error


def _rounded(cells: "Cells", key: str) -> list[float | None]:
    import numpy as np

    return [round(value, _DECIMALS) if np.isfinite(value) else None for value in cells.values[key].tolist()]


def _floats(values: list[Any]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    import numpy as np

    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
