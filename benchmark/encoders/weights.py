"""Reading weight files that strangers made: no code is run, and a broken file is refused by its name."""

import argparse
import pickle
import re
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambench.dataset.declared import dotted, printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.local_folders import expanded
from dreambench.dataset.reading import read_json
from dreambench.dataset.words import shortened

if TYPE_CHECKING:
    import torch

_PACKAGED: Final = Path(__file__).parents[1] / "weights" / "miniature"
#: Ends the name of the file that says which shard holds which weights.
INDEX_SUFFIX: Final = ".safetensors.index.json"
_SUFFIXES: Final = (".safetensors", ".pth", ".pt", ".bin")
_WRAPPERS: Final = ("state_dict", "model", "teacher")
_LOST_PREFIXES: Final = ("module.", "backbone.")
#: How torch names what a checkpoint would have had it call.
_FOREIGN: Final = re.compile(r"GLOBAL:? ([\w.]+)")


def packaged_folder(role: str) -> Path:
    """The folder of the miniature's encoder of a role, such as "dino".

    Raises:
        UserError: the miniature has none of that name, or it is missing from the installation.
    """
    folder = _PACKAGED / role
    if not folder.is_dir():
        there = sorted(path.name for path in _PACKAGED.iterdir() if path.is_dir()) if _PACKAGED.is_dir() else []
        if there:
            raise UserError(
                f"The miniature has no encoder '{role}', so [encoders.{role}] cannot have weights = \"mini\"; it has "
                f"{', '.join(there)}."
            )
        raise UserError(f"The miniature's encoders are missing from {_PACKAGED}; reinstall dreambench.")
    return folder


def is_file_name(weights: str) -> bool:
    """Whether a suite's `weights` means a file, rather than a tag or the hub."""
    return weights.endswith(_SUFFIXES)


def existing_file(weights: str) -> Path:
    """The path of a weight file.

    Raises:
        UserError: it is not there.
    """
    path = expanded(weights)
    if not path.is_file():
        raise UserError(f"The weight file {path} does not exist; check the path in the suite.")
    return path


def refuse_damaged(weights: Path) -> None:
    """Check that a file or a folder of weights is whole, as far as the headers of its safetensors files tell.

    Raises:
        UserError: a header is broken, or the file is shorter than its header says; or the folder has no weights.
    """
    from safetensors import safe_open

    files = [weights] if weights.is_file() else sorted(path for path in weights.iterdir() if path.suffix in _SUFFIXES)
    if not files:
        raise UserError(f"The folder {weights} holds no weights; put the encoder's files there.")
    for path in files:
        if path.suffix == ".safetensors":
            try:
                with safe_open(path, framework="numpy"):
                    pass
            except Exception as error:  # the reader's own kind, and the disk's
                raise UserError(f"The weight file {path} cannot be read ({reason(error)}); fetch it again.") from error


def read_weights(path: Path, *, trusted_programs: Collection[str] = ()) -> "dict[str, torch.Tensor]":
    """Tensors by name from a .safetensors file, from the shards that an index names, or from a .pth, .pt or .bin file
    that holds nothing but values.

    A whole training checkpoint gives the weights of its teacher, and its prefixes (module., backbone.) are taken off.

    Args:
        path: the file.
        trusted_programs: SHA-256 of TorchScript archives that may be opened: those are programs, and only ones that are
            known bit by bit are run.

    Raises:
        UserError: the file is broken, not a file of weights, or an unknown program; the message names it.
    """
    import torch

    try:
        loaded: Any = _load(path, trusted_programs)
    except UserError:
        raise
    except Exception as error:  # the readers raise half a dozen kinds; each means that the file is no good
        raise _unreadable(path, error) from error
    for wrapper in _WRAPPERS:
        if isinstance(loaded, Mapping) and isinstance(loaded.get(wrapper), Mapping):
            loaded = loaded[wrapper]
    if not isinstance(loaded, Mapping) or not loaded or not all(isinstance(value, torch.Tensor) for value in loaded.values()):
        raise UserError(f"{path} holds no table of weights; give a checkpoint of the encoder's architecture.")
    return {_clean(str(key)): value for key, value in loaded.items()}


def load_exactly(network: "torch.nn.Module", state: "Mapping[str, torch.Tensor]", path: Path) -> None:
    """Put weights into a network of which every name and every shape must agree; nothing is resized to fit.

    Raises:
        UserError: they do not agree; the message names the file.
    """
    try:
        network.load_state_dict(dict(state), strict=True)
    except Exception as error:  # missing, surplus and mismatched tensors
        raise no_fit(path, _difference(network.state_dict(), state) or reason(error)) from error


