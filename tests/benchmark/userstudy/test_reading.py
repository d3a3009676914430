"""Answers from strangers: refused by name, screened, counted."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from simulated_study import answered, attentive, simulated_study

from dreambench.benchmark.userstudy.answers import HandedIn, Said, read_answers
from dreambench.benchmark.userstudy.findings import findings
from dreambench.benchmark.userstudy.screening import screened
from dreambench.benchmark.userstudy.study import Asked, Question, read_study
from dreambench.benchmark.userstudy.tally import metrics_agreement, preferences, raters_agreement, thin_pairs, votes_of
from dreambench.dataset.errors import UserError

STUDY = simulated_study()
FIRST = STUDY.questionnaires[0]


def first_always(question: Question, asked: Asked) -> Said:
    return "left"


def written(path: Path, **changes: Any) -> Path:
    """A good answers' file with some changes."""
    record = answered(STUDY, FIRST, attentive(first_always)).answers.model_dump(mode="json")
    path.write_text(json.dumps(record | changes))
    return path


def test_a_finished_questionnaire_is_taken(tmp_path: Path) -> None:
    taken, refused = read_answers([written(tmp_path / "a.json")], STUDY)
    assert not refused
    assert len(taken[0].answers.answers) == 25


ANSWERS = answered(STUDY, FIRST, attentive(first_always)).answers.model_dump(mode="json")["answers"]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"study": "0" * 16}, "another study"),
        ({"questionnaire": 99}, "no questionnaire 99"),
        ({"questionnaire": 2}, "does not ask"),
        ({"answers": ANSWERS[:-2]}, "2 of 25 answers are missing"),
        ({"answers": [*ANSWERS, ANSWERS[0]]}, "twice"),
        ({"answers": [ANSWERS[0] | {"subject": "both"}]}, r"no answers' file \(answers.0.subject"),
        ({"answers": [ANSWERS[0] | {"seconds": -1}]}, "seconds"),
        ({"kind": "something"}, "kind"),
        ({"extra": 1}, "extra"),
        ({"rater": "<script>"}, "rater"),
    ],
)
def test_broken_and_foreign_answers_are_refused_by_name(changes: dict[str, Any], why: str, tmp_path: Path) -> None:
    bad, good = written(tmp_path / "bad.json", **changes), written(tmp_path / "good.json")
    taken, refused = read_answers([bad, good], STUDY)
    assert [each.file for each in taken] == [str(good)]
    assert [each.file for each in refused] == [str(bad)]
    import re

    assert re.search(why, refused[0].reason)


