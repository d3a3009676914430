"""The shipped JSON schema of a submission: current, and what is packed keeps to it."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from speed.made_up_submissions import small

from dreambench.benchmark.results.schemas import FOLDER, write_schemas
from dreambench.benchmark.submissions import Submission
from dreambench.benchmark.submissions.schema import RECORDS


def schema() -> Any:
    return json.loads((FOLDER / "submission.schema.json").read_text())


def test_the_shipped_schema_is_that_of_the_record(tmp_path: Path) -> None:
    """Where this fails, run `python -m dreambench.benchmark.submissions.schema`."""
    (path,) = write_schemas(RECORDS, tmp_path)
    assert json.loads(path.read_text()) == schema()


def test_a_submission_is_valid_and_a_broken_one_is_not() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    record = Submission.model_validate(small("mine")).model_dump(mode="json")
    jsonschema.validate(record, schema())
    for harm in (
        {"version": 1},
        {"metrics": []},
        {"subjects": {}},
        {"more": 1},
        {"protocol": {"name": "x"}},
        {"training": "some"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(record | harm, schema())
