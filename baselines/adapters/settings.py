"""The settings of `--method peft`: DreamBooth's, and beside them whatever the chosen adapter's own config takes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Final

from pydantic import ConfigDict, Field, model_validator

from dreambench.baselines.settings import DreamBoothSettings, LearningRate, Steps
from dreambench.baselines.training.given_files import adapter_identity
from dreambench.dataset.local_folders import expanded

_DEFAULT: Final = "lora"


class PeftSettings(DreamBoothSettings):
    """Trains an adapter of the peft library with DreamBooth's loss: LoRA, OFT, LoKr, ...

    All that peft puts into single layers are there. Every key of the adapter's own config is a setting
    too, by peft's name. The defaults are diffusers' example for LoRA.
    """

    model_config = ConfigDict(frozen=True, extra="allow", use_attribute_docstrings=True)

    run_time_knobs: ClassVar[frozenset[str]] = frozenset({"gradient_checkpointing", "save"})
    later_settings: ClassVar[frozenset[str]] = DreamBoothSettings.later_settings | {"weights"}

    adapter: str = Field(default=_DEFAULT, min_length=1)
    """The kind of adapter by peft's name in small letters (lora, oft, boft, loha, lokr, vera, ...), or the path of a config
    file of peft (adapter_config.json). DoRA is lora with use_dora = true."""
    rank: int | None = Field(default=None, ge=1, le=4096)
    """The rank, "r" in peft's configs; None: the adapter's default."""
    alpha: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """The scale, "lora_alpha" or "alpha" in peft's configs; None: the adapter's default."""
    target_modules: tuple[str, ...] | str | None = None
    """Layers of the UNet or transformer: endings of their names, or one regular expression of whole names; None: the
    attention's projections."""
    text_encoder_target_modules: tuple[str, ...] | str | None = None
    """The same for the text encoder, where it trains."""
    steps: Steps = 500
    """Optimiser steps."""
    learning_rate: LearningRate = 1e-4
    """AdamW's rate for the adapter's weights. What is right differs between adapters by a factor of a hundred."""
    train_text_encoder: bool = False
    """Whether the text encoder gets an adapter too."""
    weights: Path | None = None
    """A folder of adapters that were trained elsewhere, one a subject: a folder or a .safetensors file of its name, as peft,
    diffusers or kohya (LoRA) save them. Nothing is trained then. The identifier is the setting's, or what an identifier.txt
    beside the adapter says."""
    save: Path | None = None
    """A folder for the trained adapters, a folder a subject, as safetensors that peft and diffusers read. Subjects that were
    finished before are not trained again, and so not saved."""

    @classmethod
    def merged(cls, suite: Mapping[str, Any], user: Mapping[str, Any]) -> dict[str, Any]:
        """With another adapter than the suite's, the suite's rank, alpha and keys of its adapter's config do not hold."""
        if user.get("adapter", suite.get("adapter", _DEFAULT)) != suite.get("adapter", _DEFAULT):
            of_method = cls.model_fields.keys() - {"rank", "alpha", "target_modules"}
            suite = {key: value for key, value in suite.items() if key in of_method}
        return {**suite, **user}

    def subject_identity(self, subject: str) -> str | None:
        """What the images depend on of a subject alone: its adapter's files, if it was trained elsewhere."""
        return None if self.weights is None else adapter_identity(expanded(self.weights), subject)

    @classmethod
    def other_keys(cls, values: Mapping[str, Any]) -> frozenset[str]:
        """The keys of the adapter's config. Loads peft only where there are keys that these settings do not have.

        Raises:
            UserError: there is no such adapter, or peft is not installed.
        """
        if values.keys() <= cls.model_fields.keys():
            return frozenset()
        from dreambench.baselines.adapters.config import config_keys

        return config_keys(str(values.get("adapter", _DEFAULT)))

    @model_validator(mode="after")
    def _config_can_be_built(self) -> "PeftSettings":
        """Refuse what the adapter's config refuses, before anything is run. The default adapter needs no look."""
        if self.adapter != _DEFAULT or self.model_extra:
            from dreambench.baselines.adapters.config import adapter_config

            adapter_config(self, self.target_modules or ("to_q",))
        return self
