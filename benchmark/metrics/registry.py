"""The formulas by name: six built in, others from entry points in the group "dreambench.metrics"."""

from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from pydantic import ValidationError

from dreambench.benchmark.metrics.copy_index import CopyIndex
from dreambench.benchmark.metrics.diversity import Diversity
from dreambench.benchmark.metrics.image_similarity import ImageSimilarity
from dreambench.benchmark.metrics.metric import Metric
from dreambench.benchmark.metrics.prior_similarity import PriorSimilarity
from dreambench.benchmark.metrics.subject_identification import SubjectIdentification
from dreambench.benchmark.metrics.text_similarity import TextSimilarity
from dreambench.dataset.declared import dotted, shown
from dreambench.dataset.errors import UserError
from dreambench.dataset.plugins import load_plugin, plugin_version
from dreambench.dataset.words import did_you_mean

GROUP: Final = "dreambench.metrics"
_BUILT_IN: Final[dict[str, type[Metric]]] = {
    formula.name: formula
    for formula in (ImageSimilarity, TextSimilarity, PriorSimilarity, Diversity, SubjectIdentification, CopyIndex)
}


class Formulas(Mapping[str, type[Metric]]):
    """Formula's name -> its class, built-in ones and plug-ins; a plug-in is imported when it is asked for."""

    def __getitem__(self, name: str) -> type[Metric]:
        return formula_class(name)

    def __iter__(self) -> Iterator[str]:
        return iter(formula_names())

    def __len__(self) -> int:
        return len(formula_names())


METRICS: Final = Formulas()


def formula_names() -> tuple[str, ...]:
    """All known formulas, the built-in ones first. A plug-in cannot take a built-in's name."""
    plugged_in = sorted({entry.name for entry in entry_points(group=GROUP)} - _BUILT_IN.keys())
    return (*_BUILT_IN, *plugged_in)


def formula_class(name: str) -> type[Metric]:
    """The class of a formula.

    Raises:
        UserError: there is no such formula (names the nearest one), or a plug-in cannot be loaded.
    """
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    entry = _entry_point(name)
    if entry is None:
        names = formula_names()
        raise UserError(f"There is no formula '{name[:80]}' for metrics; {did_you_mean(name, names)}")
    found = load_plugin(entry, what="The formula")
    if not isinstance(found, type) or not issubclass(found, Metric):
        raise UserError(f"The formula {name} from {entry.value} is no class derived from dreambench's Metric.")
    return found


def formula_plugin(name: str) -> str | None:
    """The distribution that brings a plug-in formula and its version, "some-name 1.2"; None for a built-in one.

    It stands for the plug-in's code in the metric's fingerprint: raise the version when the numbers change.
    """
    entry = None if name in _BUILT_IN else _entry_point(name)
    return None if entry is None else plugin_version(entry)


def declare_metric(key: str, values: Mapping[str, Any]) -> Metric:
    """A metric from what a protocol declares under [metrics.KEY].

    Raises:
        ValueError: a key is unknown, missing or has a wrong value, or the formula is unknown; as the end of a sentence.
    """
    name = values.get("formula")
    if not isinstance(name, str):
        raise ValueError(f'[metrics.{key}] needs formula = "...", one of {", ".join(formula_names())}')
    try:
        kind = formula_class(name)
    except UserError as error:
        raise ValueError(f"[metrics.{key}]: {str(error).rstrip('.')}") from error
    for given in values:
        if given not in kind.model_fields:
            hint = did_you_mean(given, kind.model_fields)
            raise ValueError(f"[metrics.{key}] has no key '{given}'; {hint.removesuffix('.')}")
    try:
        metric = kind.model_validate(dict(values))
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = dotted(first["loc"])
        message = first["msg"].removeprefix("Value error, ")
        raise ValueError(
            f"[metrics.{key}] cannot have {field} = {shown(first['input'])}: {message[:1].lower()}{message[1:]}"
        ) from error
    if kind.needs_encoder and metric.encoder is None:
        raise ValueError(f'[metrics.{key}] needs encoder = "ROLE", one of the protocol\'s [encoders.ROLE]')
    if not kind.needs_encoder and metric.encoder is not None:
        raise ValueError(f"[metrics.{key}] takes no encoder: {name} is computed without one; remove the key")
    return metric


def _entry_point(name: str) -> EntryPoint | None:
    return next(iter(entry_points(group=GROUP, name=name)), None)
