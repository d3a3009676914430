"""The families by the pipeline class they load: built in, or from entry points in the group "dreambench.families".

An entry point's name is the name of diffusers' pipeline class, its value the class that is derived from `BaseModel`: so a
family is found without any other being imported.
"""

from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Final

from dreambench.baselines.model.families.layout import INDEX, Layout
from dreambench.dataset.errors import UserError
from dreambench.dataset.plugins import load_plugin
from dreambench.dataset.reading import NotRead, read_json
from dreambench.dataset.words import did_you_mean

GROUP: Final = "dreambench.families"
USUAL: Final = "StableDiffusionPipeline"
"""What a folder without model_index.json is taken for: older folders of Stable Diffusion have none."""

_BUILT_IN: Final = {
    USUAL: "dreambench.baselines.model.families.sd:StableDiffusion",
    "Flux2KleinPipeline": "dreambench.baselines.model.families.flux2_klein:Flux2Klein",
    "StableDiffusionXLPipeline": "dreambench.baselines.model.families.sdxl:StableDiffusionXL",
}


def pipeline_names() -> tuple[str, ...]:
    """The pipeline classes whose checkpoints can be loaded, sorted. A plug-in cannot take a built-in family's."""
    return tuple(sorted({*_BUILT_IN, *(entry.name for entry in entry_points(group=GROUP))}))


def family_class(pipeline: str) -> Any:
    """The class, derived from `dreambench.baselines.model.base_model.BaseModel`, that loads checkpoints of a pipeline class.

    Raises:
        UserError: no family loads them, or a plug-in cannot be loaded.
    """
    if pipeline in _BUILT_IN:
        module, _, name = _BUILT_IN[pipeline].partition(":")
        return getattr(import_module(module), name)
    entry = next(iter(entry_points(group=GROUP, name=pipeline)), None)
    if entry is None:
        raise UserError(
            f"No family of base models loads a {pipeline}; {did_you_mean(pipeline, pipeline_names(), alike=0.8)} "
            f'A plug-in in the group "{GROUP}" can bring one.'
        )
    found = load_plugin(entry, what="The family of base models")
    if not isinstance(getattr(found, "layout", None), Layout):
        raise UserError(f"The family {pipeline} from {entry.value} says no layout; derive it from BaseModel and give it one.")
    return found


def family_of(folder: Path) -> Any:
    """The family of the checkpoint in a folder, by its model_index.json.

    Raises:
        UserError: that file is damaged, or no family loads such a checkpoint.
    """
    index = read_index(folder)
    try:
        return family_class(str(index.get("_class_name", USUAL)))
    except UserError as error:
        raise UserError(f"The base model at {folder} cannot be used. {error}") from error


def read_index(folder: Path) -> dict[str, Any]:
    """What model_index.json says; empty where there is none.

    Raises:
        UserError: it is no JSON object.
    """
    path = folder / INDEX
    if not path.is_file():
        return {}
    try:
        index = read_json(path, mend="fetch the model again.")
    except NotRead as error:
        raise error.about(f"The base model's {path}", "fetch the model again.") from error.__cause__
    if not isinstance(index, dict):
        raise UserError(f"The base model's {path} holds no settings; fetch the model again.")
    return index
