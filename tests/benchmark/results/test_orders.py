"""For which encoders the order of two runs holds: signs and corrected p-values by hand."""

import json
from collections.abc import Mapping, Sequence
from math import comb
from pathlib import Path

import pytest
from speed.scored_runs import write_scored

from dreambench.benchmark.api.compare import Compared, compare
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.scoring.tables import Scores, image_table, subject_table
from dreambench.reports.comparison import FORMATS

SUBJECTS = [f"s{number}" for number in range(6)]
ENCODERS = {"dino": "a" * 64, "dinov2": "b" * 64, "siglip": "c" * 64}
PANEL = Protocol.model_validate(
    {
        "name": "three",
        "images_per_prompt": 1,
        "encoders": {role: {} for role in ENCODERS},
        "metrics": {role: {"formula": "image_similarity", "encoder": role, "label": role.upper()} for role in ENCODERS}
        | {"copies": {"formula": "copy_index", "encoder": "dino"}},
    }
)
INFOS = PANEL.infos(ENCODERS)
EQUAL = [0.5] * 6


def run(folder: Path, values: Mapping[str, Sequence[float]]) -> Path:
    """A run of six subjects with one image each, whose values these are; what is not named is .5 throughout."""
    rows = [
        {
            "subject": name,
            "kind": "object",
            "class_noun": "can",
            "prompt_index": 0,
            "prompt": "",
            "image_index": 0,
            "path": name,
        }
        | {info.key: values.get(info.key, EQUAL)[number] for info in INFOS}
        for number, name in enumerate(SUBJECTS)
    ]
    scores = Scores(
        image_table(rows, INFOS), subject_table([row | {"n_images": 1, "n_pairs": 1} for row in rows], INFOS), INFOS
    )
    return write_scored(folder, scores, method=folder.name, protocol=PANEL, encoders=ENCODERS)


def shifted(*steps: float) -> list[float]:
    return [0.5 + step for step in steps]


@pytest.fixture
def disagreeing(tmp_path: Path) -> Compared:
    """Better in all six subjects by DINO, in four of six by DINOv2, worse in all by SigLIP."""
    values = {
        "dino": shifted(0.1, 0.1, 0.1, 0.1, 0.1, 0.1),
        "dinov2": shifted(0.1, 0.1, 0.1, 0.1, -0.1, -0.1),
        "siglip": shifted(-0.05, -0.05, -0.05, -0.05, -0.05, -0.05),
    }
    return compare(run(tmp_path / "base", {}), run(tmp_path / "mine", values))


def test_signs_and_holms_p_values_by_hand(disagreeing: Compared) -> None:
    (order,) = disagreeing.table.orders
    assert (order.run, order.against, order.formula, order.holds) == ("mine", "base", "image_similarity", False)
    found = {verdict.key: verdict for verdict in order.verdicts}
    assert [verdict.label for verdict in order.verdicts] == ["DINO", "DINOV2", "SIGLIP"]
    assert {key: verdict.better for key, verdict in found.items()} == {"dino": True, "dinov2": True, "siglip": False}
    assert {key: verdict.difference for key, verdict in found.items()} == pytest.approx(
        {"dino": 0.1, "dinov2": 0.2 / 6, "siglip": -0.05}
    )
    # Of 2^6 sign patterns, 2 are as extreme as six of one sign; for four of six, all but the C(6, 3) whose sum is 0.
    # Holm over four metrics (copies are equal, p = 1): 4 x 2/64, then 3 x 2/64 raised to it, then 2 x 44/64 capped at 1.
    assert found["dino"].p_holm == pytest.approx(4 * 2 / 64)
    assert found["siglip"].p_holm == pytest.approx(4 * 2 / 64)
    assert found["dinov2"].p_holm == pytest.approx(min(1, 2 * (64 - comb(6, 3)) / 64)) == 1.0


def test_the_order_is_told_in_a_sentence(disagreeing: Compared) -> None:
    assert disagreeing.table.orders[0].sentence() == (
        "mine against base, image similarity: better under DINO (+0.100, Holm p 0.125), DINOV2 (+0.033, Holm p 1.000), "
        "worse under SIGLIP (-0.050, Holm p 0.125); the order depends on the encoder."
    )


@pytest.mark.parametrize("form", [form for form in FORMATS if form != "csv"])
def test_every_format_for_readers_tells_the_order(disagreeing: Compared, form: str) -> None:
    text = disagreeing.render(form)  # type: ignore[arg-type]
    if form == "json":
        (record,) = json.loads(text)["orders"]
        assert (record["holds"], [each["better"] for each in record["encoders"]]) == (False, [True, True, False])
    else:
        assert "the order depends on the encoder" in " ".join(text.split()).replace("% ", "")


def test_an_order_that_all_encoders_see_holds_in_either_direction(tmp_path: Path) -> None:
    base = run(tmp_path / "base", {})
    better = run(tmp_path / "better", {role: shifted(*[0.1] * 6) for role in ENCODERS})
    worse = run(tmp_path / "worse", {role: shifted(*[-0.1] * 6) for role in ENCODERS})
    one, two = compare(base, better, worse).table.orders
    assert (one.run, one.holds, two.run, two.holds) == ("better", True, "worse", True)
    assert two.sentence().endswith("; the order holds for every encoder.")
    against = compare(base, better, against="better").table.orders
    assert [(order.run, order.against, order.verdicts[0].better) for order in against] == [("base", "better", False)]


def test_runs_that_are_equal_by_an_encoder_have_no_order_by_it(tmp_path: Path) -> None:
    base, mine = run(tmp_path / "base", {}), run(tmp_path / "mine", {"dino": shifted(*[0.1] * 6)})
    (order,) = compare(base, mine).table.orders
    assert [verdict.better for verdict in order.verdicts] == [True, None, None]
    assert not order.holds
    assert "equal under DINOV2 (+0.000, Holm p 1.000), SIGLIP" in order.sentence()
    (same,) = compare(base, run(tmp_path / "same", {})).table.orders
    assert not same.holds  # nobody is better


def test_a_formula_that_one_encoder_alone_measures_has_no_order(disagreeing: Compared) -> None:
    assert [order.formula for order in disagreeing.table.orders] == ["image_similarity"]


def test_lower_is_better_where_the_formula_says_so(tmp_path: Path) -> None:
    two = Protocol.model_validate(
        PANEL.record() | {"metrics": {role: {"formula": "copy_index", "encoder": role, "label": role} for role in ENCODERS}}
    )
    infos = two.infos(ENCODERS)
    folders = []
    for name, value in (("base", 0.5), ("mine", 0.25)):
        rows = [
            {
                "subject": each,
                "kind": "live",
                "class_noun": "dog",
                "prompt_index": 0,
                "prompt": "",
                "image_index": 0,
                "path": each,
            }
            | dict.fromkeys(ENCODERS, value)
            for each in SUBJECTS
        ]
        tables = image_table(rows, infos), subject_table([row | {"n_images": 1, "n_pairs": 1} for row in rows], infos)
        folders.append(write_scored(tmp_path / name, Scores(*tables, infos), method=name, protocol=two, encoders=ENCODERS))
    (order,) = compare(*folders).table.orders
    assert (order.holds, [verdict.better for verdict in order.verdicts]) == (True, [True] * 3)
    assert order.verdicts[0].difference == pytest.approx(-0.25)
