"""From options to a run that is fully resolved and checked, before any work is done."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dreambench.baselines.settings import MethodSettings
from dreambench.benchmark.runs.folder import RunFolder, read_run_record
from dreambench.benchmark.runs.plan import RunPlan, default_folder
from dreambench.benchmark.runs.selection import Selection, narrow, parse_names, parse_prompts, quick_selection, whole_selection
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    from dreambench.baselines.method import Method
    from dreambench.benchmark.declarations.protocol import Protocol
    from dreambench.benchmark.declarations.suite import Suite
    from dreambench.benchmark.encoders import Encoders
    from dreambench.benchmark.machine.resources import Device, DeviceChoice


@dataclass(frozen=True)
class RunRequest:
    """The options of `bench run`, as given. `workers` and `batch_size` None are automatic."""

    method: str
    suite: str
    subjects: str | None
    prompts: str | None
    images_per_prompt: int | None
    quick: bool
    seed: int
    out: Path | None
    device: "DeviceChoice"
    overrides: tuple[str, ...]
    workers: int | None
    batch_size: int | None


@dataclass
class Prepared:
    """A run that may begin.

    Attributes:
        plan: what it is.
        folder: where it goes; its own already, or free.
        method: built with the plan's settings, to ask for its traits.
        device: where it runs.
        encoders: loaded, if the fingerprint had to be computed.
    """

    plan: RunPlan
    folder: RunFolder
    method: "Method"
    device: "Device"
    encoders: "Encoders | None"


def prepare_run(request: RunRequest, say: Callable[[str], None]) -> Prepared:
    """Resolve and check everything. Writes nothing.

    Raises:
        UserError: an option, a suite file, weights or the output folder are wrong.
    """
    say("reading the suite")
    from dreambench.benchmark.declarations.protocol import load_protocol
    from dreambench.benchmark.declarations.suite import load_suite, method_settings
    from dreambench.dataset.collection import load_dataset

    suite = load_suite(request.suite)
    usual = method_settings(suite, request.method)
    settings = method_settings(suite, request.method, request.overrides)
    dataset = load_dataset(suite.dataset)
    protocol = load_protocol(suite.protocol)
    whole = whole_selection(dataset, protocol.images_per_prompt)
    quick = quick_selection(dataset)
    selection = narrow(
        quick if request.quick else whole,
        dataset,
        subjects=parse_names(request.subjects, "--subjects"),
        prompts=parse_prompts(request.prompts),
        images_per_prompt=request.images_per_prompt,
    )
    # Another number of images is another protocol: its fingerprint keeps such scores out of the usual tables.
    protocol = protocol.model_copy(update={"images_per_prompt": selection.images_per_prompt})

    from dreambench.benchmark.encoders.files_key import encoders_key

    root = request.out or _default(suite, request, selection, whole, quick, settings, usual)
    key = encoders_key(suite.encoders, protocol)
    fingerprint = _known_fingerprint(root, key)

    say("loading the libraries")
    from dreambench.baselines.registry import build_method, method_plugin
    from dreambench.benchmark.machine.resources import choose_device

    method = build_method(request.method, settings)
    device = choose_device(request.device)
    weights_hash = _weights_hash(suite) if method.needs_base_model else None
    encoders = None
    if fingerprint is None:
        say("loading the encoders")
        fingerprint, encoders = load_fingerprinted(suite, protocol, device)
    plan = RunPlan(
        suite=suite,
        protocol=protocol,
        fingerprint=fingerprint,
        encoders_key=key,
        dataset=dataset,
        method=request.method,
        settings=settings,
        selection=selection,
        prior_images=protocol.prior_images if method.has_prior else 0,
        weights_hash=weights_hash,
        seed=request.seed,
        plugin=method_plugin(request.method),
    )
    folder = RunFolder(root)
    folder.check(plan.identity())
    return Prepared(plan, folder, method, device, encoders)


def load_fingerprinted(suite: "Suite", protocol: "Protocol", device: str) -> "tuple[str, Encoders]":
    """A suite's encoders, and the fingerprint that they give the protocol."""
    from dreambench.benchmark.declarations.protocol import fingerprint
    from dreambench.benchmark.encoders import load_encoders

    encoders = load_encoders(suite.encoders, protocol, device)
    return fingerprint(protocol, **encoders.fingerprints()), encoders


def _default(
    suite: "Suite",
    request: RunRequest,
    selection: Selection,
    whole: Selection,
    quick: Selection,
    settings: MethodSettings,
    usual: MethodSettings,
) -> Path:
    return default_folder(
        suite=suite.name,
        method=request.method,
        seed=request.seed,
        selection=selection,
        whole=whole,
        quick=quick,
        settings=settings,
        usual_settings=usual,
    )


def _known_fingerprint(root: Path, encoders_key: str) -> str | None:
    """The fingerprint that a run in the folder recorded for the same encoder files; spares loading them."""
    try:
        record = read_run_record(root)
    except UserError:
        return None  # `check` says what is wrong with the folder
    known = record.get("fingerprint")
    return known if record.get("encoders") == encoders_key and isinstance(known, str) else None


def _weights_hash(suite: "Suite") -> str:
    from dreambench.baselines.model_files import hash_files, model_files
    from dreambench.baselines.model_places import resolve_folder

    folder = resolve_folder(suite.model.source, suite.model.revision)
    return hash_files(folder, model_files(folder))
