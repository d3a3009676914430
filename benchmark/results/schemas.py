"""JSON schemas of the files that other programs read, made from the typed records that write them.

`python -m dreambench.benchmark.results.schemas` writes those of run.json and summary.json into the package's data.
"""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel

from dreambench.benchmark.results.summary import Summary
from dreambench.benchmark.runs.record import RunRecord
from dreambench.dataset.files import write_json

FOLDER: Final = Path(__file__).parents[1] / "data" / "schemas"
#: File's name -> the record that is its content.
RECORDS: Final[Mapping[str, type[BaseModel]]] = {"run": RunRecord, "summary": Summary}


def write_schemas(records: Mapping[str, type[BaseModel]], folder: Path = FOLDER) -> list[Path]:
    """Write the schemas of some records.

    Args:
        records: name of the kind of file -> its record.
        folder: where they go.
    """
    files = []
    for name, model in records.items():
        files.append(folder / f"{name}.schema.json")
        write_json(files[-1], _schema_of(model))
    return files


def _schema_of(model: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of what a record is written as, each field described by its docstring."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | model.model_json_schema(mode="serialization")


if __name__ == "__main__":
    sys.stdout.write("".join(f"{path}\n" for path in write_schemas(RECORDS)))
