"""Whether the base model's files are here, where each was looked for, and what the model costs."""

from pathlib import Path
from typing import Any

from dreambench.baselines.model.cost import ModelCost, model_cost
from dreambench.baselines.model.families.registry import family_of, read_index
from dreambench.baselines.model.files.contents import (
    SCHEDULER,
    missing_files,
    model_files,
    read_config,
    stored_parameters,
    weight_files,
)
from dreambench.baselines.model.files.hub import hub_problem
from dreambench.baselines.model.files.sources import MINI, local_folder, searched_places
from dreambench.benchmark.declarations.suite import ModelSpec
from dreambench.benchmark.doctor.findings import Finding
from dreambench.benchmark.doctor.known_models import KNOWN_MODELS
from dreambench.dataset.errors import UserError

TOPIC = "base model"


def find_model(spec: ModelSpec) -> Path | None:
    """The folder of a whole model that needs no network; None if there is none."""
    try:
        folder = local_folder(spec.source, spec.revision)
    except UserError:
        return None
    return folder if folder is not None and not missing_files(folder) else None


def examine_base_model(spec: ModelSpec, cost: ModelCost | None) -> list[Finding]:
    """A finding for the model and, where a folder of the user's lacks files, one for each of them.

    Raises:
        UserError: the files are there, and one is damaged.
    """
    details: dict[str, Any] = {"source": spec.source, "revision": spec.revision}
    try:
        folder = local_folder(spec.source, spec.revision)
    except UserError as error:
        return [Finding(TOPIC, "missing", str(error), "mend [model] source in the suite", details)]
    searched = searched_places(spec.source, spec.revision)
    if folder is None:
        return [_not_here(spec, cost, details | {"looked_in": searched})]
    missing = missing_files(folder)
    if missing:
        return [
            Finding(
                TOPIC, "missing", f"{folder / name} is missing", "copy or fetch the model again", {"path": str(folder / name)}
            )
            for name in missing
        ]
    _refuse_damaged(folder)
    files = model_files(folder)
    size = sum(path.stat().st_size for path in files)
    half = [part for part in family_of(folder).layout.weights if weight_files(folder, part)[1] is not None]
    stored = f", {', '.join(half)} in half precision" if half else ""
    name = "the miniature" if spec.source == MINI else spec.source
    listed = {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}
    text = f"{name} in {folder}, {size / 1e9:.2f} GB{stored}"
    return [Finding(TOPIC, "ready", text, details=details | {"path": str(folder), "files": listed})]


def cost_of(spec: ModelSpec, folder: Path | None, resolution: int) -> ModelCost | None:
    """What the model costs at a resolution, from its own configs or from what is known of its name; None if neither is there.

    Raises:
        UserError: a config is damaged.
    """
    configs = KNOWN_MODELS.get(spec.source) if folder is None else _configs(folder)
    return None if configs is None else model_cost(configs, resolution)


def _refuse_damaged(folder: Path) -> None:
    """What can be seen of a model's files without reading its weights: their headers, the scheduler, the tokenizer."""
    from dreambench.baselines.model.files.parts import read_part

    stored_parameters(folder)
    read_config(folder / SCHEDULER)
    for part in family_of(folder).layout.tokenizers:
        read_part(folder, part)


def _configs(folder: Path) -> dict[str, dict[str, Any]]:
    parts = {part: read_config(folder / part / "config.json") for part in family_of(folder).layout.weights}
    return {"model_index": read_index(folder), **parts}


def _not_here(spec: ModelSpec, cost: ModelCost | None, details: dict[str, Any]) -> Finding:
    size = "" if cost is None else f", {4 * cost.weights / 1e9:.1f} GB,"
    searched = "; ".join(details["looked_in"])
    problem = hub_problem()
    if problem is None:
        text = f"{spec.source}{size} is not here; the run fetches it from the hub (looked in: {searched})"
        return Finding(TOPIC, "fetch", text, details=details)
    return Finding(
        TOPIC,
        "missing",
        f"{spec.source}{size} is not here (looked in: {searched}): {problem}",
        "put its diffusers folder in one of these folders, or fetch it where there is a network",
        details,
    )
