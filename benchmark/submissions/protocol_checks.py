"""Whether what a submission says of its metrics is what its protocol says, and its fingerprint that protocol's."""

from collections.abc import Iterator
from functools import lru_cache

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.declarations.recorded import RecordedProtocol
from dreambench.benchmark.metrics import MetricInfo, formula_class, formula_plugin
from dreambench.benchmark.submissions.model import Submission
from dreambench.dataset.errors import UserError
from dreambench.dataset.reading import parse_json

#: All of a metric's description that moves a number or how it is read; the rest are words.
_MOVES: frozenset[str] = frozenset(
    {"formula", "encoder", "level", "averages", "of_prompts", "higher_is_better", "low", "high", "fingerprint"}
)


def infos_of(submission: Submission) -> tuple[MetricInfo, ...]:
    """A submission's metrics, in the order of tables: in its protocol's own words where these can be made here."""
    declared = _declared_infos(submission)
    return tuple(declared.get(info.key, info) for info in submission.metrics)


def can_be_checked(submission: Submission) -> bool:
    """Whether the submission carries its protocol, and every formula of it is known here."""
    declaration = submission.protocol.declaration
    return declaration is not None and _formulas_are_known(declaration)


def protocol_faults(submission: Submission) -> Iterator[str]:
    """Where a submission says other things than its protocol; nothing where that cannot be checked.

    A plug-in's fingerprint holds the plug-in's version, which may be another one here, so it is not made anew.
    """
    stated, declaration = submission.protocol, submission.protocol.declaration
    if declaration is None or not can_be_checked(submission):
        return
    try:
        protocol = _declared(declaration.model_dump_json())
    except UserError as error:
        yield str(error)[:300].rstrip(".")
        return
    for name in ("name", "pooling", "scale"):
        if getattr(stated, name) != getattr(protocol, name):
            yield f"its protocol's {name} is {getattr(protocol, name)}, but it states {getattr(stated, name)}"
            return
    infos = _declared_infos(submission)
    for info in submission.metrics:
        if info.key not in infos:
            yield f"its protocol has no metric '{info.key}'"
            return
        theirs, ours = info.model_dump(include=set(_MOVES)), infos[info.key].model_dump(include=set(_MOVES))
        if formula_plugin(info.formula) is not None:
            theirs, ours = theirs | {"fingerprint": ""}, ours | {"fingerprint": ""}
        wrong = next((name for name, value in ours.items() if theirs[name] != value), None)
        if wrong is not None:
            yield f"it says of {info.label} that its {wrong} is {theirs[wrong]}; by its protocol that is {ours[wrong]}"
            return
    has_plugin = any(formula_plugin(metric.name) is not None for metric in protocol.metrics.values())
    if not has_plugin and protocol.fingerprint(stated.encoders) != stated.fingerprint:
        yield "its fingerprint is not that of its protocol and encoders"


def _declared_infos(submission: Submission) -> dict[str, MetricInfo]:
    declaration = submission.protocol.declaration
    if declaration is None or not _formulas_are_known(declaration):
        return {}
    try:
        protocol = _declared(declaration.model_dump_json())
    except UserError:
        return {}
    return {info.key: info for info in protocol.infos(submission.protocol.encoders)}


def _formulas_are_known(declaration: RecordedProtocol) -> bool:
    for metric in declaration.metrics.values():
        try:
            formula_class(str(metric.get("formula")))
        except UserError:
            return False
    return True


@lru_cache(maxsize=64)
def _declared(declaration: str) -> Protocol:
    """A protocol from its record as JSON: hundreds of submissions share one.

    Raises:
        UserError: it is none.
    """
    return RecordedProtocol.model_validate(parse_json(declaration)).declared()