def test_what_is_no_json_or_not_there_or_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{")
    (tmp_path / "b.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "c.json").write_text("[" * 100_000)
    (tmp_path / "d.json").write_text(" " * 1_000_001)
    taken, refused = read_answers([*sorted(tmp_path.glob("*.json")), tmp_path / "e.json"], STUDY)
    assert not taken
    assert len(refused) == 5


def test_one_rater_counts_once_but_two_may_answer_one_questionnaire(tmp_path: Path) -> None:
    files = [written(tmp_path / name) for name in ("a.json", "b.json")]
    files.append(written(tmp_path / "c.json", rater="abcdef0123456789"))
    taken, refused = read_answers(files, STUDY)
    assert len(taken) == 2
    assert "same rater" in refused[0].reason


def test_a_key_that_was_changed_is_refused(tmp_path: Path) -> None:
    record = STUDY.model_dump(mode="json")
    (tmp_path / "study.json").write_text(json.dumps(record))
    assert read_study(tmp_path) == STUDY
    record["runs"] = ["B", "A"]
    (tmp_path / "study.json").write_text(json.dumps(record))
    with pytest.raises(UserError, match="was changed"):
        read_study(tmp_path)
    with pytest.raises(UserError, match=r"no study\.json"):
        read_study(tmp_path / "elsewhere")


def test_sides_are_undone() -> None:
    """Whoever always prefers the first run is read so, wherever it stood."""
    votes = votes_of(STUDY, [answered(STUDY, FIRST, attentive(first_always))], "subject")
    said = votes.by_rater[np.isfinite(votes.by_rater)]
    assert len(said) == 20
    assert (said == 1).all()


def crowd(rng: np.random.Generator, *, lazy: str | None, count: int) -> list[HandedIn]:
    """So many raters, each with the next questionnaire."""

    def random_mind(question: Question, asked: Asked) -> Said:
        if lazy == "left":
            return "right" if question.swapped else "left"  # the left side, whatever stands there
        if lazy == "undecided":
            return "undecided"
        return ("left", "right", "undecided")[int(rng.integers(2 if lazy == "clicks" else 3))]

    def prefers(question: Question, asked: Asked) -> Said:
        return "left" if rng.random() < 0.7 else "right"

    found = []
    for rater in range(count):
        mind = random_mind if lazy else attentive(prefers, slips=0.04, rng=rng)
        found.append(answered(STUDY, STUDY.questionnaires[rater % len(STUDY.questionnaires)], mind, rater=rater))
    return found


@pytest.mark.parametrize(("lazy", "most"), [("left", 0.0), ("undecided", 0.0), ("clicks", 0.17), ("any", 0.05)])
def test_catch_trials_drop_the_lazy(lazy: str, most: float) -> None:
    """Six answers with one slip let pass: guessing of two sides passes with 7 / 64, of three answers with 13 / 729."""
    found = screened(crowd(np.random.default_rng(1), lazy=lazy, count=400), STUDY)
    assert np.mean([attention.passed for _, attention in found]) <= most


def test_catch_trials_keep_the_attentive() -> None:
    found = screened(crowd(np.random.default_rng(2), lazy=None, count=400), STUDY)
    assert np.mean([attention.passed for _, attention in found]) > 0.97
    same = sum(attention.same for _, attention in found) / sum(attention.repeated for _, attention in found)
    assert 0.5 < same < 0.65  # two answers of .7 agree in .58


def test_without_an_impostor_of_the_class_the_prompt_catches_nobody() -> None:
    study = simulated_study(asks_prompt=False)
    attention = screened([answered(study, study.questionnaires[0], first_always)], study)[0][1]
    assert (attention.right, attention.asked) == (3, 3)


def test_dropping_the_lazy_brings_the_win_rate_back(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    people = [*crowd(rng, lazy=None, count=9), *crowd(rng, lazy="left", count=9)]
    for number, each in enumerate(people):
        record = each.answers.model_dump(mode="json") | {"rater": f"{number:016x}"}
        (tmp_path / f"{number:02d}.json").write_text(json.dumps(record))
    found = findings(STUDY, [tmp_path])
    assert (found.n_kept, found.n_dropped) == (9, 9)
    wins = {each.asked: each.wins for each in found.preferences}
    assert 0.65 < wins["subject"].mean < 0.92  # three votes of .7 have a majority of .78
    assert found.thin == 0


def test_nobody_who_passed_is_an_error(tmp_path: Path) -> None:
    each = crowd(np.random.default_rng(4), lazy="left", count=1)[0]
    (tmp_path / "a.json").write_text(each.answers.model_dump_json())
    with pytest.raises(UserError, match="None of the 1 raters passed"):
        findings(STUDY, [tmp_path])
    with pytest.raises(UserError, match="No answers can be taken"):
        findings(STUDY, [tmp_path / "none.json"])


def test_ties_stay_ties_and_thin_pairs_are_counted() -> None:
    ours, theirs = attentive(first_always), attentive(lambda question, asked: "right")
    two = [answered(STUDY, FIRST, ours, rater=1), answered(STUDY, FIRST, theirs, rater=2)]
    votes = votes_of(STUDY, two, "prompt")
    (found,) = preferences(STUDY, votes)
    assert (found.wins.mean, found.losses.mean, found.undecided.mean) == (0, 0, 1)
    assert found.n_votes == 40
    assert thin_pairs(votes) == (60, 40)


def by_metric(question: Question, asked: Asked) -> Said:
    """Prefers the first image where the metric does (the pair's number is above half)."""
    return "left" if question.number > 30 else "right"


def test_a_metric_that_people_follow_agrees_and_its_opposite_disagrees() -> None:
    people = [answered(STUDY, each, attentive(by_metric), rater=each.number) for each in STUDY.questionnaires]
    votes = votes_of(STUDY, people, "subject")
    (found,) = metrics_agreement(STUDY, votes)
    assert found.auc.mean == 1
    assert found.spearman.mean > 0.85
    upside_down = STUDY.model_copy(update={"metrics": (STUDY.metrics[0].model_copy(update={"higher_is_better": False}),)})
    (other,) = metrics_agreement(upside_down, votes)
    assert other.auc.mean == 0
    assert other.spearman.mean == pytest.approx(-found.spearman.mean)


def test_alpha_is_one_for_raters_who_agree_and_nought_for_those_who_guess() -> None:
    pytest.importorskip("krippendorff", reason="the extra userstudy is not installed")
    agreeing = [answered(STUDY, each, attentive(by_metric), rater=each.number) for each in STUDY.questionnaires]
    assert raters_agreement(votes_of(STUDY, agreeing, "subject")).alpha == 1
    rng = np.random.default_rng(5)
    guess = attentive(lambda question, asked: ("left", "right")[int(rng.integers(2))])
    guessing = [answered(STUDY, each, guess, rater=each.number) for each in STUDY.questionnaires]
    found = raters_agreement(votes_of(STUDY, guessing, "subject"))
    assert found.alpha == pytest.approx(0, abs=0.2)
    assert found.unanimous == pytest.approx(0.25, abs=0.15)  # three coins
