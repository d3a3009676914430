"""open_clip: CLIP, SigLIP and their kin, pictures and prompts in one space."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.declarations.transform import ImageTransform, Triple
from dreambench.benchmark.encoders import hugging_face
from dreambench.benchmark.encoders.activation import file_activation, refuse_other_activation
from dreambench.benchmark.encoders.clip_source import ClipSource, find_clip, openai_archives
from dreambench.benchmark.encoders.layouts import is_hugging_face_clip, to_open_clip
from dreambench.benchmark.encoders.library import EncoderLibrary
from dreambench.benchmark.encoders.network import NetworkEncoder, true_float32
from dreambench.benchmark.encoders.own_transform import own_transform, triple
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.source import WeightSource
from dreambench.benchmark.encoders.tokenizing import LateTokenizer
from dreambench.benchmark.encoders.weights import is_file_name, load_exactly, no_fit, read_weights, reason
from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded

if TYPE_CHECKING:
    import torch

_FILES: Final = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")


class OpenClipEncoder(NetworkEncoder):
    """An open_clip model and its tokenizer."""

    def __init__(
        self,
        *,
        name: str,
        architecture: Mapping[str, Any],
        network: "torch.nn.Module",
        tokenizer: LateTokenizer,
        transform: ImageTransform,
        device: "torch.device",
    ) -> None:
        super().__init__(name=name, architecture=architecture, network=network, transform=transform, device=device)
        self._tokenizer = tokenizer

    @property
    def embeds_text(self) -> bool:
        """Pictures and texts in one space."""
        return True

    def _features(self, pixels: "torch.Tensor") -> "torch.Tensor":
        features: torch.Tensor = self._network.encode_image(pixels)  # type: ignore[operator]  # open_clip's method
        return features

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Token ids of texts as the text tower reads them, with its start, end and padding: [n, context length]."""
        return np.asarray(self._tokenizer(texts), dtype=np.int64)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of texts, cut off at the model's context length: [n, d], rows of length 1."""
        import torch

        rows: list[NDArray[np.float32]] = []
        with torch.inference_mode(), true_float32():
            for start in range(0, len(texts), self._batch_size):
                tokens = self._tokenizer(texts[start : start + self._batch_size]).to(self._device)
                rows.append(self._unit_rows(self._network.encode_text(tokens)))  # type: ignore[operator]  # open_clip's method
        return np.concatenate(rows)


class OpenClipLibrary(EncoderLibrary):
    """open_clip's models.

    Weights are "mini"; a folder in open_clip's local-dir layout (open_clip_config.json, weights, tokenizer) or in that of
    transformers' CLIPModel (config.json, model.safetensors); a file of weights for an open_clip architecture, in open_clip's,
    OpenAI's or transformers' names; or one of open_clip's tags such as "openai".
    """

    name: ClassVar[str] = "open_clip"
    takes: ClassVar[frozenset[str]] = frozenset({"activation"})
    distributions: ClassVar[tuple[str, ...]] = ("open_clip_torch", "timm", "transformers")

    def recognises(self, request: EncoderRequest) -> bool:
        """By open_clip's or a CLIPModel's configuration, or an architecture that open_clip lists."""
        folder = request.folder()
        if folder is not None:
            return (folder / "open_clip_config.json").is_file() or hugging_face.model_type(folder) == "clip"
        if request.architecture is None:
            return False
        import open_clip

        return request.architecture in open_clip.list_models()

    def architecture(self, request: EncoderRequest) -> str | None:
        """open_clip's name of the network."""
        return find_clip(request).architecture

    def locate(self, request: EncoderRequest) -> WeightSource:
        """A folder, a file, or what open_clip lists of a tag."""
        clip = find_clip(request)
        if clip.tag is None:
            return WeightSource(what=clip.name, path=request.folder() or clip.weights)
        repository, address = open_clip_address(clip.model, clip.tag)
        hub, _, file = repository.rpartition("/")
        return WeightSource(
            what=f"'{clip.model}' of open_clip with weights '{clip.tag}'",
            repository=hub or None,
            names=(file,) if file else _FILES,
            address=address or None,
            kept_at=expanded("~/.cache/clip") / address.rpartition("/")[2] if address else None,
        )

    def load(self, request: EncoderRequest, source: WeightSource, device: "torch.device") -> OpenClipEncoder:
        """Build the network in float32; the tokenizer is read when the first text comes."""
        clip = find_clip(request)
        source.refuse_out_of_reach(table=request.table)
        network = _network(clip, request)
        transform = _resolve(request, network.visual.preprocess_cfg, clip.normalisation)
        size = tuple(network.visual.image_size)
        if size != (transform.crop, transform.crop):
            raise UserError(
                f"The protocol crops to {transform.crop} pixels for [{request.table}], but {clip.name} takes {size[0]}; "
                "choose a protocol made for this encoder."
            )
        return OpenClipEncoder(
            name=clip.name,
            architecture={"library": "open_clip", "config": clip.config},
            network=network,
            tokenizer=_tokenizer(clip),
            transform=transform,
            device=device,
        )


