"""The JSON schemas that ship with the package: current, complete, and what is written keeps to them."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from run_fakes import FEW, Bench
from speed.scored_runs import made_up_scores, write_scored

from dreambench.benchmark.results.schemas import FOLDER, RECORDS, write_schemas


@pytest.fixture
def summary(tmp_path: Path) -> Any:
    folder = write_scored(tmp_path / "a", made_up_scores(seed=1, subjects=3, prompts=(0, 3), images=2), method="a", seed=3)
    return json.loads((folder / "summary.json").read_text())


def schema(name: str) -> Any:
    return json.loads((FOLDER / f"{name}.schema.json").read_text())


def test_the_shipped_schemas_are_those_of_the_records(tmp_path: Path) -> None:
    """Where this fails, run `python -m dreambench.benchmark.results.schemas`."""
    for path in write_schemas(RECORDS, tmp_path):
        assert json.loads(path.read_text()) == json.loads((FOLDER / path.name).read_text())


@pytest.mark.parametrize("name", RECORDS)
def test_every_field_says_what_it_is(name: str) -> None:
    whole = schema(name)
    for part in (whole, *(part for key, part in whole["$defs"].items() if key != "JsonValue")):
        assert part["description"]
        for field, values in part["properties"].items():
            assert values.get("description"), f"{part['title']}.{field}"


@pytest.mark.parametrize("name", RECORDS)
def test_a_schema_is_a_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


def test_what_is_written_is_valid_and_what_is_not_a_summary_is_not(summary: Any) -> None:
    jsonschema.validate(summary, schema("summary"))
    for harm in (
        {"version": 1},
        {"overall": []},
        {"metrics": [{"key": "dino"}]},
        {"more": 1},
        {"overall": {"dino": {"mean": "high"}}},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(summary | harm, schema("summary"))
    for field in ("protocol", "fingerprint", "metrics", "dataset", "overall"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({key: value for key, value in summary.items() if key != field}, schema("summary"))


def test_what_a_run_writes_is_valid(bench: Bench, tmp_path: Path) -> None:
    assert bench(*FEW, "--out", "run").exit_code == 0
    for name in RECORDS:
        written = json.loads((tmp_path / "run" / f"{name}.json").read_text())
        jsonschema.validate(written, schema(name))
    record = json.loads((tmp_path / "run/run.json").read_text())
    for harm in ({"format": 1}, {"seed": "one"}, {"selection": None}, {"encoder_fingerprints": []}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(record | harm, schema("run"))
