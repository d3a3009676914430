"""The whole examination: each topic looked at by itself, so that one that is missing hides no other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreambench.baselines.settings import MethodSettings
from dreambench.benchmark.doctor.base_model import TOPIC, cost_of, examine_base_model, find_model
from dreambench.benchmark.doctor.demand import Work, work_of
from dreambench.benchmark.doctor.encoder_weights import examine_encoders
from dreambench.benchmark.doctor.estimate import estimate
from dreambench.benchmark.doctor.findings import Estimate, Examination, Finding
from dreambench.benchmark.doctor.machine import Demand, examine_device, examine_disk, examine_memory
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    from dreambench.baselines.cost import ModelCost
    from dreambench.benchmark.declarations.protocol import Protocol
    from dreambench.benchmark.declarations.suite import Suite
    from dreambench.benchmark.machine.resources import DeviceChoice
    from dreambench.benchmark.runs.selection import Selection
    from dreambench.dataset.collection import Dataset


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
    from dreambench.baselines.registry import method_class
    from dreambench.benchmark.declarations.protocol import load_protocol
    from dreambench.benchmark.declarations.suite import load_suite, method_settings

    suite = load_suite(question.suite)
    settings = method_settings(suite, question.method, question.overrides)
    protocol = load_protocol(suite.protocol)
    say("looking at the machine")
    method: Any = method_class(question.method)
    findings, machine = examine_device(question.device, suite.sampler)
    dataset, finding = _dataset(suite)
    findings.append(finding)
    selection = _selection(dataset, protocol, quick=question.quick)
    cost = None
    folder = None
    if method.needs_base_model:
        say("looking for the weights")
        folder = find_model(suite.model)
        try:
            cost = cost_of(suite.model, folder, suite.sampler.resolution)
            findings += examine_base_model(suite.model, cost)
        except UserError as error:
            findings.append(Finding(TOPIC, "missing", str(error)))
            folder = None  # damaged: nothing can be measured with it
    findings += examine_encoders(suite.encoders, protocol)
    images = _images(selection, protocol, has_prior=bool(method.has_prior))
    demand = _demand(settings, cost, suite, selection, dataset, images)
    if demand is not None:
        findings.append(examine_memory(demand, machine))
    findings.append(examine_disk(suite.sampler, images=images, out=question.out, fetched=_to_fetch(findings, cost)))
    guess = None
    if demand is not None:
        say("measuring a few passes of the UNet" if folder else "measuring the device")
        try:
            guess = estimate(folder, demand, machine, units=len(selection.subjects) if selection else 0)
        except UserError as error:  # the weights are there, and do not fit their configuration
            damaged = Finding(TOPIC, "missing", str(error))
            findings = [damaged if finding.topic == TOPIC else finding for finding in findings]
    elif not method.needs_base_model:
        guess = Estimate({"score": images * machine.score_seconds}, "matmul", "the method uses no model; scoring only")
    return Examination(suite.name, question.method, tuple(findings), guess)


def _dataset(suite: "Suite") -> "tuple[Dataset | None, Finding]":
    from dreambench.dataset.collection import load_dataset

    try:
        dataset = load_dataset(suite.dataset)
        counts = {subject.id: len(dataset.reference_paths(subject)) for subject in dataset.subjects}
    except UserError as error:
        return None, Finding("dataset", "missing", str(error))
    text = f"{dataset.name}: {len(counts)} subjects, {sum(counts.values())} reference images in {dataset.root}"
    return dataset, Finding("dataset", "ready", text, details={"path": str(dataset.root), "reference_images": counts})


def _selection(dataset: "Dataset | None", protocol: "Protocol", *, quick: bool) -> "Selection | None":
    """What would be run; of the released dataset the extent is known even where it is missing."""
    from dreambench.benchmark.runs.selection import quick_selection, whole_selection
    from dreambench.dataset.collection import Dataset
    from dreambench.dataset.subjects import SUBJECTS

    known = dataset or Dataset("dreambooth", Path(), SUBJECTS)
    return quick_selection(known) if quick else whole_selection(known, protocol.images_per_prompt)


def _images(selection: "Selection | None", protocol: "Protocol", *, has_prior: bool) -> int:
    if selection is None:
        return 0
    return selection.n_images + (len(selection.subjects) * protocol.prior_images if has_prior else 0)


def _demand(
    settings: MethodSettings,
    cost: "ModelCost | None",
    suite: "Suite",
    selection: "Selection | None",
    dataset: "Dataset | None",
    images: int,
) -> Demand | None:
    from dreambench.dataset.subjects import SUBJECTS

    if cost is None or selection is None:
        return None
    nouns = {subject.id: subject.class_noun for subject in (dataset.subjects if dataset else SUBJECTS)}
    work: Work = work_of(
        settings,
        cost,
        subjects=len(selection.subjects),
        class_nouns=len({nouns[subject] for subject in selection.subjects}),
        images=images,
    )
    return Demand(cost, work, settings, suite.sampler)


def _to_fetch(findings: "Sequence[Finding]", cost: "ModelCost | None") -> int:
    """Bytes of a model that the run would download."""
    fetched = any(finding.topic == TOPIC and finding.state != "ready" for finding in findings)
    return 4 * cost.weights if fetched and cost is not None else 0
