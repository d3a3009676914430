"""What transformers' image processors do, as a protocol's transform, or a refusal where a protocol cannot say it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders.own_transform import no_transform, own_transform, triple
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.transformers_network import quiet
from dreambench.benchmark.encoders.weights import reason
from dreambench.dataset.errors import UserError

_FILTERS: Final = {2: "bilinear", 3: "bicubic"}  # Pillow's numbers
_FILES: Final = ("preprocessor_config.json", "processor_config.json")


def resolved_transform(folder: Path, request: EncoderRequest) -> ImageTransform:
    """The protocol's transform with the folder's own values in place of "own".

    Raises:
        UserError: the folder's preprocessing is needed and missing or broken, or says what a protocol cannot say.
    """
    transform = request.wanted.transform
    if transform != "own" and "own" not in (transform.mean, transform.std):
        return transform
    processor = _processor(folder, request)
    mean, std = _normalisation(processor, request)
    if transform != "own":
        return transform.resolve(mean=triple(mean), std=triple(std))
    return _geometry(processor, request, mean, std)


def _processor(folder: Path, request: EncoderRequest) -> Any:
    """The image processor that the folder describes, with its class's own values for what the file leaves out."""
    from transformers import AutoImageProcessor

    if not any((folder / name).is_file() for name in _FILES):
        raise UserError(
            f"{folder} has no {_FILES[0]}, which says how the model prepares pictures; give the protocol a table "
            f"[{request.table}.transform] with mean and std."
        )
    try:
        with quiet():
            return AutoImageProcessor.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # transformers raises many kinds
        raise UserError(f"The preprocessing in {folder} cannot be read ({reason(error)}); fetch {_FILES[0]} again.") from error


def _normalisation(processor: Any, request: EncoderRequest) -> tuple[Sequence[float], Sequence[float]]:
    factor = getattr(processor, "rescale_factor", None)
    if not getattr(processor, "do_rescale", True) or factor is None or abs(factor * 255 - 1) > 1e-6:
        raise no_transform(request, "it does not scale pixels to 0..1")
    if getattr(processor, "rescale_offset", None):
        raise no_transform(request, "it shifts pixels before it normalises them")
    if not getattr(processor, "do_normalize", True):
        return (0, 0, 0), (1, 1, 1)
    return processor.image_mean, processor.image_std


def _geometry(processor: Any, request: EncoderRequest, mean: Sequence[float], std: Sequence[float]) -> ImageTransform:
    if not getattr(processor, "do_resize", True):
        raise no_transform(request, "it does not resize")
    if getattr(processor, "do_pad", None) or getattr(processor, "crop_pct", None):
        raise no_transform(request, "it pads pictures, or crops a share of them")
    size, cut = processor.size, getattr(processor, "crop_size", None)
    short, long, height, width = (_side(size, key) for key in ("shortest_edge", "longest_edge", "height", "width"))
    cuts = bool(getattr(processor, "do_center_crop", False)) and cut is not None
    resize = height if short is None and height == width else short
    if resize is None or long is not None or (short is not None and not cuts):
        raise no_transform(request, "it leaves pictures of different shapes")
    return own_transform(
        request,
        resize=resize,
        crop=(_side(cut, "height") or 0, _side(cut, "width") or 0) if cuts else (resize, resize),
        interpolation=_FILTERS.get(int(processor.resample), f"Pillow's number {int(processor.resample)}"),
        aspect="square" if short is None else "keep",
        mean=mean,
        std=std,
    )


def _side(size: Any, key: str) -> int | None:
    """One entry of a processor's size, which is a mapping or an object with attributes."""
    value = size.get(key) if isinstance(size, dict) else getattr(size, key, None)
    return None if value is None else int(value)
