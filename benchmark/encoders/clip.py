"""CLIP through open_clip: pictures and prompts in one space."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.transform import ImageTransform, Triple
from dreambench.benchmark.encoders.activation import file_activation, refuse_other_activation
from dreambench.benchmark.encoders.clip_source import ClipSource, find_clip, openai_archives
from dreambench.benchmark.encoders.encoder import TransformedEncoder, true_float32
from dreambench.benchmark.encoders.hub import open_clip_address, refuse_without_hub
from dreambench.benchmark.encoders.layouts import is_hugging_face_clip, to_open_clip
from dreambench.benchmark.encoders.weights import is_file_name, load_exactly, no_fit, read_weights, reason
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch

BATCH_SIZE: Final = 64


class OpenClipEncoder(TransformedEncoder):
    """An open_clip model and its tokenizer."""

    def __init__(
        self,
        *,
        name: str,
        architecture: Mapping[str, Any],
        architecture_name: str | None,
        network: "torch.nn.Module",
        tokenizer: Any,
        transform: ImageTransform,
        device: "torch.device",
    ) -> None:
        super().__init__(
            name=name,
            architecture=architecture,
            architecture_name=architecture_name,
            network=network,
            transform=transform,
            device=device,
            batch_size=BATCH_SIZE,
        )
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
        return np.asarray(self._tokenizer(list(texts)), dtype=np.int64)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of texts, cut off at the model's context length: [n, d], rows of length 1."""
        import torch

        rows: list[NDArray[np.float32]] = []
        with torch.inference_mode(), true_float32():
            for start in range(0, len(texts), self._batch_size):
                tokens = self._tokenizer(list(texts[start : start + self._batch_size])).to(self._device)
                rows.append(self._unit_rows(self._network.encode_text(tokens)))  # type: ignore[operator]  # open_clip's method
        return np.concatenate(rows)


def load_clip(spec: EncoderSpec, transform: ImageTransform | Literal["own"], device: "torch.device") -> OpenClipEncoder:
    """Build the CLIP encoder of a suite.

    Args:
        spec: "mini"; a folder in open_clip's local-dir layout (open_clip_config.json, weights, tokenizer) or in that of
            transformers' CLIPModel (config.json, model.safetensors); a file of weights for an open_clip architecture, in
            open_clip's, OpenAI's or transformers' names; or one of open_clip's tags such as "openai".
        transform: the protocol's, or "own" for the preprocessing in the model's configuration.
        device: where it runs.

    Raises:
        UserError: the architecture or tag is unknown, the weights are missing, broken, of another architecture or trained
            with another activation, or the protocol's crop is not the size the network takes.
    """
    source = find_clip(spec)
    network = _network(source, spec)
    resolved = _resolve(transform, network.visual.preprocess_cfg, source.normalisation)
    size = tuple(network.visual.image_size)
    if size != (resolved.crop, resolved.crop):
        raise UserError(
            f"The protocol crops to {resolved.crop} pixels, but {source.name} takes {size[0]}; "
            "choose a protocol made for this encoder."
        )
    tokenizer = _tokenizer(source)
    return OpenClipEncoder(
        name=source.name,
        architecture={"library": "open_clip", "config": source.config},
        architecture_name=source.architecture,
        network=network,
        tokenizer=tokenizer,
        transform=resolved,
        device=device,
    )


def _network(source: ClipSource, spec: EncoderSpec) -> Any:
    """The network with its weights, in float32, on the CPU."""
    if source.weights is None:
        return _create(source)
    state = read_weights(source.weights, trusted_programs=openai_archives())
    if is_file_name(spec.weights):  # a folder was asked when it was found
        trained = file_activation(source.weights, state, spec)
        refuse_other_activation(source.model, trained, weights=f"in {source.weights}")
    try:
        translated = to_open_clip(state)
    except ValueError as error:
        raise no_fit(source.weights, str(error)) from error
    network = _create(source)
    if is_hugging_face_clip(state) and translated["logit_scale"].shape != network.logit_scale.shape:
        translated["logit_scale"] = translated["logit_scale"].reshape(network.logit_scale.shape)
    load_exactly(network, translated, source.weights)  # open_clip's own reader would resize other image sizes to fit
    return network


def _create(source: ClipSource) -> Any:
    import open_clip

    if source.tag is not None:
        what = f"CLIP '{source.model}' with weights '{source.tag}'"
        refuse_without_hub(what, open_clip_address(source.model, source.tag)[0], table="encoders.clip")
    try:
        with _quiet():
            return open_clip.create_model(
                source.model,
                pretrained=source.tag,
                precision="fp32",
                device="cpu",
                require_pretrained=source.weights is None,
                pretrained_text=False,
            )
    except Exception as error:  # open_clip, its readers and the hub's client raise many kinds
        if source.tag is not None:
            raise UserError(
                f"CLIP '{source.model}' with weights '{source.tag}' cannot be loaded ({reason(error)}); check the two names "
                'in [encoders.clip], or, without a network, give weights = "FILE.safetensors" or a folder.'
            ) from error
        place = source.weights or source.model.removeprefix("local-dir:")
        raise UserError(
            f"The CLIP weights in {place} cannot be loaded ({reason(error)}); fetch them again, or check that they are "
            "of the architecture that the suite names."
        ) from error


def _tokenizer(source: ClipSource) -> Any:
    """The source's tokenizer, which must know words: without its vocabulary it would give every prompt the same tokens."""
    import open_clip

    place = source.model.removeprefix("local-dir:")
    try:
        with _quiet():
            tokenizer = open_clip.get_tokenizer(source.model)
            one, other = tokenizer(["dog", "teapot"]).tolist()
    except Exception as error:  # open_clip's, transformers' and the hub's client raise many kinds
        raise UserError(
            f"The tokenizer of the CLIP {place} cannot be read ({reason(error)}); fetch its files again."
        ) from error
    words = source.config.get("text_cfg", {}).get("vocab_size")
    if one == other or (words is not None and max(one + other) >= words):
        raise UserError(
            f"The tokenizer of the CLIP {place} is not that of its weights: it tells no words apart, or has more of them than "
            "the network; fetch its files again."
        )
    return tokenizer


@contextmanager
def _quiet() -> Iterator[None]:
    """open_clip logs on the root logger what it then raises, and warns of what is refused here: one sentence is enough."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(before)


def _resolve(
    transform: ImageTransform | Literal["own"], config: Mapping[str, Any], normalisation: tuple[Triple, Triple] | None
) -> ImageTransform:
    mean, std = normalisation or (_triple(config["mean"]), _triple(config["std"]))
    if transform != "own":
        return transform.resolve(mean=mean, std=std)
    size = config["size"]
    side = size if isinstance(size, int) else size[0]
    mode = config.get("resize_mode", "shortest")
    if mode not in ("shortest", "squash"):
        raise UserError(
            f"The CLIP model's own preprocessing is '{mode}', which protocols do not have; give the protocol a [clip] table."
        )
    return ImageTransform(
        resize=side,
        crop=side,
        interpolation=config["interpolation"],
        aspect="keep" if mode == "shortest" else "square",
        mean=mean,
        std=std,
    )


def _triple(values: Sequence[float]) -> Triple:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
