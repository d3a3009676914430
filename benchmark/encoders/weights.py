"""Reading weight files that strangers made: no code is run, and a broken file is refused by its name."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dataset.errors import UserError

if TYPE_CHECKING:
    import torch

_PACKAGED: Final = Path(__file__).parents[1] / "weights" / "miniature"
_SUFFIXES: Final = (".safetensors", ".pth", ".pt", ".bin")
_WRAPPERS: Final = ("state_dict", "model", "teacher")
_LOST_PREFIXES: Final = ("module.", "backbone.")


def packaged_folder(encoder: str) -> Path:
    """The folder of the miniature's "dino" or "clip".

    Raises:
        UserError: it is missing from the installation.
    """
    folder = _PACKAGED / encoder
    if not folder.is_dir():
        raise UserError(f"The miniature's {encoder} weights are missing from {folder}; reinstall dreambench.")
    return folder


def is_file_name(weights: str) -> bool:
    """Whether a suite's `weights` means a file, rather than a tag or the hub."""
    return weights.endswith(_SUFFIXES)


def existing_file(weights: str) -> Path:
    """The path of a weight file.

    Raises:
        UserError: it is not there.
    """
    path = Path(weights).expanduser()
    if not path.is_file():
        raise UserError(f"The weight file {path} does not exist; check the path in the suite.")
    return path


def read_weights(path: Path) -> dict[str, "torch.Tensor"]:
    """Tensors by name from a .safetensors file, or from a .pth, .pt or .bin file that holds nothing but tensors.

    Raises:
        UserError: the file is broken, or not a file of weights; the message names it.
    """
    import torch
    from safetensors.torch import load_file

    try:
        loaded: Any = (
            load_file(path) if path.suffix == ".safetensors" else torch.load(path, map_location="cpu", weights_only=True)
        )
    except Exception as error:  # the readers raise half a dozen kinds; each means that the file is no good
        raise UserError(f"The weight file {path} cannot be read ({reason(error)}); fetch it again.") from error
    for wrapper in _WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
    if not isinstance(loaded, Mapping) or not loaded or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise UserError(f"{path} holds no table of weights; give a checkpoint of the encoder's architecture.")
    return {_clean(str(key)): value for key, value in loaded.items()}


def reason(error: Exception) -> str:
    """The first line of what a library said, short enough for one sentence."""
    lines = str(error).strip().splitlines()
    text = lines[0].strip().rstrip(".:") if lines else type(error).__name__
    return text if len(text) <= 200 else text[:197] + "..."


def _clean(key: str) -> str:
    for prefix in _LOST_PREFIXES:
        key = key.removeprefix(prefix)
    return key
