"""Where a suite's CLIP comes from: a folder, a file or a tag, and which of open_clip's architectures it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.benchmark.declarations.encoder import MINI, Activation, EncoderSpec
from dreambench.benchmark.declarations.transform import Triple
from dreambench.benchmark.encoders import hugging_face
from dreambench.benchmark.encoders.activation import (
    architecture_activation,
    config_activation,
    no_architecture,
    refuse_other_activation,
)
from dreambench.benchmark.encoders.weights import existing_file, is_file_name, packaged_folder, refuse_absent_path
from dreambench.dataset.errors import UserError

_ACTIVATIONS: Final[dict[bool, Activation]] = {False: "gelu", True: "quick_gelu"}


@dataclass(frozen=True)
class ClipSource:
    """Where a CLIP comes from.

    Attributes:
        name: what people call it.
        model: open_clip's architecture, or "local-dir:FOLDER".
        weights: a file; None for a local-dir folder and for a tag.
        tag: of open_clip's pretrained weights; None where they are local.
        normalisation: mean and std, where the folder's own image processor gives them.
    """

    name: str
    model: str
    weights: Path | None = None
    tag: str | None = None
    normalisation: tuple[Triple, Triple] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """open_clip's configuration of the network, activation included."""
        return _config(self.model)

    @property
    def architecture(self) -> str | None:
        """open_clip's name of the network; None for a folder that describes one of its own."""
        import open_clip

        if self.model in open_clip.list_models():
            return self.model
        return next((name for name in open_clip.list_models() if _config(name) == self.config), None)


def find_clip(spec: EncoderSpec) -> ClipSource:
    """Find out what a suite's [encoders.clip] means. Reads configurations, no weights, and asks no network.

    Raises:
        UserError: the architecture is unknown or not that of the folder, a file is missing, or a tag's or a folder's
            weights were trained with another activation.
    """
    folder = packaged_folder("clip") if spec.weights == MINI else Path(spec.weights).expanduser()
    if folder.is_dir():
        return _folder(folder, spec)
    if spec.architecture is None:
        refuse_absent_path(spec.weights, table="encoders.clip")
        raise UserError(
            f"The CLIP weights '{spec.weights}' are not a folder, so [encoders.clip] needs architecture = \"...\", "
            "by open_clip's name."
        )
    architecture_activation(spec.architecture)  # refuses a name that open_clip does not know
    if is_file_name(spec.weights):
        return ClipSource(spec.architecture, spec.architecture, weights=existing_file(spec.weights))
    return _tagged(spec.architecture, spec)


def openai_archives() -> frozenset[str]:
    """SHA-256 of the programs that OpenAI released: their addresses, which open_clip lists, contain it."""
    import open_clip

    addresses = [open_clip.get_pretrained_url(model, tag) for model, tag in open_clip.list_pretrained() if tag == "openai"]
    return frozenset(address.split("/")[-2] for address in addresses if address.count("/") > 2)


def _folder(folder: Path, spec: EncoderSpec) -> ClipSource:
    """A folder of weights; open_clip's configuration goes before transformers' where it has both."""
    if (folder / "open_clip_config.json").is_file() or hugging_face.model_type(folder) is None:
        if spec.architecture is not None or spec.activation is not None:
            word = "architecture" if spec.architecture is not None else "activation"
            raise UserError(f"{folder} describes its own {word} in open_clip_config.json; leave out {word} in [encoders.clip].")
        return _own_layout(folder)
    config, trained = hugging_face.read_clip_config(folder), config_activation(folder)
    if spec.activation not in (None, trained):
        raise UserError(f"{folder / 'config.json'} says hidden_act = {trained}; leave out activation in [encoders.clip].")
    architecture = spec.architecture or _matching(config, trained)
    if architecture is None or not config.describes(_config(architecture)):
        raise UserError(
            f"{folder / 'config.json'} does not describe {architecture or 'an architecture of open_clip'}; "
            "give a folder of the CLIP that the suite names."
        )
    refuse_other_activation(architecture, trained, weights=f"in {folder}")
    return ClipSource(architecture, architecture, hugging_face.weight_file(folder), None, hugging_face.normalisation(folder))


def _own_layout(folder: Path) -> ClipSource:
    """A folder of open_clip's; where transformers' configuration lies beside its own, the two must agree."""
    source = ClipSource(f"CLIP in {folder.name}", f"local-dir:{folder}")
    if hugging_face.model_type(folder) == "clip":
        computes = _ACTIVATIONS[bool(source.config.get("quick_gelu", False))]
        if config_activation(folder) != computes:
            raise UserError(
                f"In {folder}, config.json and open_clip_config.json name two activations; fetch the folder again, or remove "
                "the file that is not of these weights."
            )
    return source


def _matching(config: hugging_face.ClipConfig, trained: Activation) -> str | None:
    """The shortest name among open_clip's architectures that are the network which a configuration describes."""
    import open_clip

    fitting = [
        name for name in open_clip.list_models() if config.describes(_config(name)) and architecture_activation(name) == trained
    ]
    return min(fitting, key=lambda name: (len(name), name), default=None)


def _tagged(architecture: str, spec: EncoderSpec) -> ClipSource:
    import open_clip

    for name in (architecture, architecture.removesuffix("-quickgelu")):  # "-quickgelu" lists only the tags that need it
        if known := open_clip.get_pretrained_cfg(name, spec.weights):
            trained = _ACTIVATIONS[bool(known.get("quick_gelu", False))]
            refuse_other_activation(architecture, trained, weights=f"'{spec.weights}'")
            if spec.activation not in (None, trained):
                raise UserError(f"The CLIP weights '{spec.weights}' say their activation; leave it out in [encoders.clip].")
            break
    return ClipSource(architecture, architecture, tag=spec.weights)


def _config(name: str) -> dict[str, Any]:
    import open_clip

    config: dict[str, Any] | None = open_clip.get_model_config(name)
    if config is None:
        raise no_architecture(name)
    return config
