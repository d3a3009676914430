"""Finding a base model's files: the packaged miniature, a local diffusers folder, or a repository on the hub."""

import json
from pathlib import Path
from typing import Any, Final

from dataset.errors import UserError
from dataset.hashing import sha256_file, sha256_json

MINIATURE: Final = Path(__file__).parent / "weights" / "miniature"
_WEIGHTS: Final = {"unet": "diffusion_pytorch_model", "vae": "diffusion_pytorch_model", "text_encoder": "model"}


def resolve_folder(source: str | Path, revision: str | None) -> Path:
    """The local folder of a model: "mini", an existing folder (which comes first), else a hub id, downloaded to its cache.

    Raises:
        UserError: there is no such folder or the hub cannot give it.
    """
    if source == "mini":
        return MINIATURE
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    name = str(source)
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise UserError(
            f'There is no base model folder {name}; give "mini", a diffusers folder, or a hub id such as owner/name.'
        )
    from huggingface_hub import snapshot_download

    patterns = ["model_index.json", "*/config.json", "tokenizer/*", "scheduler/*"]
    for part, stem in _WEIGHTS.items():
        patterns += [f"{part}/{stem}{ending}" for ending in (".safetensors", "-*-of-*.safetensors", ".safetensors.index.json")]
    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=patterns))
    except Exception as error:  # the hub's client raises many kinds; each means the same to the user
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise UserError(f"Base model {name} is neither a local folder nor available from the hub ({reason}).") from error


def model_files(folder: Path) -> list[Path]:
    """The files that make the model what it is, sorted; safetensors weights only.

    Raises:
        UserError: a part is missing, or its weights are there only in another form.
    """
    found: list[Path] = []
    for part, stem in _WEIGHTS.items():
        config = folder / part / "config.json"
        weights = sorted((folder / part).glob(f"{stem}.safetensors")) or sorted(
            (folder / part).glob(f"{stem}-*-of-*.safetensors")
        )
        if not config.is_file() or not weights:
            missing = f"{part}/config.json" if not config.is_file() else f"{part}/{stem}.safetensors"
            raise UserError(f"The base model at {folder} is incomplete: {missing} is missing (weights must be safetensors).")
        found += [config, *weights]
    tokenizer = [path for path in sorted((folder / "tokenizer").glob("*")) if path.suffix in {".json", ".txt"}]
    if not tokenizer:
        raise UserError(f"The base model at {folder} is incomplete: tokenizer/ is missing or empty.")
    scheduler = folder / "scheduler" / "scheduler_config.json"
    if not scheduler.is_file():
        raise UserError(f"The base model at {folder} is incomplete: scheduler/scheduler_config.json is missing.")
    return sorted([*found, *tokenizer, scheduler])


def hash_files(folder: Path, files: list[Path]) -> str:
    """One hash over the files' names and contents: configs count too, since a prediction type changes every image."""
    return sha256_json({path.relative_to(folder).as_posix(): sha256_file(path) for path in files})


def read_scheduler_config(folder: Path) -> dict[str, Any]:
    """The model's scheduler config, without diffusers' private keys."""
    path = folder / "scheduler" / "scheduler_config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UserError(f"The base model's {path} is not valid JSON ({error}); fetch the model again.") from error
    if not isinstance(config, dict):
        raise UserError(f"The base model's {path} holds no settings; fetch the model again.")
    return {key: value for key, value in config.items() if not key.startswith("_")}
