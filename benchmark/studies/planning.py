"""From a study to its usual runs: which suite, method and settings each variant runs with, and in which folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dreambench.baselines.settings import MethodSettings, SamplerSettings
from dreambench.benchmark.declarations.reading import declare
from dreambench.benchmark.declarations.suite import Suite, load_suite, method_settings
from dreambench.benchmark.runs.checkpoints import STEPS
from dreambench.benchmark.runs.plan import RUNS_FOLDER
from dreambench.benchmark.runs.record import RUN_FILE
from dreambench.benchmark.runs.reference_choice import ReferenceChoice
from dreambench.benchmark.runs.selection import QUICK_LIVE, QUICK_OBJECTS
from dreambench.benchmark.studies.declaration import Study, Variant
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_json

#: The folder of studies, in the working directory. Studies in one folder take finished units from each other.
STUDIES_FOLDER: Final = Path("studies")
_SUFFIX_LENGTH: Final = 8


@dataclass(frozen=True)
class VariantRun:
    """A variant under one seed, as a run.

    Attributes:
        variant: as declared.
        suite: with the variant's sampler, protocol and encoders.
        method: its name.
        resolved: all of them.
        seed: of the run.
        folder: where it lies.
    """

    variant: Variant
    suite: Suite
    method: str
    resolved: MethodSettings
    seed: int
    folder: Path

    def value(self, axis: str) -> float | None:
        """The number that a setting of method or sampler, or "references", has here; None where it has none."""
        found = self.variant.references if axis == "references" else getattr(self.resolved, axis, None)
        if found is None and self.suite.sampler is not None:
            found = getattr(self.suite.sampler, axis, None)
        return float(found) if isinstance(found, (int, float)) and not isinstance(found, bool) else None


def suite_of(study: Study, suite: str | Path | None) -> Suite:
    """The suite that a study runs on, the named one or its own, with the study's prompts where it has a prompt set.

    Raises:
        UserError: there is no such suite.
    """
    base = load_suite(suite or study.suite)
    return base if study.prompt_set is None else base.model_copy(update={"prompt_set": study.prompt_set})


def plan_study(study: Study, *, suite: str | Path | None, seeds: Sequence[int], out: Path) -> list[VariantRun]:
    """Every variant under every seed, the variants of the first seed first; all settings are checked before any work.

    Raises:
        UserError: the suite is unknown, a setting is none of the method's, or has a wrong value.
    """
    base = suite_of(study, suite)
    if not seeds or len(set(seeds)) != len(seeds):
        raise UserError("--seeds needs different numbers; for example --seeds 0,1,2.")
    runs = []
    for seed in seeds:
        for variant in study.variants:
            method = variant.method or study.method
            changed = _scored_as(_with_sampler(base, variant, study), variant)
            settings = method_settings(changed, method, variant.settings)
            runs.append(VariantRun(variant, changed, method, settings, seed, out / f"{variant.name}-seed{seed}"))
    return runs


def in_one_training(runs: Sequence[VariantRun]) -> list[tuple[VariantRun, ...]]:
    """The runs that can be moments of one training, by rising steps: those that differ in their number of steps alone. Of runs
    that differ in nothing the first counts; runs that stand alone are left out."""
    groups: list[list[VariantRun]] = []
    for run in runs:
        group = next((known for known in groups if _but_for_steps(known[0]) == _but_for_steps(run)), None)
        if group is None:
            groups.append([run])
        elif run.value(STEPS) not in [known.value(STEPS) for known in group]:
            group.append(run)
    rising = [tuple(sorted(group, key=lambda run: run.value(STEPS) or 0.0)) for group in groups]
    return [group for group in rising if len(group) > 1]


def _but_for_steps(run: VariantRun) -> tuple[object, ...]:
    settings = {key: value for key, value in run.resolved.model_dump(mode="json").items() if key != STEPS}
    # Without the setting, `value` speaks of the sampler's steps.
    trains = STEPS in type(run.resolved).model_fields
    return (run.method, run.suite, run.seed, run.variant.references, settings, trains or run.folder)


def chosen_subjects(study: Study, suite: str | Path | None, wanted: Sequence[str] | None, *, quick: bool) -> tuple[str, ...]:
    """The subjects that are run: those wanted, else the study's (with `quick` those of the quick six, or its first six where
    it has at most one of those), else all.

    Raises:
        UserError: one is not in the suite's dataset.
    """
    dataset = suite_of(study, suite).open_dataset()
    if wanted is not None:
        return tuple(dataset.subject(name).id for name in wanted)
    if not study.subjects:
        return ()
    names = tuple(dataset.subject(name).id for name in study.subjects)
    of_quick = tuple(name for name in names if name in (*QUICK_OBJECTS, *QUICK_LIVE))
    if not quick:
        return names
    return of_quick if len(of_quick) > 1 else names[: len(QUICK_OBJECTS) + len(QUICK_LIVE)]


def with_references(study: Study, *, hold_out: int | None, references: int | None) -> Study:
    """The study as the command line wants its reference images chosen; None leaves the study's own choice.

    Raises:
        UserError: the study's variants say themselves how many reference images are seen.
    """
    if hold_out is not None:
        study = study.model_copy(update={"hold_out": hold_out})
    if references is None:
        return study
    if any(variant.references is not None for variant in study.variants):
        raise UserError(
            f"The variants of the study '{study.name}' say themselves how many reference images are seen; leave out "
            "--references."
        )
    variants = tuple(variant.model_copy(update={"references": references}) for variant in study.variants)
    return study.model_copy(update={"variants": variants})


def check_references(study: Study, suite: str | Path | None, subjects: Sequence[str]) -> None:
    """See that these subjects have as many reference images as the variants need.

    Raises:
        UserError: one has too few.
    """
    dataset = suite_of(study, suite).open_dataset()
    for variant in study.variants:
        for name in subjects:
            ReferenceChoice(study.hold_out, variant.references).parts(dataset, dataset.subject(name), seed=0)


def default_study_folder(
    study: Study,
    suite: str | Path | None,
    subjects: Sequence[str],
    *,
    quick: bool,
    held_out: int | None = None,
    seen: int | None = None,
) -> Path:
    """studies/<study>-<suite>[-quick][-holdout<N>][-references<N>]; subjects that are not the study's own add 8 digits of their
    hash.

    `held_out` and `seen` are the numbers of reference images that were asked for in place of the study's own."""
    name = f"{study.name}-{suite_of(study, suite).name}{'-quick' if quick else ''}"
    usual = chosen_subjects(study, suite, None, quick=quick)
    special = "" if tuple(subjects) == usual else f"-{sha256_json(sorted(subjects))[:_SUFFIX_LENGTH]}"
    kept_back = "" if held_out is None else f"-holdout{held_out}"
    shown = "" if seen is None else f"-references{seen}"
    return STUDIES_FOLDER / f"{name}{kept_back}{shown}{special}"


def donors_of(out: Path) -> list[Path]:
    """Runs whose finished units a study takes: this study's, those of studies beside it, and those of `bench run`."""
    found = [*out.parent.glob(f"*/*/{RUN_FILE}"), *out.glob(f"*/{RUN_FILE}"), *RUNS_FOLDER.glob(f"*/{RUN_FILE}")]
    return sorted({path.parent for path in found})


def _with_sampler(suite: Suite, variant: Variant, study: Study) -> Suite:
    if not variant.sampler:
        return suite
    sampler = suite.sampler_for(f"The variant '{variant.name}'").model_dump() | variant.sampler
    where = f"the study '{study.name}', the sampler of '{variant.name}'"
    return suite.model_copy(update={"sampler": declare(SamplerSettings, sampler, where=where)})


def _scored_as(suite: Suite, variant: Variant) -> Suite:
    return suite.model_copy(
        update={"protocol": variant.protocol or suite.protocol, "encoders": suite.encoders | variant.encoders}
    )
