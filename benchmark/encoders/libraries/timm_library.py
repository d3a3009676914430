"""timm: any of its image models, vision transformers and convolutional networks; DINO and DINOv2 in others' layouts too."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from dreambench.benchmark.declarations.encoder import Output
from dreambench.benchmark.encoders import hugging_face
from dreambench.benchmark.encoders.layouts import to_timm
from dreambench.benchmark.encoders.library import EncoderLibrary
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.source import WeightSource, torch_cache_file
from dreambench.benchmark.encoders.timm_network import TimmEncoder, create, fit_positions, own_timm_transform, take_output
from dreambench.benchmark.encoders.weights import load_exactly, no_fit, read_weights
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import did_you_mean

if TYPE_CHECKING:
    import torch

_HUB: Final = "hub"
_FILES: Final = ("model.safetensors", "pytorch_model.bin")


@dataclass(frozen=True)
class _Described:
    """What a request means to timm.

    Attributes:
        name: what people call it.
        model: what timm creates: a name, or "local-dir:FOLDER".
        architecture: timm's name of the network, its tag where it is known; None for one of a folder's own.
        weights: the file; None for weights that timm fetches.
        arguments: that a folder's configuration gives the architecture.
    """

    name: str
    model: str
    architecture: str | None
    weights: Path | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


class TimmLibrary(EncoderLibrary):
    """timm's models.

    Weights are "mini"; a folder in timm's local-dir layout (config.json, model.safetensors) or, for DINO and DINOv2, in that of
    transformers; a file of weights for a timm architecture, in timm's names or, for DINO and DINOv2, in Facebook's or
    transformers'; or "hub" for those that timm fetches by the architecture's tag.
    """

    name: ClassVar[str] = "timm"
    outputs: ClassVar[frozenset[Output]] = frozenset({"own", "cls", "pooled"})
    resamples_positions: ClassVar[bool] = True
    distributions: ClassVar[tuple[str, ...]] = ("timm",)

    def recognises(self, request: EncoderRequest) -> bool:
        """By timm's configuration or a released DINO's, or an architecture that timm knows."""
        folder = request.folder()
        if folder is not None:
            config = hugging_face.read_config(folder)
            return config is not None and ("architecture" in config or hugging_face.released_dino(folder) is not None)
        if request.architecture is None:
            return False
        import timm

        return bool(timm.is_model(request.architecture))

    def architecture(self, request: EncoderRequest) -> str | None:
        """timm's name of the network, with its tag where folder, suite or timm's own table say it."""
        return _describe(request).architecture

    def locate(self, request: EncoderRequest) -> WeightSource:
        """A folder, a file, or where timm fetches the architecture's weights from."""
        described = _describe(request)
        if described.weights is not None:
            return WeightSource(what=described.name, path=request.folder() or described.weights)
        repository, address = timm_address(described.model)
        return WeightSource(
            what=f"'{described.model}' of timm",
            repository=repository,
            names=_FILES,
            address=address,
            kept_at=None if address is None else torch_cache_file(address),
        )

    def load(self, request: EncoderRequest, source: WeightSource, device: "torch.device") -> TimmEncoder:
        """Build the network at its own size, load weights exactly, then fit it to the protocol's crop."""
        described = _describe(request)
        source.refuse_out_of_reach(table=request.table)
        is_fetched = described.weights is None
        network = create(described.model, request=request, is_fetched=is_fetched, pool=None)
        network, output = take_output(network, described.model, request=request, is_fetched=is_fetched)
        if described.weights is not None:
            _load_into(network, described.weights)
        config = network.pretrained_cfg
        transform = own_timm_transform(config, request)
        architecture = {"library": "timm", "name": config["architecture"], "arguments": described.arguments}
        if output != "cls":
            architecture["output"] = output
        if fit_positions(network, transform.crop, name=described.name, request=request):
            architecture["positions"] = "resampled"
        return TimmEncoder(
            name=described.name,
            architecture=architecture,
            network=network,
            output=output,
            transform=transform,
            device=device,
        )


def timm_address(architecture: str) -> tuple[str | None, str | None]:
    """Hub repository and address of timm's weights; both None for an unknown name or tag, and for one without weights."""
    config = _listed(architecture)
    if config is None:
        return None, None
    repository: str | None = config.hf_hub_id
    if repository and repository.endswith("/"):
        repository += f"{config.architecture}.{config.tag}" if config.tag else config.architecture
    return repository or None, config.url or None


