import json

import numpy as np
import pytest

from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.scoring.summary import Totals, summarise
from dreambench.benchmark.scoring.tables import Scores, image_table, subject_table
from dreambench.benchmark.statistics import bootstrap_interval

MICRO = load_protocol("miniature").only(["dino", "clip_i", "clip_t", "pres", "div"])
INFOS = MICRO.infos()
MACRO = MICRO.model_copy(update={"pooling": "macro"})


def scores(values, *, counts=None, kinds=None, **subject_values):
    """One subject a value, each image of which has it."""
    counts, kinds = counts or [2] * len(values), kinds or ["object"] * len(values)
    images, subjects = [], []
    for number, (value, count, kind) in enumerate(zip(values, counts, kinds, strict=True)):
        who = {"subject": f"s{number:02d}", "kind": kind, "class_noun": "can"}
        metrics = dict.fromkeys(("dino", "clip_i", "clip_t"), value)
        images += [who | metrics | {"prompt_index": 0, "prompt": "", "image_index": k, "path": ""} for k in range(count)]
        rest = {"pres": 0.3, "div": 0.1} | {key: each[number] for key, each in subject_values.items()}
        subjects.append(who | metrics | rest | {"n_images": count})
    return Scores(image_table(images, INFOS), subject_table(subjects, INFOS), INFOS)


def test_a_mean_over_images_or_over_subjects_as_the_protocol_says():
    uneven = scores([0.2, 0.8], counts=[1, 3])
    micro, macro = summarise(uneven, MICRO), summarise(uneven, MACRO)
    assert micro.overall["dino"].mean == pytest.approx((0.2 + 3 * 0.8) / 4)
    assert macro.overall["dino"].mean == pytest.approx(0.5)
    assert micro.overall["dino"].mean == pytest.approx(uneven.images["dino"].mean())
    even = scores([0.2, 0.8, 0.5])
    assert summarise(even, MICRO).overall == summarise(even, MACRO).overall


def test_pres_and_div_are_means_over_subjects_under_either_pooling():
    uneven = scores([0.2, 0.8], counts=[1, 3], pres=[0.1, 0.5])
    assert summarise(uneven, MICRO).overall["pres"].mean == pytest.approx(0.3)


def test_intervals_are_over_subjects_and_repeat():
    values = list(np.random.default_rng(0).uniform(0.3, 0.9, size=12))
    entry = summarise(scores(values), MICRO).overall["dino"]
    expected = bootstrap_interval(values)
    assert entry.ci95 == pytest.approx([expected.low, expected.high])
    assert entry.n == 12
    assert summarise(scores(values), MICRO) == summarise(scores(values), MICRO)


def test_each_kind_has_its_own_means():
    summary = summarise(scores([0.1, 0.3, 0.8], kinds=["object", "object", "live"]), MICRO)
    assert {kind: entry["dino"].mean for kind, entry in summary.per_kind.items()} == pytest.approx({"object": 0.2, "live": 0.8})
    assert summary.per_kind["live"]["dino"].ci95 == (None, None)  # one subject says nothing about another


def test_the_totals_are_strict_json_and_say_which_way_is_up():
    totals = summarise(scores([0.1, 0.3], pres=[float("nan")] * 2), MICRO)
    assert Totals.model_validate_json(totals.model_dump_json()) == totals
    again = json.loads(json.dumps(totals.model_dump(mode="json"), allow_nan=False))
    assert again["overall"]["pres"] == {"label": "PRES", "mean": None, "ci95": [None, None], "higher_is_better": False, "n": 0}
    assert again["overall"]["div"]["label"] == "DIV (DINO)"
    assert again["overall"]["dino"]["higher_is_better"]
    assert (again["n_subjects"], again["n_prompts"], again["n_images"]) == (2, 1, 4)
