"""Reading a finished run's two tables: those that its summary was written with, with the columns and types of such tables."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.results.summary import IMAGES_TABLE, SUBJECTS_TABLE, SUMMARY_FILE, Summary
from dreambench.benchmark.scoring.tables import ABOUT_IMAGE, ABOUT_SUBJECT, FAMILY, N_PAIRS, SHA256, keys_of
from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_bytes
from dreambench.dataset.inside import inside
from dreambench.dataset.words import shortened

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

N_IMAGES: Final = "n_images"
_MEND: Final = "score the run again."
_MAX_BYTES: Final = 1 << 30
_MAX_ROWS: Final = 5_000_000
_NUMBERS: Final = frozenset({"prompt_index", "image_index", N_IMAGES})
_TEXTS: Final = frozenset({*ABOUT_IMAGE, *ABOUT_SUBJECT, SHA256, FAMILY} - _NUMBERS)


@dataclass(frozen=True)
class _Kind:
    """What a table may hold besides metrics.

    Attributes:
        about: columns that it must have.
        also: columns that it may have.
    """

    about: tuple[str, ...]
    also: tuple[str, ...]


_KINDS: Final = {IMAGES_TABLE: _Kind(ABOUT_IMAGE, (SHA256, FAMILY)), SUBJECTS_TABLE: _Kind(ABOUT_SUBJECT, (N_IMAGES, N_PAIRS))}


def read_table(root: Path, name: str, summary: Summary, *, only: Sequence[str] | None = None) -> "pd.DataFrame":
    """One of the tables. It may lack only metrics that have no mean, and columns that dreambench 0.2 did not write.

    Args:
        root: the run's folder.
        name: IMAGES_TABLE or SUBJECTS_TABLE.
        summary: of the run.
        only: columns to read, where they are there; None reads all, and puts a metric that is missing there as NaN.

    Raises:
        UserError: it is not there, cannot be read, is not the one that the summary was written with, or has other columns or
            types.
    """
    import pandas as pd
    import pyarrow as pa

    path = inside(root / name, root)
    try:
        data = _bytes(path, summary.tables.get(name))
        file = _opened(data, path)
        there = list(file.schema_arrow.names)
        metrics = _metrics(name, summary)
        _check_columns(path, there, summary, metrics)
        wanted = there if only is None else [column for column in only if column in there]
        table = file.read(columns=wanted)
        table.validate(full=True)  # texts that are no UTF-8 would fail wherever they are first looked at
        for column in wanted:
            _check_type(path, table, column)
        frame: pd.DataFrame = table.to_pandas(ignore_metadata=True)
    except (OSError, ValueError, TypeError, KeyError, NotImplementedError, OverflowError, pa.ArrowException) as error:
        raise UserError(f"{path} cannot be read ({_short(error)}); {_MEND}") from error
    frame = frame.astype({key: "float64" for key in metrics if key in frame.columns})
    if only is None:
        first = [
            *_KINDS[name].about,
            *(column for column in _KINDS[name].also if column in (SHA256, FAMILY) and column in there),
            *metrics,
        ]
        frame = frame.reindex(columns=[*first, *(column for column in there if column not in first)])
    return frame


def is_left_of_a_scoring(root: Path, images: Path) -> bool:
    """Whether a folder without a summary holds a table of these images: their scoring was killed before it wrote its last file.

    Args:
        root: the folder.
        images: that are to be scored.
    """
    import pyarrow as pa

    path = root / IMAGES_TABLE
    if (root / SUMMARY_FILE).exists() or not path.is_file():
        return False
    try:
        file = _opened(_bytes(path, None), path)
        if not {*ABOUT_IMAGE, SHA256} <= set(file.schema_arrow.names):
            return False
        names = file.read(columns=["path"]).column("path").to_pylist()
    except (UserError, OSError, ValueError, TypeError, KeyError, NotImplementedError, OverflowError, pa.ArrowException):
        return False
    return bool(names) and all(isinstance(name, str) and (images / name).is_file() for name in names)


def _bytes(path: Path, digest: str | None) -> bytes:
    if not path.is_file():
        raise UserError(f"{path} is missing; {_MEND}")
    if path.stat().st_size > _MAX_BYTES:
        raise UserError(f"{path} is larger than any table of scores; {_MEND}")
    data = path.read_bytes()
    if digest is not None and sha256_bytes(data) != digest:
        raise UserError(
            f"{path} is not the table that summary.json was written with: it was changed, or is another run's; {_MEND}"
        )
    return data


def _opened(data: bytes, path: Path) -> "pq.ParquetFile":
    import pyarrow.parquet as pq

    file = pq.ParquetFile(io.BytesIO(data))
    if file.metadata.num_rows > _MAX_ROWS:
        raise UserError(f"{path} has more rows than any table of scores; {_MEND}")
    return file


def _metrics(name: str, summary: Summary) -> list[str]:
    """The keys that a table has columns for."""
    on_images = keys_of(summary.metrics, "image")
    return on_images if name == IMAGES_TABLE else [*on_images, *keys_of(summary.metrics, "subject")]


def _check_columns(path: Path, there: Sequence[str], summary: Summary, metrics: Sequence[str]) -> None:
    kind = _KINDS[path.name]
    with_mean = {key for key, entry in summary.overall.items() if entry.mean is not None}
    for column in [*kind.about, *metrics]:
        if column not in there and (column in kind.about or column in with_mean):
            raise UserError(f"{path} has no column '{column}'; {_MEND}")
    for column in there:
        if column not in kind.about and column not in kind.also and column not in metrics:
            raise UserError(f"{path} has a column '{_short(column)}' that is none of a table of scores; {_MEND}")
        if there.count(column) > 1:
            raise UserError(f"{path} has the column '{_short(column)}' twice; {_MEND}")


def _check_type(path: Path, table: "pa.Table", column: str) -> None:
    import pyarrow as pa

    values = table.column(column)
    kind = values.type.value_type if pa.types.is_dictionary(values.type) else values.type
    if column in _TEXTS:
        good, what = (pa.types.is_string(kind) or pa.types.is_large_string(kind)) and not values.null_count, "text"
    elif column in _NUMBERS:
        good, what = pa.types.is_integer(kind) and not values.null_count, "whole numbers"
    else:  # a metric: NaN is a number, and a column of nulls is one of NaN
        good, what = pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_null(kind), "numbers"
    if not good:
        raise UserError(f"{path} has something else than {what} in its column '{column}'; {_MEND}")


def _short(error: object) -> str:
    return shortened(printable(" ".join(str(error).split())), 120)
