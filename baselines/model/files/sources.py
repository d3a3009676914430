"""Where a base model is looked for: the package, folders of the user's, the hub's cache, and last the hub itself."""

import errno
import os
from pathlib import Path
from typing import Final

from dreambench.baselines.model.families.layout import INDEX, Layout
from dreambench.baselines.model.families.registry import family_of
from dreambench.baselines.model.files.contents import MINIATURE, missing_files
from dreambench.baselines.model.files.hub import first_line, hub_cache, hub_problem, offline_variable, without_hub
from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded

MINI: Final = "mini"
MODELS_VARIABLE: Final = "DREAMBENCH_MODELS"
"""The environment variable that names a folder of models, each as owner/name or name."""


def resolve_folder(source: str | Path, revision: str | None) -> Path:
    """The local folder of a model, downloaded if it must be.

    Looked for, in this order: "mini" in the package; a folder of that path; owner/name and name in the folder that
    DREAMBENCH_MODELS names; the hub's cache; the hub. HF_HUB_OFFLINE and DREAMBENCH_OFFLINE keep from the last.

    Raises:
        UserError: it is nowhere; one sentence says where it was looked for and why the hub cannot give it.
    """
    found = local_folder(source, revision)
    return _download(_hub_id(source), revision) if found is None else found


def local_folder(source: str | Path, revision: str | None) -> Path | None:
    """The folder of a model that is there without a network; None if it is not. A folder of the user's counts even when files
    are missing in it, so that they are told; a part of a download does not.

    Raises:
        UserError: the source is a path, and nothing is there.
    """
    folder = users_folder(source)
    if folder is not None:
        return folder
    cached = _cached(_hub_id(source), revision)
    return cached if cached is not None and not missing_files(cached) else None


def users_folder(source: str | Path) -> Path | None:
    """The packaged miniature, or a folder of the user's that a source names; None for one that the hub would have to give."""
    if source == MINI:
        return MINIATURE
    return next((folder for folder in _users_folders(source) if folder.is_dir()), None)


def searched_places(source: str | Path, revision: str | None) -> list[str]:
    """Where a model is looked for, in order, for a person to read."""
    if source == MINI:
        return [str(MINIATURE)]
    searched = [str(folder.absolute()) for folder in _users_folders(source)]
    if not _is_hub_id(str(source)):
        return searched
    return [*searched, f"the hub's cache, {hub_cache()}", f"the hub, {source} at {revision or 'its latest commit'}"]


def _users_folders(source: str | Path) -> list[Path]:
    folders = [expanded(source)]
    models = os.environ.get(MODELS_VARIABLE)
    if models and _is_hub_id(str(source)):
        root = expanded(models)
        folders += [root / str(source), root / str(source).partition("/")[2]]
    return folders


def _is_hub_id(name: str) -> bool:
    return name.count("/") == 1 and not name.startswith((".", "/", "~"))


def _hub_id(source: str | Path) -> str:
    name = str(source)
    if not _is_hub_id(name):
        raise UserError(
            f'There is no base model folder {name}; give "mini", a diffusers folder, or a hub id such as owner/name.'
        )
    return name


def _patterns(layout: Layout) -> list[str]:
    """What of a repository is needed: full-precision safetensors of the parts in use, and what says how to read them."""
    patterns = [INDEX, "scheduler/*.json"]
    patterns += [f"{part}/*.{ending}" for part in layout.tokenizers for ending in ("json", "txt", "jinja")]
    for part in layout.weights:
        stem = layout.stem(part)
        patterns += [f"{part}/config.json", f"{part}/{stem}.safetensors"]
        patterns += [f"{part}/{stem}-*-of-*.safetensors", f"{part}/{stem}.safetensors.index.json"]
    return patterns


def _cached(name: str, revision: str | None) -> Path | None:
    """The hub's cached snapshot, whole or not."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, revision=revision, allow_patterns=[INDEX], local_files_only=True))
    except Exception:  # the client raises many kinds; here each means that the cache cannot give it
        return None


def _download(name: str, revision: str | None) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    why = hub_problem()
    if why is not None:
        remedy = f"unset {forbidden}" if (forbidden := offline_variable()) else "try again with a network"
    else:
        try:
            # First what says of which family it is, then what that family needs.
            index = Path(snapshot_download(name, revision=revision, allow_patterns=[INDEX]))
            patterns = _patterns(family_of(index).layout)
            return Path(snapshot_download(name, revision=revision, allow_patterns=patterns))
        except UserError:
            raise
        except RevisionNotFoundError:
            why, remedy = f"the hub has no revision {revision} of it", "check [model] revision in the suite"
        except RepositoryNotFoundError:
            why, remedy = "the hub does not have it, or wants you to log in", "check the name in [model] source"
        except Exception as error:  # the hub's client raises many kinds; each means the same to the user
            if isinstance(error, OSError) and error.errno == errno.ENOSPC:
                raise  # the command line has its own words for a full disk
            why, remedy = f"the download failed ({first_line(error)})", "try again"
    searched = "; ".join(searched_places(name, revision)[:-1])
    raise UserError(
        f"The base model {name} is not on this machine (looked in: {searched}) and not to be had from the hub: {why}; "
        f"{remedy}, put its diffusers folder at {name} below the folder that {MODELS_VARIABLE} names, or {without_hub()}."
    )
