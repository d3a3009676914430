"""The libraries by name: built-in ones, others from entry points in the group "dreambench.encoders"."""

from importlib.metadata import EntryPoint, entry_points
from typing import Final

from dreambench.benchmark.encoders.libraries.lpips_library import LpipsLibrary
from dreambench.benchmark.encoders.libraries.open_clip_library import OpenClipLibrary
from dreambench.benchmark.encoders.libraries.timm_library import TimmLibrary
from dreambench.benchmark.encoders.libraries.transformers_library import TransformersLibrary
from dreambench.benchmark.encoders.library import EncoderLibrary
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.dataset.errors import UserError
from dreambench.dataset.plugins import load_plugin, plugin_version
from dreambench.dataset.words import did_you_mean

GROUP: Final = "dreambench.encoders"
#: In the order in which they are asked whether they recognise something: a CLIP in transformers' layout is open_clip's, a DINO
#: in it is timm's, and the rest is left to transformers.
_BUILT_IN: Final[dict[str, type[EncoderLibrary]]] = {
    library.name: library for library in (OpenClipLibrary, TimmLibrary, TransformersLibrary, LpipsLibrary)
}


def library_names() -> tuple[str, ...]:
    """All known libraries, the built-in ones first. A plug-in cannot take a built-in's name."""
    plugged_in = sorted({entry.name for entry in entry_points(group=GROUP)} - _BUILT_IN.keys())
    return (*_BUILT_IN, *plugged_in)


def encoder_library(name: str) -> EncoderLibrary:
    """A library by its name.

    Raises:
        UserError: there is no such library (names the nearest one), or a plug-in cannot be loaded.
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name]()
    entry = _entry_point(name)
    if entry is None:
        names = library_names()
        raise UserError(f"There is no library '{name[:80]}' for encoders; {did_you_mean(name, names)}")
    found = load_plugin(entry, what="The encoder library")
    if not isinstance(found, type) or not issubclass(found, EncoderLibrary):
        raise UserError(f"The encoder library {name} from {entry.value} is no class derived from dreambench's EncoderLibrary.")
    return found()


def library_plugin(name: str) -> str | None:
    """The distribution that brings a plug-in library and its version, "some-name 1.2"; None for a built-in one.

    It stands for the plug-in's code in the hash by which a finished run is recognised.
    """
    entry = None if name in _BUILT_IN else _entry_point(name)
    return None if entry is None else plugin_version(entry)


def library_of(request: EncoderRequest) -> EncoderLibrary:
    """The library of a request: the one that it names, or else the first that recognises it.

    Raises:
        UserError: there is no such library, or none recognises it.
    """
    if request.spec.library is not None:
        return encoder_library(request.spec.library)
    for name in library_names():
        library = encoder_library(name)
        if library.recognises(request):
            return library
    folder = request.folder()
    if folder is not None:
        raise UserError(
            f"No library knows what is in {folder}, the weights of [{request.table}]; give a folder with its configuration "
            f'(config.json or open_clip_config.json), or say library = "...", one of {", ".join(library_names())}.'
        )
    architecture = request.named_architecture("its library")
    raise UserError(
        f"No library knows an encoder '{architecture}', the architecture of [{request.table}]; correct it, or say "
        f'library = "...", one of {", ".join(library_names())}, to be told the names that are near.'
    )


def _entry_point(name: str) -> EntryPoint | None:
    return next(iter(entry_points(group=GROUP, name=name)), None)