def no_fit(path: Path, detail: str) -> UserError:
    """What to say of weights that are another network's; `detail` says how they are seen to be."""
    return UserError(f"The weight file {path} does not fit the architecture ({detail}); give weights of that architecture.")


def reason(error: Exception) -> str:
    """The first sentence of what a library said, short enough to stand in one of ours."""
    if isinstance(error, KeyError):  # its text is the key alone
        return f"{error} is not given"
    lines = str(error).strip().splitlines()
    text = lines[0].partition(". ")[0].strip().rstrip(".:") if lines else type(error).__name__
    return shortened(printable(text), 200)


def _unreadable(path: Path, error: Exception) -> UserError:
    """What to say of a file that its reader refuses. torch's own words on pickles tell people how to run them."""
    if isinstance(error, pickle.UnpicklingError):
        if called := _FOREIGN.search(str(error)):
            return UserError(
                f"The weight file {path} cannot be read without running code that it holds ({called[1]}), which is not done; "
                "give its weights alone, saved as .safetensors."
            )
        return UserError(f"The weight file {path} cannot be read (it is no checkpoint of torch's); fetch it again.")
    why = "it is cut off" if isinstance(error, EOFError) else reason(error)
    return UserError(f"The weight file {path} cannot be read ({why}); fetch it again.")


def _difference(network: "Mapping[str, torch.Tensor]", state: "Mapping[str, torch.Tensor]") -> str | None:
    """The first thing in which weights are not a network's; None if names and shapes agree."""
    shapes = [key for key, value in network.items() if key in state and state[key].shape != value.shape]
    if shapes:
        theirs, ours = (" x ".join(map(str, tensors[shapes[0]].shape)) or "one number" for tensors in (state, network))
        return f"its {shapes[0]} is {theirs}, the network's {ours}"
    for words, some, others in (("it lacks {}", network, state), ("it has {} besides", state, network)):
        odd = [key for key in some if key not in others]
        if odd:
            return words.format(printable(odd[0]) + (f" and {len(odd) - 1} more" if len(odd) > 1 else ""))
    return None


def _clean(key: str) -> str:
    for prefix in _LOST_PREFIXES:
        key = key.removeprefix(prefix)
    return key


def _load(path: Path, trusted_programs: Collection[str]) -> Any:
    import torch
    from safetensors.torch import load_file

    if path.suffix == ".safetensors":
        return load_file(path)
    if path.name.endswith(INDEX_SUFFIX):
        return _load_shards(path)
    if _is_torchscript(path):
        if sha256_file(path) not in trusted_programs:
            raise UserError(
                f"{path} is a TorchScript program and not one that is known; give its weights alone, saved as .safetensors."
            )
        return torch.jit.load(path, map_location="cpu").state_dict()  # type: ignore[no-untyped-call]
    # Facebook's whole training checkpoints keep the command line's arguments beside the weights: a plain record
    with torch.serialization.safe_globals([argparse.Namespace]):
        return torch.load(path, map_location="cpu", weights_only=True)


def _load_shards(index: Path) -> "dict[str, torch.Tensor]":
    """The weights that an index lists, each from the shard beside it that the index names, and from nowhere else."""
    from safetensors.torch import load_file

    table = read_json(index, mend="fetch it again.")
    shard_of: Any = table.get("weight_map") if isinstance(table, dict) else None
    if not isinstance(shard_of, dict) or not shard_of:
        raise UserError(f"{index} does not say which shard holds which weights; fetch it again.")
    loaded: dict[str, torch.Tensor] = {}
    for shard in sorted({str(name) for name in shard_of.values()}):
        if Path(shard).name != shard or "\\" in shard or not shard.endswith(".safetensors"):
            raise UserError(f"{index} names {dotted([shard])}, which is no .safetensors file beside it; fetch it again.")
        if not (index.parent / shard).is_file():
            raise UserError(
                f"The weight file {index.parent / shard} does not exist, but {index.name} names it; fetch it again."
            )
        tensors = load_file(index.parent / shard)
        if tensors.keys() != {key for key, name in shard_of.items() if name == shard}:
            raise UserError(f"{index.parent / shard} does not hold what {index.name} says of it; fetch both again.")
        loaded |= tensors
    return loaded


def _is_torchscript(path: Path) -> bool:
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())
