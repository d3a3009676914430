"""The open set of formulas: built-in ones, plug-ins, and declarations that are wrong."""

import numpy as np
import pytest
from metric_plugin import Install
from subject_features import at, cosine, features_of, metric

from dreambench.benchmark.metrics import METRICS, Metric, declare_metric, formula_class, formula_names, formula_plugin
from dreambench.dataset.errors import UserError

BUILT_IN = (
    "image_similarity",
    "text_similarity",
    "prior_similarity",
    "diversity",
    "subject_identification",
    "copy_index",
)


def test_the_built_in_formulas_are_there() -> None:
    assert formula_names()[:6] == BUILT_IN
    assert [METRICS[name].name for name in BUILT_IN] == list(BUILT_IN)
    assert len(METRICS) == len(list(METRICS)) == len(formula_names())
    assert all(issubclass(kind, Metric) for kind in METRICS.values())


def test_a_plug_in_formula_is_found_declared_and_computed(metric_plugin: Install) -> None:
    metric_plugin()
    assert formula_names()[6:] == ("count", "nearest")
    nearest = metric("nearest", power=2)
    # 10 degrees from the nearer of the two references
    assert nearest.scores(features_of(at(30), at(0, 20))) == pytest.approx([cosine(10) ** 2], abs=1e-6)
    info = nearest.info("near", scale=100.0)
    assert (info.label, info.level, info.averages, info.high) == ("Nearest", "image", "images", pytest.approx(100.01))
    assert nearest.parameters() == {"power": 2}
    assert metric("nearest").parameters() == {}


def test_a_plug_ins_version_stands_for_its_code(metric_plugin: Install) -> None:
    metric_plugin(version="1.0")
    assert (formula_plugin("nearest"), formula_plugin("diversity")) == ("fake-metric 1.0", None)
    metric_plugin(version="1.1")
    assert formula_plugin("nearest") == "fake-metric 1.1"


def test_a_formula_without_an_encoder_takes_none(metric_plugin: Install) -> None:
    metric_plugin()
    count = declare_metric("n", {"formula": "count"})
    assert count.scores(features_of(np.zeros((0, 2)), files=("a", "b"))) == pytest.approx([2.0])
    with pytest.raises(ValueError, match="takes no encoder"):
        declare_metric("n", {"formula": "count", "encoder": "dino"})
    with pytest.raises(ValueError, match="has no encoder"):
        count.role()


def test_a_plug_in_cannot_take_a_built_in_name(metric_plugin: Install) -> None:
    metric_plugin(names="diversity = {0}:Nearest")
    assert formula_names() == BUILT_IN
    assert formula_class("diversity").__name__ == "Diversity"
    assert formula_plugin("diversity") is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (
            {"source": "raise RuntimeError('no such library')"},
            "nearest from .* cannot be loaded .RuntimeError: no such library",
        ),
        ({"source": "class Nearest: pass"}, "nearest from .* is no class derived from dreambench's Metric"),
        ({"source": ""}, "nearest from .* cannot be loaded .AttributeError"),
    ],
)
def test_a_broken_plug_in_is_named_and_hides_no_other(metric_plugin: Install, options: dict[str, str], says: str) -> None:
    metric_plugin(**options)
    with pytest.raises(UserError, match=says):
        formula_class("nearest")
    assert "nearest" in formula_names()
    assert formula_class("copy_index").name == "copy_index"


#: What a protocol may declare wrongly under [metrics.mine], and what it is told.
WRONG = {
    "no formula": ({}, 'needs formula = "...", one of image_similarity, text_similarity'),
    "formula of no kind": ({"formula": 3}, 'needs formula = "..."'),
    "unknown formula": ({"formula": "image_similarty", "encoder": "e"}, "did you mean 'image_similarity'?"),
    "nothing like it": ({"formula": "zzz", "encoder": "e"}, "known are image_similarity, text_similarity"),
    "unknown key": ({"formula": "diversity", "encodr": "e"}, "has no key 'encodr'; did you mean 'encoder'?"),
    "another formula's key": ({"formula": "diversity", "encoder": "e", "times": 2}, "has no key 'times'; known are formula, "),
    "no encoder": ({"formula": "diversity"}, 'needs encoder = "ROLE", one of the protocol\'s [encoders.ROLE]'),
    "wrong value": (
        {"formula": "text_similarity", "encoder": "e", "times": -1},
        "cannot have times = -1: input should be greater than 0",
    ),
    "wrong word": (
        {"formula": "text_similarity", "encoder": "e", "below_zero": "none"},
        "cannot have below_zero = 'none': input should be 'keep' or 'zero'",
    ),
    "tolerance": ({"formula": "diversity", "encoder": "e", "tolerance": -0.1}, "cannot have tolerance = -0.1"),
    "label": ({"formula": "diversity", "encoder": "e", "label": ""}, "cannot have label = ''"),
    "inside": ({"formula": "diversity", "encoder": "e", "name": "x"}, "has no key 'name'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_declaration_is_answered_with_its_place_and_the_nearest_key(case: str) -> None:
    values, says = WRONG[case]
    with pytest.raises(ValueError, match=r"\[metrics\.mine\]") as refusal:
        declare_metric("mine", values)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)
