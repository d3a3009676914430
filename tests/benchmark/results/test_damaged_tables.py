"""Damaged tables are refused by name, whatever reads them: each harm is made to a whole folder, with hashes that fit it."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from rehashed import rehashed
from speed.scored_runs import made_up_scores, write_scored

import dreambench
from dreambench.benchmark.results.finished import read_finished
from dreambench.dataset.errors import UserError

Harm = Callable[[pd.DataFrame], pd.DataFrame]
IMAGES, SUBJECTS = "scores.parquet", "subjects.parquet"


def with_value(column: str, value: object) -> Harm:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        table = table.astype({column: object}) if isinstance(value, str) else table.copy()
        table.loc[1, column] = value
        return table

    return change


def first_again(table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, table.iloc[:1]], ignore_index=True)


HARMS: dict[str, tuple[str, Harm, str]] = {
    "NaN in an image's metric": (IMAGES, with_value("dino", float("nan")), "no DINO for an image"),
    "infinite": (IMAGES, with_value("dino", float("inf")), "DINO inf"),
    "out of range": (IMAGES, with_value("clip_t", 7.0), "which nothing can have"),
    "another value": (IMAGES, with_value("dino", 0.123), "the images in scores.parquet give"),
    "an image twice": (IMAGES, first_again, "twice"),
    "an image missing": (IMAGES, lambda table: table.iloc[1:], "images"),
    "a prompt that is not asked": (IMAGES, with_value("prompt_index", 99), "prompt"),
    "an image's number": (IMAGES, with_value("image_index", 17), "has an image"),
    "a column too few": (IMAGES, lambda table: table.drop(columns="dino"), "no column 'dino'"),
    "a column too many": (IMAGES, lambda table: table.assign(extra=1.0), "column 'extra'"),
    "a wrong type": (IMAGES, lambda table: table.assign(dino="much"), "something else than numbers"),
    "another subject": (IMAGES, with_value("subject", "nobody"), "nobody"),
    "a subject twice": (SUBJECTS, first_again, "twice"),
    "a subject missing": (SUBJECTS, lambda table: table.iloc[1:], "5 subjects"),
    "a subject's other mean": (SUBJECTS, with_value("dino", 0.5), "the images in scores.parquet give"),
    "a subject's other value": (SUBJECTS, with_value("div", 0.5), "summary.json says that the mean DIV"),
    "NaN in a subject's metric": (SUBJECTS, with_value("pres", float("nan")), "summary.json says that the mean PRES"),
    "another kind": (SUBJECTS, lambda table: table.assign(kind="live"), "another kind"),
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DREAMBENCH_CACHE", str(tmp_path / "cache"))
    scores = made_up_scores(seed=1, subjects=6, prompts=(0, 3), images=2)
    return write_scored(tmp_path / "scored", scores, method="mine")


def harmed(folder: Path, name: str, harm: Harm) -> None:
    harm(pd.read_parquet(folder / name)).to_parquet(folder / name, index=False)


@pytest.mark.parametrize("harm", HARMS)
def test_a_damaged_table_is_refused_by_name(harm: str, folder: Path) -> None:
    name, change, said = HARMS[harm]
    read_finished(folder).scores()  # it was whole
    harmed(folder, name, change)
    with pytest.raises(UserError, match=f"{name} is not the table that summary.json was written with"):
        read_finished(folder).scores()
    rehashed(folder)
    with pytest.raises(UserError) as refused:
        read_finished(folder).scores()
    assert said in str(refused.value)
    with pytest.raises(UserError):
        dreambench.compare(folder, folder)
    with pytest.raises(UserError):
        dreambench.plot(folder, out=folder.parent / "plots", device="cpu")


def test_means_that_are_not_of_the_tables_are_refused(folder: Path) -> None:
    text = (folder / "summary.json").read_text()
    mean = read_finished(folder).summary.overall["dino"].mean
    assert str(mean) in text
    (folder / "summary.json").write_text(text.replace(str(mean), "0.9"))
    with pytest.raises(UserError, match="was changed after it was written"):
        read_finished(folder)
    rehashed(folder)
    with pytest.raises(UserError, match=r"says that the mean DINO of all subjects is 0\.9"):
        read_finished(folder).scores()


def test_tables_of_two_runs_do_not_pass_for_one(folder: Path, tmp_path: Path) -> None:
    other = write_scored(tmp_path / "other", made_up_scores(seed=2, subjects=6, prompts=(0, 3), images=2), method="other")
    (folder / SUBJECTS).write_bytes((other / SUBJECTS).read_bytes())
    with pytest.raises(UserError, match="or is another run's"):
        read_finished(folder).scores()
    rehashed(folder)
    with pytest.raises(UserError, match="do not agree with themselves"):
        read_finished(folder).scores()
