"""Methods that generate images of a subject, and what they share: resident model, latent cache, sampler, identifiers.

Names are loaded when first used, so that settings and method names can be had without loading torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from baselines.base_model import BaseModel
    from baselines.identifiers import Identifier, describe_identifier, find_identifier
    from baselines.method import (
        ImageRequest,
        Method,
        MethodContext,
        PreparedSubject,
        SubjectTask,
        TrainingRecord,
        image_seed,
    )
    from baselines.registry import build_method, method_class, method_names, settings_class
    from baselines.sampler import sample_images
    from baselines.seeds import cpu_generator, derive_seed
    from baselines.settings import MethodSettings, SamplerSettings

__all__ = [
    "BaseModel",
    "Identifier",
    "ImageRequest",
    "Method",
    "MethodContext",
    "MethodSettings",
    "PreparedSubject",
    "SamplerSettings",
    "SubjectTask",
    "TrainingRecord",
    "build_method",
    "cpu_generator",
    "derive_seed",
    "describe_identifier",
    "find_identifier",
    "image_seed",
    "method_class",
    "method_names",
    "sample_images",
    "settings_class",
]

_HOMES = {
    "base_model": ("BaseModel",),
    "identifiers": ("Identifier", "describe_identifier", "find_identifier"),
    "method": ("ImageRequest", "Method", "MethodContext", "PreparedSubject", "SubjectTask", "TrainingRecord", "image_seed"),
    "registry": ("build_method", "method_class", "method_names", "settings_class"),
    "sampler": ("sample_images",),
    "seeds": ("cpu_generator", "derive_seed"),
    "settings": ("MethodSettings", "SamplerSettings"),
}


def __getattr__(name: str) -> Any:
    for module, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"baselines.{module}"), name)
    raise AttributeError(f"module 'baselines' has no attribute {name!r}")
