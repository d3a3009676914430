"""A model's own preprocessing as a protocol's transform, or a refusal where a protocol cannot say it."""

from collections.abc import Sequence
from typing import cast

from dreambench.benchmark.declarations.transform import ImageTransform, Triple
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.dataset.errors import UserError


def own_transform(
    request: EncoderRequest,
    *,
    resize: int,
    crop: tuple[int, int],
    interpolation: str,
    aspect: str | None,
    mean: Sequence[float],
    std: Sequence[float],
) -> ImageTransform:
    """The transform of a role whose protocol says transform = "own", from what the model's configuration says.

    Args:
        request: whose transform it is, for messages.
        resize: the short side after resizing; both sides where the aspect is "square".
        crop: height and width of what is cut from the centre.
        interpolation: "bicubic" or "bilinear"; all else is refused.
        aspect: "keep", "square", or None for a way of resizing that protocols do not have.
        mean: of each channel, in 0..1.
        std: of each channel, in 0..1.

    Raises:
        UserError: a protocol cannot say it.
    """
    height, width = crop
    problem = None
    if aspect is None:
        problem = "it neither keeps the shape and cuts the centre, nor squeezes the whole picture"
    elif interpolation not in ("bicubic", "bilinear"):
        problem = f"its interpolation is {interpolation}"
    elif height != width or resize < height:
        problem = f"it gives {width} x {height} pixels from a side of {resize}"
    elif len(mean) != 3 or len(std) != 3:
        problem = "it is not for pictures of three channels"
    if problem is not None:
        raise no_transform(request, problem)
    values = {"resize": resize, "crop": height, "interpolation": interpolation, "aspect": aspect}
    return ImageTransform.model_validate(values | {"mean": triple(mean), "std": triple(std)})


def no_transform(request: EncoderRequest, problem: str) -> UserError:
    """What to say of a model's own preprocessing that a protocol cannot say; `problem` says why, as a clause."""
    return UserError(
        f"The preprocessing that the model of [{request.table}] has of its own is none that a protocol can say: {problem}; "
        f"give the protocol a table [{request.table}.transform]."
    )


def triple(values: Sequence[float]) -> Triple:
    """Three plain numbers, one a channel."""
    return cast(Triple, tuple(float(value) for value in values))