def _listed(architecture: str) -> Any:
    """timm's table entry of an architecture; None where it has none."""
    import timm

    try:
        return timm.models.get_pretrained_cfg(architecture)
    except RuntimeError:  # a known architecture with an unknown tag
        return None


def _describe(request: EncoderRequest) -> _Described:
    """Find out what a request means. Reads configurations, no weights, and asks no network.

    Raises:
        UserError: a folder has no configuration or another network's, a file is not there, or timm does not know the names.
    """
    folder = request.folder()
    if folder is not None:
        is_other = hugging_face.model_type(folder) is not None
        return _other_layout(folder, request) if is_other else _own_layout(folder, request)
    name = request.named_architecture("timm")
    file = request.file()
    if file is None and request.spec.weights != _HUB:
        raise UserError(
            f'There are no weights \'{request.spec.weights}\' in timm for [{request.table}]; give "mini", "hub", a folder, '
            "or a .safetensors or .pth file."
        )
    _refuse_unknown(name, request)
    if file is not None:
        return _Described(name, name, name, file)
    if timm_address(name) == (None, None):
        raise UserError(
            f"timm has no weights for '{name}', the architecture of [{request.table}]; {_known_tags(name)} Weights of your own "
            'are given as "FILE.safetensors" or a folder.'
        )
    tag = _listed(name).tag
    return _Described(name, name, name if "." in name or not tag else f"{name}.{tag}")


def _refuse_unknown(name: str, request: EncoderRequest) -> None:
    import timm

    plain, dot, tag = name.partition(".")
    if not timm.is_model(name):
        near = timm.list_models(f"*{plain[:3]}*") or timm.list_models("vit_*_patch16_224")
        raise UserError(f"timm has no '{name}', the architecture of [{request.table}]; {did_you_mean(plain, near)}")
    if dot and _listed(name) is None:
        raise UserError(
            f"timm has no tag '{tag}' of '{plain}', the architecture of [{request.table}]; {_known_tags(name)} Leave the tag "
            "out for weights of your own."
        )


def _known_tags(name: str) -> str:
    import timm

    tags = timm.list_pretrained(f"{name.partition('.')[0]}.*")
    return did_you_mean(name, tags) if tags else "it knows none."


def _own_layout(folder: Path, request: EncoderRequest) -> _Described:
    """A local-dir folder; its configuration may give the architecture arguments of its own."""
    if request.spec.architecture is not None:
        raise UserError(f"{folder} names its own architecture in config.json; leave out architecture in [{request.table}].")
    config = hugging_face.read_config(folder)
    if config is None:
        raise UserError(f"{folder} has no config.json; give a folder in timm's or transformers' layout, or a file of weights.")
    arguments = config.get("model_args") or {}
    named, entry = config.get("architecture"), config.get("pretrained_cfg", config)
    if not isinstance(named, str) or not isinstance(entry, dict) or not isinstance(arguments, dict):
        raise UserError(
            f"{folder / 'config.json'} describes no network of timm's (its architecture is not given); fetch the folder again."
        )
    tag = f".{entry['tag']}" if isinstance(entry.get("tag"), str) and entry["tag"] and "." not in named else ""
    return _Described(
        name=f"{named} in {folder.name}",
        model=f"local-dir:{folder}",
        architecture=None if arguments else named + tag,  # with arguments it is one of the folder's own
        weights=folder / "model.safetensors",
        arguments=json.loads(json.dumps(arguments)),
    )


def _other_layout(folder: Path, request: EncoderRequest) -> _Described:
    """A folder of transformers', of a DINO that its configuration describes."""
    architecture = hugging_face.released_dino(folder)
    if architecture is None:
        raise UserError(
            f"{folder / 'config.json'} describes no DINO that Facebook released; give a folder in timm's layout, or say "
            f'library = "transformers" in [{request.table}].'
        )
    if request.spec.architecture not in (None, architecture):
        raise UserError(
            f"{folder} holds {architecture}, not {request.spec.architecture}; leave out architecture in [{request.table}]."
        )
    return _Described(architecture, architecture, architecture, hugging_face.weight_file(folder))


def _load_into(network: Any, path: Path) -> None:
    if not path.is_file():
        raise UserError(f"The weight file {path} does not exist; put the encoder's weights there.")
    state = read_weights(path)
    try:
        translated = to_timm(state, known=network.state_dict())
    except ValueError as error:
        raise no_fit(path, str(error)) from error
    load_exactly(network, translated, path)  # timm's own reader would resize other patches and sizes to fit
