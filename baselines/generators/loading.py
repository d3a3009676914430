"""A declared diffusers pipeline: its class and arguments checked, its weights found and loaded."""

import difflib
import inspect
from typing import Any, Literal

import torch

from dreambench.baselines.generators.declaration import Generator
from dreambench.baselines.model.files.hub import first_line, hub_problem
from dreambench.baselines.model.files.sources import users_folder
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import did_you_mean

Offload = Literal["no", "parts", "layers"]


def pipeline_class(generator: Generator) -> type[Any]:
    """The class of a declared pipeline, its arguments held against the installed diffusers.

    Raises:
        UserError: diffusers has no such pipeline; or it lacks an argument that the declaration names, or needs one that the
            declaration leaves out; or it takes no IP-Adapter.
    """
    import diffusers

    name = generator.pipeline
    kind = getattr(diffusers, name, None) if name.endswith("Pipeline") else None
    if kind is None:
        known = [known for known in dir(diffusers) if known.endswith("Pipeline")]
        near = difflib.get_close_matches(name, known, n=1)
        meant = f"did you mean '{near[0]}'?" if near else "its pipelines' names end in 'Pipeline'."
        raise UserError(f"diffusers {diffusers.__version__} has no pipeline '{name}'; {meant}")
    parameters = {key: value for key, value in inspect.signature(kind.__call__).parameters.items() if key != "self"}
    named = [key for key, value in parameters.items() if value.kind is not inspect.Parameter.VAR_KEYWORD]
    for argument in sorted(generator.asked - set(named)):
        what = "takes no size: leave out resolution, and give references.resolution" if argument in ("height", "width") else ""
        raise UserError(
            f"The pipeline {name} has no argument '{argument}', which the declaration gives it; "
            f"{what + '.' if what else did_you_mean(argument, named)}"
        )
    empty = inspect.Parameter.empty
    needed = [key for key, value in parameters.items() if value.default is empty and key in named]
    for argument in needed:
        if argument not in generator.asked:
            raise UserError(f"The pipeline {name} needs its argument '{argument}'; name it in the declaration.")
    if generator.ip_adapter is not None and not hasattr(kind, "load_ip_adapter"):
        raise UserError(f"The pipeline {name} takes no IP-Adapter; leave out [ip_adapter], or take another pipeline.")
    return kind  # type: ignore[no-any-return]


def load_pipeline(generator: Generator, *, device: torch.device, offload: Offload = "no") -> Any:
    """The pipeline with its weights, ready to be called.

    Raises:
        UserError: as `pipeline_class`; or weights are not there or broken, with what was said about them.
    """
    kind = pipeline_class(generator)
    where = _where(generator.source, generator.revision)
    left_out = dict.fromkeys(generator.without)
    dtype = getattr(torch, generator.dtype)
    try:
        pipeline = kind.from_pretrained(torch_dtype=dtype, variant=generator.variant, use_safetensors=True, **where, **left_out)
    except MemoryError:
        raise
    except Exception as error:  # the libraries raise many kinds; each means the same to the user
        raise _unloadable(f"The pipeline {generator.pipeline}", generator.source, generator.revision, error) from error
    adapter = generator.ip_adapter
    if adapter is not None:
        try:
            pipeline.load_ip_adapter(
                subfolder=adapter.subfolder,
                weight_name=adapter.weight_name,
                image_encoder_folder=adapter.image_encoder_folder,
                **_where(adapter.source, adapter.revision, first="pretrained_model_name_or_path_or_dict"),
            )
            pipeline.set_ip_adapter_scale(adapter.scale)
        except MemoryError:
            raise
        except Exception as error:
            raise _unloadable(f"The IP-Adapter {adapter.weight_name}", adapter.source, adapter.revision, error) from error
    pipeline.set_progress_bar_config(disable=True)
    if device.type == "cpu" or offload == "no":
        return pipeline.to(device)
    start = pipeline.enable_model_cpu_offload if offload == "parts" else pipeline.enable_sequential_cpu_offload
    start(device=device)
    return pipeline


def _where(source: str, revision: str | None, *, first: str = "pretrained_model_name_or_path") -> dict[str, Any]:
    """The arguments that say where weights are: a folder here, or the hub (its cache alone where it does not answer)."""
    folder = users_folder(source)
    if folder is not None:
        return {first: str(folder), "local_files_only": True}
    return {first: source, "revision": revision, "local_files_only": hub_problem() is not None}


def _unloadable(what: str, source: str, revision: str | None, error: Exception) -> UserError:
    if users_folder(source) is not None:
        return UserError(f"{what} cannot be loaded from {source}: {first_line(error)}; fetch or copy its weights again.")
    at = f" at {revision}" if revision else ""
    why = hub_problem() or first_line(error)
    return UserError(
        f"{what} has its weights in {source}{at}, which is no folder here and not to be had from the hub: {why}; fetch it once "
        "with a network, or put its folder below the folder that DREAMBENCH_MODELS names."
    )