def open_clip_address(architecture: str, tag: str) -> tuple[str, str]:
    """What open_clip lists of weights: "owner/repository/" or "owner/repository/file" on the hub, and an address, or ""."""
    import open_clip

    listed = open_clip.get_pretrained_cfg(architecture, tag)
    return str(listed.get("hf_hub") or ""), str(listed.get("url") or "")


def _network(clip: ClipSource, request: EncoderRequest) -> Any:
    """The network with its weights, in float32, on the CPU."""
    if clip.weights is None:
        return _create(clip)
    state = read_weights(clip.weights, trusted_programs=openai_archives())
    if is_file_name(request.spec.weights):  # a folder was asked when it was found
        trained = file_activation(clip.weights, state, request)
        refuse_other_activation(clip.model, trained, weights=f"in {clip.weights}", table=request.table)
    try:
        translated = to_open_clip(state)
    except ValueError as error:
        raise no_fit(clip.weights, str(error)) from error
    network = _create(clip)
    if is_hugging_face_clip(state) and translated["logit_scale"].shape != network.logit_scale.shape:
        translated["logit_scale"] = translated["logit_scale"].reshape(network.logit_scale.shape)
    load_exactly(network, translated, clip.weights)  # open_clip's own reader would resize other image sizes to fit
    return network


def _create(clip: ClipSource) -> Any:
    import open_clip

    try:
        with _quiet():
            return open_clip.create_model(
                clip.model,
                pretrained=clip.tag,
                precision="fp32",
                device="cpu",
                require_pretrained=clip.weights is None,
                pretrained_text=False,
            )
    except Exception as error:  # open_clip, its readers and the hub's client raise many kinds
        if clip.tag is not None:
            raise UserError(
                f"'{clip.model}' of open_clip with weights '{clip.tag}' cannot be loaded ({reason(error)}); check the two "
                f'names in [{clip.table}], or, without a network, give weights = "FILE.safetensors" or a folder.'
            ) from error
        path = clip.weights or clip.model.removeprefix("local-dir:")
        raise UserError(
            f"The weights in {path} cannot be loaded by open_clip ({reason(error)}); fetch them again, or check that they are "
            f"of the architecture that [{clip.table}] names."
        ) from error


def _tokenizer(clip: ClipSource) -> LateTokenizer:
    def read() -> Any:
        import open_clip

        text = clip.config.get("text_cfg", {})
        if not clip.model.startswith("local-dir:") and "/" in str(text.get("hf_tokenizer_name", "")):
            where = WeightSource(
                what=f"The tokenizer of '{clip.model}'",
                repository=text["hf_tokenizer_name"],
                instead="a folder with the tokenizer in it",
            )
            where.refuse_out_of_reach(table=clip.table)
        with _quiet():
            return open_clip.get_tokenizer(clip.model)

    def encode(tokenizer: Any, texts: Sequence[str]) -> Any:
        with _quiet():
            return tokenizer(list(texts))

    return LateTokenizer(
        read,
        encode=encode,
        vocabulary=clip.config.get("text_cfg", {}).get("vocab_size"),
        owner=f"of the CLIP {clip.model.removeprefix('local-dir:')}",
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """open_clip logs on the root logger what it then raises, and warns of what is refused here: one sentence is enough."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


def _resolve(request: EncoderRequest, config: Mapping[str, Any], normalisation: tuple[Triple, Triple] | None) -> ImageTransform:
    mean, std = normalisation or (config["mean"], config["std"])
    if request.wanted.transform != "own":
        return request.wanted.transform.resolve(mean=triple(mean), std=triple(std))
    size = config["size"]
    height, width = (size, size) if isinstance(size, int) else size
    modes = {"shortest": "keep", "squash": "square"}
    return own_transform(
        request,
        resize=height,
        crop=(height, width),
        interpolation=config["interpolation"],
        aspect=modes.get(config.get("resize_mode", "shortest")),
        mean=mean,
        std=std,
    )
