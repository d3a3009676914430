"""A function of a person's own, by "file.py:function" or "module:function": found, loaded, and named by its source."""

import importlib.util
import sys
from functools import cache
from importlib.metadata import packages_distributions, version
from pathlib import Path
from types import ModuleType
from typing import Any

from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.words import did_you_mean

_DIGITS = 16


def is_function(name: str) -> bool:
    """Whether a method's name is that of a function: no other has a colon."""
    return ":" in name


def load_function(name: str, *, what: str = "method") -> Any:
    """The function, its module loaded once a process as long as its file stays the same.

    Args:
        name: "file.py:function" or "module:function".
        what: it is, for sentences.

    Raises:
        UserError: there is no such file, module or function, or it cannot be loaded.
    """
    path, function = _file(name, what)
    module = _loaded(path, sha256_file(path), name, what)
    found = getattr(module, function, None)
    if found is None:
        own = [key for key, value in vars(module).items() if callable(value) and not key.startswith("_")]
        raise UserError(f"{path} has no function '{function}'; {did_you_mean(function, own)}")
    return found


def function_version(name: str) -> str:
    """What stands for a function's code in the names of runs and units: its distribution, if it has one, and its file's hash.

    What the file itself imports is not in it: give another --out when that changes.

    Raises:
        UserError: as `load_function`, but nothing is loaded.
    """
    path, _ = _file(name, "method")
    module = name.rpartition(":")[0]
    found = [] if module.endswith(".py") else packages_distributions().get(module.partition(".")[0], [])
    brought = "".join(f"{distribution} {version(distribution)}, " for distribution in found[:1])
    return f"{brought}{path.name} sha256 {sha256_file(path)[:_DIGITS]}"


def _file(name: str, what: str) -> tuple[Path, str]:
    """The file that a function is in, and the function's name."""
    where, _, function = name.rpartition(":")
    if not where or not function.isidentifier():
        raise UserError(f"'{name}' names no function; write file.py:function or module:function.")
    if where.endswith(".py"):
        path = Path(where).expanduser()
        if not path.is_file():
            raise UserError(f"There is no file {where} for the {what} '{name}'; check the path.")
        return path.resolve(), function
    beside = Path(*where.split(".")).with_suffix(".py")  # `bench` does not look in the working directory by itself
    if beside.is_file():
        return beside.resolve(), function
    try:
        spec = importlib.util.find_spec(where)
    except (ImportError, ValueError):
        spec = None
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        raise UserError(f"There is no module '{where}' for the {what} '{name}', installed or here; check its name.")
    return Path(spec.origin), function


@cache
def _loaded(path: Path, digest: str, name: str, what: str) -> ModuleType:
    where = name.rpartition(":")[0]
    own_name = f"dreambench_function_{path.stem}_{digest[:_DIGITS]}"
    try:
        if not where.endswith(".py") and not Path(*where.split(".")).with_suffix(".py").is_file():
            return importlib.import_module(where)
        spec = importlib.util.spec_from_file_location(own_name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[own_name] = module  # dataclasses and pickle look there
        if str(path.parent) not in sys.path:
            sys.path.append(str(path.parent))  # for what it imports from beside it
        spec.loader.exec_module(module)
    except Exception as error:  # a person's file may fail in any way
        sys.modules.pop(own_name, None)
        raise UserError(f"The {what} {name} cannot be loaded from {path} ({type(error).__name__}: {error}).") from error
    return module
