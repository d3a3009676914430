"""Models of transformers as encoders: read without code of strangers, what stands for a picture, which crop they take."""

import hashlib
import inspect
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.weights import read_weights, reason, refuse_damaged
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch

#: "joint": the image features of a model that embeds texts too. "cls": the CLS token after the final norm. "pooled": the
#: model's pooled output.
Reading = Literal["joint", "cls", "pooled"]
_INTERPOLATE: Final = "interpolate_pos_encoding"


def read_network(folder: Path) -> tuple[Any, set[str]]:
    """The model that a folder's configuration describes, in float32, and the names of weights that the folder lacks.

    Raises:
        UserError: transformers does not know the model, or the weights are damaged or another model's.
    """
    import torch
    from transformers import AutoModel

    refuse_damaged(folder)
    try:
        with quiet():
            network, info = AutoModel.from_pretrained(
                folder,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                dtype=torch.float32,
                output_loading_info=True,
            )
    except Exception as error:  # transformers and its readers raise many kinds
        raise UserError(
            f"The model in {folder} cannot be loaded by transformers ({reason(error)}); fetch the folder again, or give one "
            "of a model that this version of transformers knows without code of the repository's own."
        ) from error
    return network, set(info["missing_keys"])


def reading_of(network: Any, name: str, request: EncoderRequest) -> Reading:
    """What stands for a picture: a dual encoder's joint features; else the CLS token where there is one, and the pooled output.

    Raises:
        UserError: the model is no image encoder, or has not what the protocol wants.
    """
    wanted = request.wanted.output
    if hasattr(network, "get_image_features") and hasattr(network, "get_text_features"):
        needed = [
            parameter.name
            for parameter in inspect.signature(network.get_image_features).parameters.values()
            if parameter.default is parameter.empty and parameter.kind is not parameter.VAR_KEYWORD
        ]
        if set(needed) - {"pixel_values"}:
            raise UserError(
                f"{name}, the encoder '{request.role}', needs {', '.join(needed)} of a picture, not its pixels alone; name a "
                "model for pictures of one size."
            )
        if wanted != "own":
            raise UserError(
                f"{name}, the encoder '{request.role}', embeds pictures and texts in one space; give the protocol "
                'output = "own".'
            )
        return "joint"
    if getattr(network, "main_input_name", None) != "pixel_values":
        raise UserError(f"{name}, the encoder '{request.role}', is no image encoder; name one in [{request.table}].")
    has_cls = getattr(getattr(network, "embeddings", None), "cls_token", None) is not None
    if wanted == "cls" and not has_cls:
        raise UserError(
            f"{name}, the encoder '{request.role}', has no CLS token, which the protocol wants; name a vision transformer that "
            'has one, or give the protocol output = "pooled".'
        )
    return "cls" if has_cls and wanted != "pooled" else "pooled"


def as_tensor(output: Any) -> "torch.Tensor":
    """The pooled features in a model's answer, which older versions gave as they are."""
    import torch

    if isinstance(output, torch.Tensor):
        return output
    pooled = getattr(output, "pooler_output", None)
    if not isinstance(pooled, torch.Tensor):
        raise UserError("The model pools a picture to no vector; give the protocol another output, or name another encoder.")
    return pooled


def fit_positions(network: Any, crop: int, *, name: str, request: EncoderRequest) -> tuple[dict[str, Any], bool]:
    """How the network is made to take crops of a size.

    Returns:
        Arguments for its forward pass, and whether position embeddings are resampled.

    Raises:
        UserError: the network takes another size, and is not to be or cannot be changed.
    """
    vision = getattr(network, "vision_model", network)
    config = getattr(network.config, "vision_config", network.config)
    learned = any("position_embedding" in key for key, _ in vision.named_parameters())
    side = getattr(config, "image_size", None)
    height = side[0] if isinstance(side, list | tuple) else side
    if not learned or height is None or height == crop:
        return {}, False
    if request.wanted.positions == "fixed":
        raise UserError(
            f"The protocol crops to {crop} pixels for [{request.table}], but {name} takes {height}; choose a protocol made for "
            'this encoder, or give the protocol positions = "resampled".'
        )
    patch = getattr(config, "patch_size", 1)
    call = network.get_image_features if hasattr(network, "get_image_features") else network.forward
    takes = _INTERPOLATE in inspect.signature(call).parameters
    always = hasattr(getattr(vision, "embeddings", None), _INTERPOLATE)  # without an argument, as Dinov2Model
    if not (takes or always) or not isinstance(patch, int) or crop % patch:
        raise UserError(
            f"The protocol crops to {crop} pixels for [{request.table}], but {name} takes {height} and cannot be resampled to "
            f"that; give the protocol a crop of {height}, or a multiple of the patch of {patch} pixels."
        )
    return ({_INTERPOLATE: True} if takes else {}), True


def stored_hash(folder: Path) -> str:
    """SHA-256 over names, shapes and values, in float32, of a folder's weights as they are stored.

    Not over those of the network: transformers renames them from one version to the next.
    """
    index = folder / "model.safetensors.index.json"
    whole = folder / "model.safetensors"
    state = read_weights(whole if whole.is_file() else index)
    digest = hashlib.sha256()
    for key, tensor in sorted(state.items()):
        values = (tensor.float() if tensor.is_floating_point() else tensor).contiguous()
        digest.update(f"{key} {values.dtype} {tuple(values.shape)}\n".encode())
        digest.update(values.numpy().data)
    return digest.hexdigest()


@contextmanager
def quiet() -> Iterator[None]:
    """transformers reports what is checked here, and its progress bars would break into the command line's own."""
    from transformers.utils import logging

    verbosity, shown = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if shown:
            logging.enable_progress_bar()
