"""From what a person asks for to a run that is fully resolved and checked, before any work is done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.api.hooks.telling import NO_HOOKS, Hooks
from dreambench.benchmark.declarations.options import named_from
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.declarations.reference_parts import with_parts
from dreambench.benchmark.declarations.suite import (
    ModelSpec,
    Overrides,
    Suite,
    given_values,
    load_suite,
    method_settings,
    unset_settings,
)
from dreambench.benchmark.encoders.files_key import encoders_key
from dreambench.benchmark.engine.registry import check_engine, make_engine
from dreambench.benchmark.machine.cache import cache_folder
from dreambench.benchmark.machine.device import Device, check_device, choose_device
from dreambench.benchmark.machine.resources import Resources, default_batch_size, refuse_other_precision
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.options import RunOptions, name_of, typed_settings
from dreambench.benchmark.runs.plan import RunPlan, default_folder
from dreambench.benchmark.runs.prompt_reading import PromptReading, read_prompts
from dreambench.benchmark.runs.record import read_run_record
from dreambench.benchmark.runs.reference_choice import ReferenceChoice
from dreambench.benchmark.runs.selection import narrow, parse_names, parse_prompts, quick_selection, whole_selection
from dreambench.benchmark.runs.shard import Shard
from dreambench.benchmark.runs.units import Unit
from dreambench.dataset.errors import UserError
from dreambench.dataset.prompt_sets import resolved_set

if TYPE_CHECKING:
    from dreambench.benchmark.encoders import Encoders
    from dreambench.benchmark.engine.engine import Engine

Say = Callable[[str], None]
_MAX_SEED: Final = 2**63 - 1
#: Of the images, where a method does not use the suite's sampler; it only decides how many are sampled at once.
_USUAL_RESOLUTION: Final = 512


class SuiteEncoders:
    """A suite's encoders for a protocol, loaded when they are first asked for."""

    def __init__(self, suite: Suite, protocol: Protocol, device: Device, say: Say) -> None:
        self._suite, self._protocol, self._device, self._say = suite, protocol, device, say

    @cached_property
    def loaded(self) -> "Encoders":
        """The encoders.

        Raises:
            UserError: weights are missing, broken or do not fit.
        """
        from dreambench.benchmark.encoders import load_encoders

        self._say("loading the encoders")
        return load_encoders(self._suite.encoders, self._protocol, self._device)

    @property
    def fingerprint(self) -> str:
        """The fingerprint that they give the protocol."""
        return self._protocol.fingerprint(self.loaded.fingerprints())


@dataclass(frozen=True)
class PreparedRun:
    """A run that may begin.

    Attributes:
        plan: what it is.
        resources: what of this machine it uses.
        engine: how its units are done.
        encoders: what it is scored with.
        options: what was asked for.
        reading: what the base model makes of the prompts; None where they are the benchmark's own, or there is no base model.
        shard: the part of the run that is done; None for all of it.
        hooks: who is told of its events; they change nothing that it gives.
    """

    plan: RunPlan
    resources: Resources
    engine: "Engine"
    encoders: SuiteEncoders
    options: RunOptions
    reading: PromptReading | None = None
    shard: Shard | None = None
    hooks: Hooks = NO_HOOKS

    @cached_property
    def units(self) -> tuple[Unit, ...]:
        """The units that are done: the plan's, or those of the shard."""
        if self.shard is None:
            return self.plan.units()
        from dreambench.benchmark.engine.division import shards_of

        subjects = shards_of(self.plan, self.shard.of)[self.shard.number - 1]
        return tuple(unit for unit in self.plan.units() if unit.subject in subjects)

    @property
    def remarks(self) -> tuple[str, ...]:
        """What a reader of the scores should know before."""
        return () if self.reading is None else self.reading.remarks


