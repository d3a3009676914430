"""Images that people rated and metrics scored: read from a table, or put together from published sources."""

import csv
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.validation.sources import RatingSources, SourceFile, local_file
from dreambench.dataset.errors import UserError
from dreambench.dataset.reading import parse_json, read_json

_RATER: Final = re.compile(r"rater_?(\d+)_([a-z][a-z0-9_]*)")
_LABELS: Final = {"dino": "DINO", "clip_i": "CLIP-I", "clip_t": "CLIP-T"}
#: Columns that name an image and are no metric.
_NAMES: Final = frozenset({"sample", "method", "prompt", "subject", "path"})
_MAX_BYTES: Final = 200_000_000
_PROMPT: Final = re.compile(r"Text Prompt: (.*)")


@dataclass(frozen=True, eq=False)
class Ratings:
    """Rated images.

    Attributes:
        source: where they come from, for a sentence.
        question: what the raters were asked ("consistency").
        samples: [n], what was asked for (a subject under a prompt); images of one sample rise and fall together.
        methods: [n], who made the image.
        raters: [n, raters], NaN where a rater did not say.
        metrics: key -> [n]; NaN where an image has no value.
    """

    source: str
    question: str
    samples: NDArray[np.str_]
    methods: NDArray[np.str_]
    raters: NDArray[np.float64]
    metrics: Mapping[str, NDArray[np.float64]]

    @property
    def people(self) -> NDArray[np.float64]:
        """[n], the mean over the raters who said something."""
        there = np.isfinite(self.raters)
        sums = np.where(there, self.raters, 0.0).sum(axis=1)
        with np.errstate(invalid="ignore"):
            return np.asarray(sums / there.sum(axis=1), dtype=np.float64)


def label_of(key: str) -> str:
    """A metric's column as tables call it."""
    return _LABELS.get(key, key)


def read_ratings(path: Path, *, question: str | None = None) -> Ratings:
    """Read a CSV file with a row an image: `sample`, `method`, `rater1_QUESTION`, `rater2_QUESTION` ..., and metrics.

    Every other column of numbers is a metric.

    Args:
        path: the file.
        question: which of the raters' questions; None takes the first.

    Raises:
        UserError: the file is not there or is no such table; the message says what is missing.
    """
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise UserError(f"{path} is larger than {_MAX_BYTES // 1_000_000} MB; give a table of ratings.")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path} cannot be read ({error}); give a CSV file of ratings.") from error
    rows = list(csv.DictReader(text.splitlines()))
    return ratings_of(rows, source=str(path), question=question)


def ratings_of(rows: Sequence[Mapping[str, Any]], *, source: str, question: str | None = None) -> Ratings:
    """Ratings from rows of text; see `read_ratings`.

    Raises:
        UserError: a column is missing, or a cell is not what its column holds.
    """
    columns = list(rows[0]) if rows else []
    for name in ("sample", "method"):
        if name not in columns:
            raise UserError(f"{source} has no column '{name}'; a row is an image of a sample by a method.")
    asked: dict[str, list[str]] = {}
    for column in columns:
        if found := _RATER.fullmatch(str(column)):
            asked.setdefault(found[2], []).append(column)
    chosen = question or next(iter(asked), None)
    if chosen is None or chosen not in asked:
        there = f"; it has {', '.join(asked)}" if asked else ""
        raise UserError(f"{source} has no column 'rater1_{chosen or 'QUESTION'}' with what people said{there}.")
    raters = np.stack([_numbers(rows, column, source, must=True) for column in asked[chosen]], axis=1)
    others = [str(column) for column in columns if column not in _NAMES and column and not _RATER.fullmatch(str(column))]
    metrics = {column: _numbers(rows, column, source, must=False) for column in others}
    usable = {key: values for key, values in metrics.items() if np.isfinite(values).any()}
    if not usable:
        raise UserError(f"{source} has no column of numbers beside the raters'; add a column a metric.")
    samples, methods = (np.array([str(row[name]) for row in rows], dtype=np.str_) for name in ("sample", "method"))
    return Ratings(source, chosen, samples, methods, raters, usable)


def assemble(sources: RatingSources, folder: Path) -> list[dict[str, Any]]:
    """The rows of the published ratings from their fetched files, in the order of methods and samples.

    Columns: sample, method, prompt, rater<k>_consistency, rater<k>_quality (0, .5 or 1), dino, clip_i, gpt4o_prompt,
    gpt4o_subject (0 to 10), and gpt4o, the lower of the two, as VIEScore takes them together.
    """
    raters = [_rater_table(file, folder) for file in sources.raters]
    rows = []
    for method, similarity, answer in zip(sources.methods, sources.similarities, sources.answers, strict=True):
        near, said = _json(similarity, folder), _json(answer, folder)
        for sample in sorted(near, key=_number):
            row: dict[str, Any] = {"sample": _number(sample), "method": method, "prompt": _prompt(said.get(sample))}
            for number, table in enumerate(raters, start=1):
                consistency, quality = parse_json(table[sample][method])
                row |= {f"rater{number}_consistency": consistency, f"rater{number}_quality": quality}
            prompt, subject = _two_answers(said.get(sample))
            row |= {"dino": near[sample]["DINO"], "clip_i": near[sample]["CLIP_I"]}
            row |= {"gpt4o_prompt": prompt, "gpt4o_subject": subject, "gpt4o": min(prompt, subject)}
            rows.append(row)
    return rows


def _rater_table(file: SourceFile, folder: Path) -> dict[str, dict[str, str]]:
    text = local_file(file, folder).read_text(encoding="utf-8")
    return {str(row["uid"]): dict(row) for row in csv.DictReader(text.splitlines(), delimiter="\t")}


def _json(file: SourceFile, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = read_json(local_file(file, folder), mend="fetch it again.", max_bytes=64_000_000)
    return found


def _number(sample: str) -> int:
    """ "sample_12.jpg" is 12."""
    return int(re.sub(r"\D", "", sample))


def _prompt(answer: Any) -> str:
    found = _PROMPT.search(answer.get("prompt_input", "")) if isinstance(answer, dict) else None
    return "" if found is None else found[1].strip()


def _two_answers(answer: Any) -> tuple[float, float]:
    """GPT-4o's scores for prompt and subject; NaN where it gave none."""
    score = answer.get("score") if isinstance(answer, dict) else None
    if isinstance(score, list) and len(score) == 2 and all(isinstance(value, int | float) for value in score):
        return float(score[0]), float(score[1])
    return math.nan, math.nan


def _numbers(rows: Sequence[Mapping[str, Any]], column: str, source: str, *, must: bool) -> NDArray[np.float64]:
    """[n] of a column, NaN for an empty cell; a column with words has no number at all, unless it must."""
    found = np.full(len(rows), np.nan)
    for number, row in enumerate(rows):
        cell = row.get(column)
        text = "" if cell is None else str(cell).strip()
        if not text:
            continue
        try:
            found[number] = float(text)
        except ValueError:
            if must:
                raise UserError(
                    f"{source} has '{text[:40]}' in the column {column}, row {number + 1}; give a number."
                ) from None
            return np.full(len(rows), np.nan)
    return found
