"""JSON schemas of the files that other programs read, made from the typed records that write them.

`python -m dreambench.benchmark.results.schemas` writes those of run.json and summary.json into the package's data.
"""

import ast
import inspect
import sys
import textwrap
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
    schema: dict[str, Any] = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    schema |= model.model_json_schema(mode="serialization")
    told = {kind.__name__: kind for kind in _models_in(model, {})}
    for name, part in {model.__name__: schema, **schema.get("$defs", {})}.items():
        if name in told:
            for field, text in _field_docstrings(told[name]).items():
                if field in part.get("properties", {}):
                    part["properties"][field]["description"] = text
    return schema


def _models_in(model: type[BaseModel], seen: dict[str, type[BaseModel]]) -> list[type[BaseModel]]:
    """A record and all records inside it."""
    if model.__name__ not in seen:
        seen[model.__name__] = model
        for field in model.model_fields.values():
            for kind in _classes_in(field.annotation):
                _models_in(kind, seen)
    return list(seen.values())


def _classes_in(annotation: Any) -> list[type[BaseModel]]:
    inside = [kind for part in getattr(annotation, "__args__", ()) for kind in _classes_in(part)]
    is_record = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return [annotation, *inside] if is_record else inside


def _field_docstrings(model: type[BaseModel]) -> dict[str, str]:
    """Field -> the string below it in the source, on one line; a subclass's goes before its bases'."""
    found: dict[str, str] = {}
    for kind in reversed(model.__mro__):
        if kind is BaseModel or not issubclass(kind, BaseModel):
            continue
        body = ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]
        statements = body.body if isinstance(body, ast.ClassDef) else []
        for field, below in zip(statements, statements[1:], strict=False):
            is_text = isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant)
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and is_text:
                found[field.target.id] = " ".join(str(below.value.value).split())  # type: ignore[attr-defined]
    return found


if __name__ == "__main__":
    sys.stdout.write("".join(f"{path}\n" for path in write_schemas(RECORDS)))
