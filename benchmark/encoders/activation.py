"""Quick-GELU or GELU: the one thing about a CLIP that no tensor shows, and that moves every score when it is wrong.

OpenAI's weights were trained with quick-GELU (x times sigmoid of 1.702 x), LAION's with GELU. A network of the wrong one
loads without complaint and gives plausible embeddings.
"""

from collections.abc import Iterable
from pathlib import Path

from dreambench.benchmark.declarations.encoder import Activation
from dreambench.benchmark.encoders.hugging_face import model_type, read_clip_config
from dreambench.benchmark.encoders.layouts import is_openai_archive
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.dataset.errors import UserError
from dreambench.dataset.reading import NotRead, read_json
from dreambench.dataset.words import did_you_mean

_SUFFIX = "-quickgelu"
_BY_HUGGING_FACE: dict[str, Activation] = {"quick_gelu": "quick_gelu", "gelu": "gelu"}
_IN_WORDS = {"quick_gelu": "quick-GELU", "gelu": "GELU"}


def architecture_activation(name: str, *, table: str) -> Activation:
    """What open_clip's architecture of that name computes with.

    Args:
        name: open_clip's.
        table: of the suite, for messages: "encoders.clip".

    Raises:
        UserError: open_clip has no such architecture.
    """
    import open_clip

    config = open_clip.get_model_config(name)
    if config is None:
        raise no_architecture(name, table=table)
    return "quick_gelu" if config.get("quick_gelu", False) else "gelu"


def no_architecture(name: str, *, table: str) -> UserError:
    """What to say of a name that open_clip does not know."""
    import open_clip

    otherwise = "architecture must be a name of open_clip's, such as ViT-B-32-quickgelu."
    hint = did_you_mean(name, open_clip.list_models(), otherwise=otherwise)
    return UserError(f"open_clip has no '{name}', the architecture of [{table}]; {hint}")


def refuse_other_activation(name: str, trained: Activation, *, weights: str, table: str) -> None:
    """Check that an architecture computes with what its weights were trained with.

    Raises:
        UserError: it does not; the message names the architecture that does.
    """
    computes = architecture_activation(name, table=table)
    if computes == trained:
        return
    other = name.removesuffix(_SUFFIX) if computes == "quick_gelu" else name + _SUFFIX
    hint = f'write architecture = "{other}"' if _exists(other) else "choose weights that were trained with it"
    raise UserError(
        f"The CLIP weights {weights} were trained with {_IN_WORDS[trained]}, but {name} computes with {_IN_WORDS[computes]}, "
        f"which gives other scores; {hint} in [{table}]."
    )


def config_activation(folder: Path) -> Activation:
    """What a folder of transformers' CLIPModel says its weights were trained with.

    Raises:
        UserError: its two towers differ, or it is neither of the two.
    """
    found = read_clip_config(folder).activations
    if len(found) != 1 or not found <= set(_BY_HUGGING_FACE):
        raise UserError(
            f"{folder / 'config.json'} gives hidden_act as {' and '.join(sorted(found))}; a CLIP here computes with "
            "quick_gelu or with gelu in both towers."
        )
    return _BY_HUGGING_FACE[next(iter(found))]


def file_activation(path: Path, names: Iterable[str], request: EncoderRequest) -> Activation:
    """What a file's weights were trained with, as far as anything says it.

    Asked in turn: the file itself (only OpenAI's own release holds its input sizes), the configuration beside it, the
    suite. If none says it, an architecture with quick-GELU in its name is taken at its word, and so is one that exists in
    one form only; the plain name of an architecture that exists in both is not, since it is what people write unawares.

    Args:
        path: the file.
        names: of the tensors in it, as they are in the file.
        request: what is asked for; its architecture is known to exist.

    Raises:
        UserError: the suite contradicts the file, or nothing says it.
    """
    architecture, spec, table = request.architecture or "", request.spec, request.table
    stated = _stated(path, names)
    if stated is not None and spec.activation not in (None, stated):
        raise UserError(
            f'[{table}] says activation = "{spec.activation}", but {path} was trained with {_IN_WORDS[stated]}; '
            "leave activation out."
        )
    known = stated or spec.activation
    if known is not None:
        return known
    computes = architecture_activation(architecture, table=table)
    if computes == "gelu" and _exists(architecture + _SUFFIX):
        raise UserError(
            f"{path} does not say whether it was trained with GELU or quick-GELU; in [{table}] write architecture = "
            f'"{architecture}{_SUFFIX}" for OpenAI\'s weights, or activation = "gelu" for those of LAION and others.'
        )
    return computes


def _stated(path: Path, names: Iterable[str]) -> Activation | None:
    if is_openai_archive(names):
        return "quick_gelu"
    beside = path.with_name("open_clip_config.json")
    if beside.is_file():
        try:
            config = read_json(beside, mend="fetch it again.")
            return "quick_gelu" if config.get("model_cfg", config).get("quick_gelu", False) else "gelu"
        except (NotRead, AttributeError) as error:
            raise UserError(f"{beside}, beside the weights, cannot be read; fetch it again.") from error
    return config_activation(path.parent) if model_type(path.parent) == "clip" else None


def _exists(architecture: str) -> bool:
    import open_clip

    return open_clip.get_model_config(architecture) is not None
