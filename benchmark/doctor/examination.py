"""The whole examination: each topic looked at by itself, so that one that is missing hides no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambench.baselines.work import Phase
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.suite import load_suite, method_settings, unset_settings
from dreambench.benchmark.doctor.base_model import TOPIC, cost_of, examine_base_model, find_model
from dreambench.benchmark.doctor.demand import Extent
from dreambench.benchmark.doctor.encoder_weights import examine_encoders
from dreambench.benchmark.doctor.estimate import estimate
from dreambench.benchmark.doctor.findings import Estimate, Examination, Finding
from dreambench.benchmark.doctor.machine import Demand, Machine, examine_device, examine_disk, examine_memory, memory_finding
from dreambench.benchmark.machine.device import check_device
from dreambench.benchmark.runs.selection import quick_selection, whole_selection
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import SUBJECTS
from dreambench.dataset.words import counted

if TYPE_CHECKING:
    from dreambench.baselines.method import Method
    from dreambench.baselines.model.cost import ModelCost
    from dreambench.benchmark.declarations.protocol import Protocol
    from dreambench.benchmark.declarations.suite import Suite
    from dreambench.benchmark.machine.resources import DeviceChoice

#: Of images, where a method does not use the suite's sampler: pixels a side.
_USUAL_RESOLUTION: Final = 512


@dataclass(frozen=True)
class Question:
    """The run that is asked about, as `bench run` would be given it."""

    suite: str
    method: str
    quick: bool
    device: "DeviceChoice"
    overrides: tuple[str, ...]
    out: Path


def examine(question: Question, say: Callable[[str], None]) -> Examination:
    """Look at everything that a run needs. Fetches nothing and writes nothing.

    Args:
        question: the run.
        say: told what is being done; measuring takes a while.

    Raises:
        UserError: the suite, the method or a setting does not exist.
    """
    check_device(question.device)
    suite = load_suite(question.suite)
    unset = unset_settings(suite, question.method, question.overrides)
    protocol = load_protocol(suite.protocol)
    say("looking at the machine")
    from dreambench.baselines.registry import build_method, method_class

    kind = method_class(question.method)
    method = None if unset else build_method(question.method, method_settings(suite, question.method, question.overrides))
    sampler = suite.sampler if kind.uses_sampler else None
    findings, machine = examine_device(question.device, sampler)
    if unset:
        findings.append(_unset(question.method, [setting.key for setting in unset]))
    dataset, finding = _dataset(suite)
    findings.append(finding)
    extent = _extent(dataset, protocol, quick=question.quick, has_prior=kind.has_prior)
    folder = cost = None
    if kind.uses_sampler and sampler is None:
        findings.append(_not_declared("sampler", question.method, suite))
    if kind.needs_base_model:
        say("looking for the weights")
        folder, cost, found = _base_model(suite, question.method)
        findings += found
    findings += examine_encoders(suite.encoders, protocol)
    demand = None
    if method is not None and cost is not None and sampler is not None:
        demand = Demand(cost, method, extent, sampler)
        findings.append(examine_memory(demand, machine))
    elif method is not None and method.memory_bytes is not None:
        findings.append(memory_finding(method.memory_bytes, machine, remedy=""))
    resolution = _USUAL_RESOLUTION if sampler is None else sampler.resolution
    findings.append(examine_disk(resolution, images=extent.images, out=question.out, fetched=_to_fetch(findings, cost)))
    say("measuring a few passes of the UNet" if folder and demand else "measuring the device")
    try:
        guess = _estimate(method, demand, folder, machine, extent)
    except UserError as error:  # the weights are there, and do not fit their configuration
        damaged, guess = Finding(TOPIC, "missing", str(error)), None
        findings = [damaged if finding.topic == TOPIC else finding for finding in findings]
    return Examination(suite.name, question.method, tuple(findings), guess)


def _unset(method: str, keys: Sequence[str]) -> Finding:
    """The finding on settings that have no default and no value."""
    options = " ".join(f"--set {key}=VALUE" for key in keys)
    text = f"{method} needs {', '.join(keys)}, which {'has' if len(keys) == 1 else 'have'} no default"
    return Finding(
        "settings", "missing", text, f"give {options}; `bench methods show {method}` describes them", {"unset": keys}
    )


def _not_declared(table: str, method: str, suite: "Suite") -> Finding:
    topic = TOPIC if table == "model" else table
    return Finding(
        topic, "missing", f"{method} uses it, and the suite {suite.name} has no [{table}]", f"add [{table}] to the suite"
    )


def _base_model(suite: "Suite", method: str) -> "tuple[Path | None, ModelCost | None, list[Finding]]":
    """The folder of a model that can be measured, what the model costs, and what was found."""
    if suite.model is None:
        return None, None, [_not_declared("model", method, suite)]
    folder = find_model(suite.model)
    resolution = _USUAL_RESOLUTION if suite.sampler is None else suite.sampler.resolution
    cost = None
    try:
        cost = cost_of(suite.model, folder, resolution)
        return folder, cost, examine_base_model(suite.model, cost)
    except UserError as error:  # damaged: nothing can be measured with it
        return None, cost, [Finding(TOPIC, "missing", str(error))]


def _estimate(
    method: "Method[Any] | None", demand: Demand | None, folder: Path | None, machine: Machine, extent: Extent
) -> Estimate | None:
    """About how long the run takes; None where too little is known of it."""
    if demand is not None:
        return estimate(folder, demand, machine, units=extent.subjects)
    if method is None or method.needs_base_model:
        return None
    return Estimate({Phase.SCORE: extent.images * machine.score_seconds}, "matmul", "the method uses no model; scoring only")


def _dataset(suite: "Suite") -> tuple[Dataset | None, Finding]:
    try:
        dataset = suite.open_dataset()
        counts = {subject.id: len(dataset.reference_paths(subject)) for subject in dataset.subjects}
    except UserError as error:
        return None, Finding("dataset", "missing", str(error))
    shown = f"{counted(len(counts), 'subject')}, {counted(sum(counts.values()), 'reference image')}"
    text = f"{dataset.name}: {shown} in {dataset.root}"
    unread = dataset.unread()
    details = {"path": str(dataset.root), "reference_images": counts, "unread": unread}
    return dataset, Finding("dataset", "ready", text, " ".join(unread), details=details)


def _extent(dataset: Dataset | None, protocol: "Protocol", *, quick: bool, has_prior: bool) -> Extent:
    """How far the run would go; of the released dataset that is known even where it is missing."""
    known = dataset or Dataset("dreambooth", Path(), SUBJECTS)
    selection = quick_selection(known) if quick else whole_selection(known, protocol.images_per_prompt)
    subjects = [known.subject(name) for name in selection.subjects]
    return Extent(
        subjects=len(subjects),
        class_nouns=len({subject.class_noun for subject in subjects}),
        images=selection.n_images + (len(subjects) * protocol.prior_images if has_prior else 0),
    )


def _to_fetch(findings: Sequence[Finding], cost: "ModelCost | None") -> int:
    """Bytes of a model that the run would download."""
    fetched = any(finding.topic == TOPIC and finding.state != "ready" for finding in findings)
    return 4 * cost.weights if fetched and cost is not None else 0
