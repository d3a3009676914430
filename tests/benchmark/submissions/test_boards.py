"""Boards: who is ranked against whom, who stands apart, and whose images are the same."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from speed.made_up_submissions import means_of, small

from dreambench.benchmark.statistics import bootstrap_interval, rank_intervals
from dreambench.benchmark.submissions import Board, boards_of, read_submissions


def boards(folder: Path, *records: Any) -> tuple[Board, ...]:
    for number, record in enumerate(records):
        (folder / f"{number}.json").write_text(json.dumps(record))
    reading = read_submissions(folder)
    assert not reading.refused
    return boards_of(reading.accepted)


def with_scores(record: Any, **scores: float) -> Any:
    """A submission with the same scores for every subject."""
    for subject in record["subjects"].values():
        subject["scores"] |= scores
    return record | {"summary": means_of(record["subjects"])}


def names(standings: Any) -> list[str]:
    return [standing.accepted.submission.name for standing in standings]


def test_the_best_in_the_first_metric_is_first(tmp_path: Path) -> None:
    (board,) = boards(tmp_path, small("worse", seed=0), small("better", seed=1, shift=0.1))
    assert names(board.standings) == ["better", "worse"]
    assert [standing.ranks["dino"].rank for standing in board.standings] == [1, 2]
    assert not board.apart


def test_intervals_are_those_of_the_runs_own_summary(tmp_path: Path) -> None:
    (board,) = boards(tmp_path, small("a", seed=0), small("b", seed=1))
    for standing in board.standings:
        scores = [subject.scores["dino"] for _, subject in sorted(standing.accepted.submission.subjects.items())]
        expected = bootstrap_interval(scores)  # type: ignore[arg-type]
        found = standing.overall["dino"]
        assert (found.mean, found.low, found.high) == pytest.approx((expected.mean, expected.low, expected.high))


def test_yardsticks_and_copies_have_no_rank_and_take_none_from_others(tmp_path: Path) -> None:
    best = {"dino": 0.99, "clip_t": 0.99}
    declared = with_scores(small("declared", seed=2), **best) | {"is_yardstick": True}
    floor = with_scores(small("floor", seed=3), **best)
    floor["provenance"]["method"] = "pretrained"
    copier = with_scores(small("copier", seed=4), **best, copy_index=0.9)
    (board,) = boards(tmp_path, declared, floor, copier, small("a", seed=5), small("b", seed=6, shift=0.2))
    assert names(board.standings) == ["b", "a"]
    assert [standing.ranks["dino"].rank for standing in board.standings] == [1, 2]
    assert {standing.accepted.submission.name: standing.apart for standing in board.apart} == {
        "copier": "copies",
        "declared": "yardstick",
        "floor": "yardstick",
    }
    assert all(standing.ranks == {} for standing in board.apart)
    assert all(standing.overall["dino"].mean == pytest.approx(0.99) for standing in board.apart)


def test_a_copy_index_by_any_key_is_one_by_its_formula(tmp_path: Path) -> None:
    record = json.loads(
        json.dumps(small("copier", seed=4))
        .replace('"copy_index":', '"other":')
        .replace('"key": "copy_index"', '"key": "other"')
    )
    record["protocol"]["declaration"] = None
    (board,) = boards(
        tmp_path,
        with_scores(record, other=0.9),
    )
    assert [standing.apart for standing in board.apart] == ["copies"]
    assert not board.standings


def test_submissions_with_the_same_images_name_each_other(tmp_path: Path) -> None:
    first, second, other = small("first", seed=1), small("second", seed=2), small("other", seed=3)
    second["images"] = dict(zip(second["images"], reversed(first["images"].values()), strict=True))
    (board,) = boards(tmp_path, first, second, other)
    same = {standing.accepted.submission.name: standing.same_images for standing in board.members}
    assert same == {"first": ("first", "second"), "second": ("first", "second"), "other": ()}


def test_packaged_yardsticks_are_as_most_submissions_have_them(tmp_path: Path) -> None:
    records = [small(f"m{number}", seed=number) for number in range(4)]
    records[0]["beside"]["real_images"]["dino"] = {"mean": 0.1}
    records[1]["beside"]["real_images"]["dino"]["mean"] += 1e-6  # another machine's last digits
    (board,) = boards(tmp_path, *records)
    assert board.beside["real_images"]["dino"].mean == pytest.approx(0.95, abs=1e-5)
    assert board.beside["copy_reference"].keys() == {"dino", "clip_i", "clip_t"}


def test_other_fingerprints_prompts_or_datasets_are_other_boards(tmp_path: Path) -> None:
    fewer = small("fewer", seed=2)
    fewer["subjects"].pop("backpack")
    fewer["summary"] = means_of(fewer["subjects"])
    for table in ("images", "prior_images"):
        fewer[table] = {name: digest for name, digest in fewer[table].items() if not name.startswith("backpack/")}
    unchecked = small("unchecked", seed=3)
    unchecked["protocol"] |= {"declaration": None, "fingerprint": "0" * 12}
    elsewhere = small("elsewhere", seed=4) | {"dataset": {"name": "theirs", "checksum": "7" * 64}}
    found = boards(tmp_path, small("a", seed=0), small("b", seed=1), fewer, unchecked, elsewhere)
    assert [len(board.members) for board in found] == [2, 1, 1, 1]
    assert names(found[0].members) in (["a", "b"], ["b", "a"])


def test_who_turns_a_metric_around_stands_on_a_board_of_his_own(tmp_path: Path) -> None:
    liar = small("liar", seed=3)
    liar["protocol"]["declaration"] = None
    for info in liar["metrics"]:
        info["higher_is_better"] = True
    found = boards(tmp_path, small("a", seed=0), small("b", seed=1), liar)
    assert [sorted(names(board.members)) for board in found] == [["a", "b"], ["liar"]]
    assert not next(info for info in found[0].infos if info.key == "pres").higher_is_better


def test_a_metric_that_only_some_have_stands_for_those(tmp_path: Path) -> None:
    short = small("short", seed=2)
    short["metrics"] = [info for info in short["metrics"] if info["key"] != "pres"]
    for subject in short["subjects"].values():
        subject["scores"].pop("pres")
    short |= {"summary": means_of(short["subjects"]), "prior_images": {}}
    (board,) = boards(tmp_path, short, small("whole", seed=1))
    assert [info.key for info in board.infos] == [info["key"] for info in small("any")["metrics"]]
    ranks = {standing.accepted.submission.name: standing.ranks.get("pres") for standing in board.standings}
    assert ranks["short"] is None
    assert ranks["whole"] is not None
    assert ranks["whole"].rank == 1


def test_equal_methods_share_a_rank_and_a_better_one_everywhere_is_first_alone() -> None:
    base = np.random.default_rng(0).normal(0, 1, 30)
    values = np.stack([base, base, base + 0.01])
    ranks = rank_intervals(values, np.ones_like(values), higher_is_better=True)
    assert [(rank.rank, rank.low, rank.high) for rank in ranks if rank] == [(2, 2, 2), (2, 2, 2), (1, 1, 1)]


def test_noise_gives_overlapping_ranks() -> None:
    values = np.random.default_rng(0).normal(0, 1, (4, 30))
    ranks = rank_intervals(values, np.ones_like(values), higher_is_better=False)
    assert all(rank is not None and rank.low < rank.high for rank in ranks)
