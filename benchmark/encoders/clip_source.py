"""What a request means to open_clip: a folder, a file or a tag, and which of open_clip's architectures it is."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.benchmark.declarations.encoder import Activation
from dreambench.benchmark.declarations.transform import Triple
from dreambench.benchmark.encoders import hugging_face
from dreambench.benchmark.encoders.activation import (
    architecture_activation,
    config_activation,
    no_architecture,
    refuse_other_activation,
)
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.weights import reason
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import did_you_mean

_ACTIVATIONS: Final[dict[bool, Activation]] = {False: "gelu", True: "quick_gelu"}


@dataclass(frozen=True)
class ClipSource:
    """Where a CLIP comes from.

    Attributes:
        name: what people call it.
        model: open_clip's architecture, or "local-dir:FOLDER".
        table: of the suite, for messages: "encoders.clip".
        weights: a file; None for a local-dir folder and for a tag.
        tag: of open_clip's pretrained weights; None where they are local.
        normalisation: mean and std, where the folder's own image processor gives them.
    """

    name: str
    model: str
    table: str
    weights: Path | None = None
    tag: str | None = None
    normalisation: tuple[Triple, Triple] | None = None

    @property
    def config(self) -> dict[str, Any]:
        """open_clip's configuration of the network, activation included."""
        return _config(self.model, table=self.table)

    @property
    def architecture(self) -> str | None:
        """open_clip's name of the network; None for a folder that describes one of its own."""
        import open_clip

        if self.model in open_clip.list_models():
            return self.model
        return next((name for name in open_clip.list_models() if open_clip.get_model_config(name) == self.config), None)


def find_clip(request: EncoderRequest) -> ClipSource:
    """Find out what a request means. Reads configurations, no weights, and asks no network.

    Raises:
        UserError: the architecture is unknown or not that of the folder, a file is missing, or a tag's or a folder's
            weights were trained with another activation.
    """
    folder = request.folder()
    if folder is not None:
        return _folder(folder, request)
    name = request.named_architecture("open_clip")
    architecture_activation(name, table=request.table)  # refuses a name that open_clip does not know
    file = request.file()
    if file is not None:
        return ClipSource(name, name, request.table, weights=file)
    return _tagged(name, request)


def openai_archives() -> frozenset[str]:
    """SHA-256 of the programs that OpenAI released: their addresses, which open_clip lists, contain it."""
    import open_clip

    addresses = [open_clip.get_pretrained_url(model, tag) for model, tag in open_clip.list_pretrained() if tag == "openai"]
    return frozenset(address.split("/")[-2] for address in addresses if address.count("/") > 2)


def _folder(folder: Path, request: EncoderRequest) -> ClipSource:
    """A folder of weights; open_clip's configuration goes before transformers' where it has both."""
    spec, table = request.spec, request.table
    if (folder / "open_clip_config.json").is_file() or hugging_face.model_type(folder) is None:
        if spec.architecture is not None or spec.activation is not None:
            word = "architecture" if spec.architecture is not None else "activation"
            raise UserError(f"{folder} describes its own {word} in open_clip_config.json; leave out {word} in [{table}].")
        return _own_layout(folder, table)
    config, trained = hugging_face.read_clip_config(folder), config_activation(folder)
    if spec.activation not in (None, trained):
        raise UserError(f"{folder / 'config.json'} says hidden_act = {trained}; leave out activation in [{table}].")
    architecture = spec.architecture or _matching(config, trained, table)
    if architecture is None or not config.describes(_config(architecture, table=table)):
        raise UserError(
            f"{folder / 'config.json'} does not describe {architecture or 'an architecture of open_clip'}; "
            f'give a folder of the CLIP that [{table}] names, or leave it to library = "transformers".'
        )
    refuse_other_activation(architecture, trained, weights=f"in {folder}", table=table)
    weights = hugging_face.weight_file(folder)
    return ClipSource(architecture, architecture, table, weights, None, hugging_face.normalisation(folder))


def _own_layout(folder: Path, table: str) -> ClipSource:
    """A folder of open_clip's; where transformers' configuration lies beside its own, the two must agree."""
    source = ClipSource(f"CLIP in {folder.name}", f"local-dir:{folder}", table)
    if hugging_face.model_type(folder) == "clip":
        computes = _ACTIVATIONS[bool(source.config.get("quick_gelu", False))]
        if config_activation(folder) != computes:
            raise UserError(
                f"In {folder}, config.json and open_clip_config.json name two activations; fetch the folder again, or remove "
                "the file that is not of these weights."
            )
    return source


def _matching(config: hugging_face.ClipConfig, trained: Activation, table: str) -> str | None:
    """The shortest name among open_clip's architectures that are the network which a configuration describes."""
    import open_clip

    fitting = [
        name
        for name in open_clip.list_models()
        if config.describes(_config(name, table=table)) and architecture_activation(name, table=table) == trained
    ]
    return min(fitting, key=lambda name: (len(name), name), default=None)


def _tagged(architecture: str, request: EncoderRequest) -> ClipSource:
    import open_clip

    tag, spec, table = request.spec.weights, request.spec, request.table
    names = (architecture, architecture.removesuffix("-quickgelu"))  # "-quickgelu" lists only the tags that need it
    known = next(filter(None, (open_clip.get_pretrained_cfg(name, tag) for name in names)), None)
    if known is None:
        tags = [known_tag for name in names for known_tag in open_clip.list_pretrained_tags_by_model(name)]
        raise UserError(
            f"open_clip has no '{architecture}' with weights '{tag}' for [{table}]; {did_you_mean(tag, dict.fromkeys(tags))} "
            'Weights of your own are given as "FILE.safetensors" or a folder.'
        )
    trained = _ACTIVATIONS[bool(known.get("quick_gelu", False))]
    refuse_other_activation(architecture, trained, weights=f"'{tag}'", table=table)
    if spec.activation not in (None, trained):
        raise UserError(f"The weights '{tag}' of open_clip say their activation; leave it out in [{table}].")
    return ClipSource(architecture, architecture, table, tag=tag)


def _config(name: str, *, table: str) -> dict[str, Any]:
    import open_clip

    try:
        config: dict[str, Any] | None = open_clip.get_model_config(name)
    except (OSError, ValueError, AttributeError) as error:  # a folder's configuration
        folder = name.removeprefix("local-dir:")
        raise UserError(
            f"The configuration of the CLIP weights in {folder} cannot be read ({reason(error)}); fetch the folder again."
        ) from error
    if config is None:
        raise no_architecture(name, table=table)
    return config
