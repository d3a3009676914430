"""A base model's files: which there must be, and the one hash that names them all."""

from functools import cache
from pathlib import Path
from typing import Any, Final

from dreambench.baselines.model.families.layout import INDEX
from dreambench.baselines.model.families.registry import family_of
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_file, sha256_json
from dreambench.dataset.reading import NotRead, read_json

MINIATURE: Final = Path(__file__).parents[2] / "weights" / "miniature"
"""The packaged model."""
SCHEDULER: Final = "scheduler/scheduler_config.json"
_HALF: Final = "fp16"
#: What a pipeline reads of a folder.
_NAMED_BY: Final = frozenset({".json", ".txt", ".model", ".safetensors"})
_VOCABULARIES: Final = (("tokenizer.json",), ("vocab.json", "merges.txt"))


def weight_files(folder: Path, part: str) -> tuple[list[Path], str | None]:
    """The weight files of a part and the variant they are: None for full precision, which comes first, else "fp16".

    One file, or all shards that an index names. Empty if there are none in safetensors format.
    """
    stem = family_of(folder).layout.stem(part)
    for variant in (None, _HALF):
        ending = "" if variant is None else f".{variant}"
        whole = folder / part / f"{stem}{ending}.safetensors"
        if whole.is_file():
            return [whole], variant
        index = folder / part / f"{stem}.safetensors.index{ending}.json"
        if index.is_file():
            return _shards(index), variant
    return [], None


def missing_files(folder: Path) -> list[str]:
    """Names, relative to the folder, of the files that a model in diffusers' layout needs and this one lacks; sorted.

    Feature extractor and safety checker are not among them: nothing here reads either.

    Raises:
        UserError: no family of models loads what model_index.json names.
    """
    layout = family_of(folder).layout
    missing: list[str] = []
    for part in layout.weights:
        if not (folder / part / "config.json").is_file():
            missing.append(f"{part}/config.json")
        weights = weight_files(folder, part)[0]
        if not weights:
            missing.append(f"{part}/{layout.stem(part)}.safetensors")
        missing += [f"{part}/{path.name}" for path in weights if not path.is_file()]
    for part in layout.tokenizers:
        if not any(all((folder / part / name).is_file() for name in names) for names in _VOCABULARIES):
            missing += [f"{part}/{name}" for name in _VOCABULARIES[1] if not (folder / part / name).is_file()]
    if not (folder / SCHEDULER).is_file():
        missing.append(SCHEDULER)
    return sorted(missing)


def model_files(folder: Path) -> list[Path]:
    """The files that make the model what it is, sorted; safetensors weights only.

    Raises:
        UserError: a part is missing, or its weights are there only in another form.
    """
    missing = missing_files(folder)
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise UserError(
            f"The base model at {folder} is incomplete: {missing[0]}{more} is missing (weights must be safetensors); "
            "fetch or copy the model again."
        )
    layout = family_of(folder).layout
    found = [path for part in layout.weights for path in (folder / part / "config.json", *weight_files(folder, part)[0])]
    found += [
        path for part in layout.tokenizers for path in (folder / part).glob("*") if path.suffix in {".json", ".txt", ".jinja"}
    ]
    if layout.index_counts:
        found.append(folder / INDEX)
    return sorted([*found, folder / SCHEDULER])


def hash_files(folder: Path, files: list[Path]) -> str:
    """One hash over the files' names and contents: configs count too, since a prediction type changes every image."""
    return sha256_json({path.relative_to(folder).as_posix(): sha256_file(path) for path in files})


@cache
def folder_hash(folder: Path) -> str:
    """One hash over all weights and configs in a folder, whatever its layout; made once a process, for it reads everything."""
    files = [path for path in sorted(folder.rglob("*")) if path.suffix in _NAMED_BY and path.is_file()]
    return hash_files(folder, files)


def read_config(path: Path) -> dict[str, Any]:
    """A part's config file, without diffusers' private keys.

    Raises:
        UserError: it is no JSON object.
    """
    try:
        config = read_json(path, mend="fetch the model again.")
    except NotRead as error:
        raise error.about(f"The base model's {path}", "fetch the model again.") from error.__cause__
    if not isinstance(config, dict):
        raise UserError(f"The base model's {path} holds no settings; fetch the model again.")
    return {key: value for key, value in config.items() if not key.startswith("_")}


def stored_parameters(folder: Path) -> int:
    """How many numbers a model's weight files hold, all parts together; read from the files' headers alone.

    Raises:
        UserError: a weight file is damaged.
    """
    from safetensors import SafetensorError, safe_open

    total = 0
    for part in family_of(folder).layout.weights:
        for path in weight_files(folder, part)[0]:
            try:
                with safe_open(path, framework="numpy") as tensors:
                    sizes = [tensors.get_slice(key).get_shape() for key in tensors.keys()]  # noqa: SIM118  # no mapping
            except (OSError, SafetensorError) as error:
                raise UserError(f"The base model's {path} cannot be read ({error}); fetch or copy the model again.") from error
            for shape in sizes:
                numbers = 1
                for side in shape:
                    numbers *= side
                total += numbers
    return total


def _shards(index: Path) -> list[Path]:
    """The files an index names, in its folder; a name that leads out of it is not taken."""
    try:
        names = set(read_json(index, mend="fetch or copy the model again.")["weight_map"].values())
    except (NotRead, KeyError, AttributeError, TypeError) as error:
        raise UserError(f"The base model's {index} is damaged; fetch or copy the model again.") from error
    if any(not isinstance(name, str) or Path(name).name != name for name in names):
        raise UserError(f"The base model's {index} names files outside of its folder; fetch or copy the model again.")
    return [index.with_name(name) for name in sorted(names)]