def prepare_run(
    method: str,
    *,
    suite: str | Path | Suite,
    prompt_set: str | Path | None = None,
    subjects: str | Sequence[str] | None,
    prompts: str | Sequence[int] | None,
    images_per_prompt: int | None,
    prior_images: int | None = None,
    quick: bool,
    seed: int,
    hold_out: int = 0,
    references: int | None = None,
    settings: Overrides,
    out: Path | None,
    shard: Shard | None = None,
    engine: str,
    engine_settings: Overrides = (),
    device: str,
    workers: int | None,
    batch_size: int | None,
    say: Say,
    encoders: SuiteEncoders | None = None,
    hooks: Hooks = NO_HOOKS,
) -> PreparedRun:
    """Resolve and check everything; arguments as in `dreambench.run`. Writes nothing.

    `encoders` are those of another run of the suite and protocol, so that they are loaded once for both. `prior_images` is the
    number of a subject's prior images; None takes the protocol's.

    Raises:
        UserError: an argument, a suite file, weights or the output folder are wrong.
    """
    _refuse_numbers(seed, workers, batch_size)
    check_engine(engine)
    own_settings = given_values(engine_settings, option="--engine-set", example="max_in_flight=8")
    check_device(device)
    choice = ReferenceChoice(hold_out, references)
    say("reading the suite")
    the_suite = suite if isinstance(suite, Suite) else load_suite(suite)
    if prompt_set is not None:
        the_suite = the_suite.model_copy(update={"prompt_set": resolved_set(prompt_set)})
    chosen_settings = method_settings(the_suite, method, settings)
    dataset = the_suite.open_dataset()
    protocol = load_protocol(the_suite.protocol)
    whole = whole_selection(dataset, protocol.images_per_prompt)
    of_quick = quick_selection(dataset)
    wanted_subjects = parse_names(subjects, "--subjects") if isinstance(subjects, str) else subjects
    wanted_prompts = parse_prompts(prompts) if isinstance(prompts, str) else prompts
    selection = narrow(
        of_quick if quick else whole,
        dataset,
        subjects=wanted_subjects,
        prompts=wanted_prompts,
        images_per_prompt=images_per_prompt,
    )
    # Another number of images is another protocol: its fingerprint keeps such scores out of the usual tables.
    protocol = protocol.model_copy(
        update={
            "images_per_prompt": selection.images_per_prompt,
            "prior_images": protocol.prior_images if prior_images is None else prior_images,
        }
    )
    if not choice.is_usual:
        for name in selection.subjects:
            choice.parts(dataset, dataset.subject(name), seed=seed)  # too few images show now
        protocol = with_parts(protocol)
    if shard is not None and shard.of > len(selection.subjects):
        raise UserError(
            f"--shard {shard} has more parts than the run has subjects; give at most {len(selection.subjects)} parts "
            f"(--array=1-{len(selection.subjects)} of a job array)."
        )
    root = out or default_folder(
        suite=the_suite.name,
        method=method,
        seed=seed,
        selection=selection,
        whole=whole,
        quick=of_quick,
        settings=chosen_settings,
        usual_settings=None if unset_settings(the_suite, method) else method_settings(the_suite, method),
        choice=choice,
        prompt_set=None if prompt_set is None else str(prompt_set),
        shard=shard,
    )
    key = encoders_key(the_suite.encoders, protocol)
    say("loading the libraries")
    from dreambench.baselines.registry import build_method, method_plugin

    built = build_method(method, chosen_settings)
    model = the_suite.model_for(f"The method {method}") if built.needs_base_model else None
    sampler = the_suite.sampler_for(f"The method {method}") if built.uses_sampler else None
    where = choose_device(device)
    refuse_other_precision(sampler, where)
    encoders = encoders or SuiteEncoders(the_suite, protocol, where, say)
    plan = RunPlan(
        suite=the_suite,
        protocol=protocol,
        fingerprint=_known_fingerprint(root, key) or encoders.fingerprint,
        encoders_key=key,
        dataset=dataset,
        method=method,
        settings=chosen_settings,
        selection=selection,
        prior_images=protocol.prior_images if built.has_prior else 0,
        model=model,
        weights_hash=None if model is None else _weights_hash(model),
        sampler=sampler,
        seed=seed,
        plugin=method_plugin(method),
        choice=choice,
    )
    RunFolder(root).check(plan.record())
    reading = read_prompts(model, dataset, selection)
    if reading is not None:
        reading.refuse_long()
    resolution = _USUAL_RESOLUTION if plan.sampler is None else plan.sampler.resolution
    resources = Resources(
        folder=root,
        cache=cache_folder(),
        device=where,
        batch_size=batch_size or default_batch_size(where, resolution),
        workers=workers,
    )
    options = RunOptions(
        method=method,
        suite=named_from(name_of(suite), root),
        prompt_set=named_from(prompt_set, root),
        subjects=None if wanted_subjects is None else tuple(wanted_subjects),
        prompts=None if wanted_prompts is None else tuple(wanted_prompts),
        images_per_prompt=images_per_prompt,
        quick=quick,
        seed=seed,
        hold_out=hold_out,
        references=references,
        settings=typed_settings(settings),
    )
    return PreparedRun(plan, resources, make_engine(engine, where, own_settings), encoders, options, reading, shard, hooks)


def _known_fingerprint(root: Path, encoders_key: str) -> str | None:
    """The fingerprint that a run in the folder recorded for the same encoder files; spares loading them."""
    try:
        record = read_run_record(root)
    except UserError:
        return None  # the folder's own check says what is wrong with it
    return record.fingerprint if record.encoders == encoders_key else None


def _weights_hash(model: ModelSpec) -> str:
    from dreambench.baselines.model.files.contents import hash_files, model_files
    from dreambench.baselines.model.files.sources import resolve_folder

    folder = resolve_folder(model.source, model.revision)
    return hash_files(folder, model_files(folder))


def _refuse_numbers(seed: int, workers: int | None, batch_size: int | None) -> None:
    if not 0 <= seed <= _MAX_SEED:
        raise UserError(f"--seed is {seed}; give a number from 0 to {_MAX_SEED}.")
    for option, value in (("--workers", workers), ("--batch-size", batch_size)):
        if value is not None and value < 1:
            raise UserError(f"{option} cannot be {value}; give a number above 0.")
