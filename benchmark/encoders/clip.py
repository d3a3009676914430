"""CLIP through open_clip: pictures and prompts in one space."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from benchmark.encoders.encoder import TransformedEncoder, true_float32
from benchmark.encoders.spec import MINI, EncoderSpec
from benchmark.encoders.transforms import ImageTransform, Triple
from benchmark.encoders.weights import existing_file, is_file_name, packaged_folder, reason
from dataset.errors import UserError

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
        network: "torch.nn.Module",
        tokenizer: Any,
        transform: ImageTransform,
        device: "torch.device",
    ) -> None:
        super().__init__(
            name=name, architecture=architecture, network=network, transform=transform, device=device, batch_size=BATCH_SIZE
        )
        self._tokenizer = tokenizer

    def _features(self, pixels: "torch.Tensor") -> "torch.Tensor":
        features: torch.Tensor = self._network.encode_image(pixels)  # type: ignore[operator]  # open_clip's method
        return features

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
        spec: "mini", a folder in open_clip's local-dir layout (open_clip_config.json, weights, tokenizer), a file of
            weights for an open_clip architecture, or one of its tags such as "openai".
        transform: the protocol's, or "own" for the preprocessing in the model's configuration.
        device: where it runs.

    Raises:
        UserError: the architecture or tag is unknown, the weights are missing, broken or of another architecture, or
            the protocol's crop is not the size the network takes.
    """
    folder = packaged_folder("clip") if spec.weights == MINI else Path(spec.weights).expanduser()
    if folder.is_dir():
        if spec.architecture is not None:
            raise UserError(
                f"{folder} describes its own architecture in open_clip_config.json; leave out architecture in [encoders.clip]."
            )
        name, source, weights = f"CLIP in {folder.name}", f"local-dir:{folder}", None
    elif spec.architecture is None:
        raise UserError(
            f"The CLIP weights '{spec.weights}' are not a folder, so [encoders.clip] needs architecture = \"...\", "
            "by open_clip's name."
        )
    else:
        weights = str(existing_file(spec.weights)) if is_file_name(spec.weights) else spec.weights
        name = source = spec.architecture
    network, tokenizer = _create(source, weights)
    resolved = _resolve(transform, network.visual.preprocess_cfg)
    size = tuple(network.visual.image_size)
    if size != (resolved.crop, resolved.crop):
        raise UserError(
            f"The protocol crops to {resolved.crop} pixels, but {name} takes {size[0]}; "
            "choose a protocol made for this encoder."
        )
    return OpenClipEncoder(
        name=name,
        architecture=_architecture(source),
        network=network,
        tokenizer=tokenizer,
        transform=resolved,
        device=device,
    )


def _create(source: str, weights: str | None) -> tuple[Any, Any]:
    import open_clip

    place = weights or source.removeprefix("local-dir:")
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)  # open_clip logs on the root logger what it then raises; one sentence is enough
    try:
        network = open_clip.create_model(source, pretrained=weights, precision="fp32", device="cpu", require_pretrained=True)
        return network, open_clip.get_tokenizer(source)
    except Exception as error:  # open_clip, its readers and the hub's client raise many kinds
        if weights is not None and not is_file_name(weights):
            raise UserError(
                f"CLIP '{source}' with weights '{weights}' cannot be loaded ({reason(error)}); check the two names in "
                '[encoders.clip], or, without a network, give weights = "FILE.safetensors".'
            ) from error
        raise UserError(
            f"The CLIP weights in {place} cannot be loaded ({reason(error)}); fetch them again, or check that they are "
            "of the architecture that the suite names."
        ) from error
    finally:
        logging.disable(before)


def _architecture(source: str) -> dict[str, Any]:
    from open_clip.factory import get_model_config

    return {"library": "open_clip", "config": get_model_config(source)}


def _resolve(transform: ImageTransform | Literal["own"], config: Mapping[str, Any]) -> ImageTransform:
    mean, std = _triple(config["mean"]), _triple(config["std"])
    if transform != "own":
        return transform.resolve(mean=mean, std=std)
    size = config["size"]
    side = size if isinstance(size, int) else size[0]
    if config.get("resize_mode", "shortest") != "shortest":
        raise UserError(
            f"The CLIP model's own preprocessing is '{config['resize_mode']}', which protocols do not have; "
            "give the protocol a [clip] table."
        )
    return ImageTransform(resize=side, crop=side, interpolation=config["interpolation"], mean=mean, std=std)


def _triple(values: Sequence[float]) -> Triple:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
