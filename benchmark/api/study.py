"""`study`: runs that differ in one thing, and the table, plot and page that say what it does."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from dreambench.benchmark.api.compare import Compared
from dreambench.benchmark.api.counting import Counting
from dreambench.benchmark.api.hooks import Hook
from dreambench.benchmark.api.hooks.telling import Hooks
from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.api.preparation import PreparedRun, SuiteEncoders, prepare_run
from dreambench.benchmark.api.run import finish, tell_remarks
from dreambench.benchmark.api.run_result import Run
from dreambench.benchmark.api.together import has_checkpoints, train_together
from dreambench.benchmark.declarations.suite import Overrides
from dreambench.benchmark.machine.environment import usable_cores
from dreambench.benchmark.reporting.axis_findings import best_values, where_copying_begins
from dreambench.benchmark.reporting.least_value import least_value
from dreambench.benchmark.reporting.study_figures import study_figures
from dreambench.benchmark.reporting.study_losses import loss_plot
from dreambench.benchmark.reporting.study_scoring import scoring_sentences
from dreambench.benchmark.reporting.study_table import study_page, study_table
from dreambench.benchmark.results.comparison import (
    check_same_dataset,
    check_same_prompts,
    comparable_metrics,
    every_metric,
    read_scored,
)
from dreambench.benchmark.results.finished import read_finished
from dreambench.benchmark.results.report_data import read_report_data
from dreambench.benchmark.results.seeds import mean_over_seeds
from dreambench.benchmark.runs.prompt_reading import read_prompts
from dreambench.benchmark.runs.quick import quick_prompts
from dreambench.benchmark.runs.selection import narrow, parse_names, parse_prompts, whole_selection
from dreambench.benchmark.studies.cost import passes_a_subject
from dreambench.benchmark.studies.declaration import Study, load_study
from dreambench.benchmark.studies.planning import (
    VariantRun,
    check_references,
    chosen_subjects,
    default_study_folder,
    donors_of,
    in_one_training,
    plan_study,
    suite_of,
    with_references,
)
from dreambench.benchmark.studies.shared_images import shared_images
from dreambench.dataset.errors import IncompleteRun
from dreambench.dataset.files import atomic_write_bytes
from dreambench.reports.comparison import FORMATS, Format
from dreambench.reports.page import check_target_folder, write_report

_SUFFIXES: Final[dict[Format, str]] = {"table": "txt", "markdown": "md", "latex": "tex", "csv": "csv", "json": "json"}


@dataclass(frozen=True, eq=False)
class StudyResult(Compared):
    """A finished study: its table, and where everything lies.

    Attributes:
        study: what was asked.
        folder: of the runs, table.*, plot.svg and page/index.html.
        runs: variant's name -> its runs, one a seed.
    """

    study: Study
    folder: Path
    runs: dict[str, tuple[Run, ...]]

    @property
    def page(self) -> Path:
        """The page with images side by side."""
        return self.folder / "page" / "index.html"

    @property
    def plot(self) -> Path:
        """The plot."""
        return self.folder / "plot.svg"


def study(
    study: str | Path | Study,
    *,
    suite: str | Path | None = None,
    subjects: str | Sequence[str] | None = None,
    prompts: str | Sequence[int] | None = None,
    images_per_prompt: int | None = None,
    quick: bool = False,
    seeds: Sequence[int] = (0,),
    hold_out: int | None = None,
    references: int | None = None,
    out: str | Path | None = None,
    engine: str = "auto",
    engine_settings: Overrides = (),
    device: str = "auto",
    workers: int | None = None,
    batch_size: int | None = None,
    hooks: Sequence[str | Hook] = (),
    listener: Listener | None = None,
) -> StudyResult:
    """Run a study: its variants as usual runs, then one table with paired differences, one plot, one page.

    Variants that differ in the method's setting `steps` alone are made in one training, where the method can be looked at while
    it trains.

    The same call goes on with an interrupted study. Units of work that another study in the same parent folder has finished, or
    `bench run` in runs/, are taken over where they are the very same.

    Args:
        study: a built-in study's name, the path of a TOML file, or a loaded one.
        suite: the suite to run it on; None takes the study's own.
        subjects: only these, by id; None takes the study's.
        prompts: only these, by number; None takes the study's.
        images_per_prompt: images for every prompt; None takes the protocol's number.
        quick: only 6 subjects (those of the study among them) x 5 prompts x 4 images.
        seeds: every variant runs once with each; values are then means over seeds, and subjects stay what is counted.
        hold_out: reference images of every subject that are kept back from all variants; None takes the study's number.
        references: reference images of every subject that all variants see; None takes the study's choice.
        out: the study's folder; None takes studies/<study>-<suite> below the working directory.
        engine: how units are done, as in `run`.
        engine_settings: as in `run`.
        device: as in `run`.
        workers: as in `run`.
        batch_size: as in `run`.
        hooks: who is told of every run's events, as in `run`.
        listener: who hears how far it is; None for what suits where Python runs.

    Returns:
        The study: `.table`, `.render(format)`, `.frame()`, `.folder`, `.page`, `.plot`, and `.runs` by variant.

    Raises:
        UserError: the study, or something that it names, is wrong.
        IncompleteRun: it was interrupted, the disk is full or units failed; the same call goes on.
    """
    declared = study if isinstance(study, Study) else load_study(study)
    declared = with_references(declared, hold_out=hold_out, references=references)
    wanted = parse_names(subjects, "--subjects") if isinstance(subjects, str) else subjects
    numbers = parse_prompts(prompts) if isinstance(prompts, str) else prompts
    chosen = chosen_subjects(declared, suite, wanted, quick=quick)
    usual = default_study_folder(declared, suite, chosen, quick=quick, held_out=hold_out, seen=references)
    folder = usual if out is None else Path(out)
    planned = plan_study(declared, suite=suite, seeds=seeds, out=folder)
    check_references(declared, suite, chosen)
    made = shared_images(planned, suite_of(declared, suite).protocol)
    check_target_folder(folder / "page")
    asked = {
        "suite": suite,
        "subjects": None if wanted is None else ",".join(wanted),
        "prompts": None if numbers is None else ",".join(map(str, numbers)),
        "images-per-prompt": images_per_prompt,
        "seeds": None if tuple(seeds) == (0,) else ",".join(map(str, seeds)),
        "hold-out": hold_out,
        "references": references,
        "out": out,
    }
    options = [word for name, value in asked.items() if value is not None for word in (f"--{name}", str(value))]
    named = declared.name if isinstance(study, Study) else str(study)
    command = ["bench", "study", named, *options, *["--quick"] * quick]
    with listening(listener) as told:
        of_events = Hooks(hooks, note=told.note)
        declared, asked_prompts = _readable(declared, suite, chosen, numbers, quick=quick)

        def prepare(plan: VariantRun, encoders: SuiteEncoders | None) -> PreparedRun:
            return prepare_run(
                plan.method,
                suite=plan.suite,
                subjects=chosen or None,
                prompts=asked_prompts,
                images_per_prompt=made.per_prompt if images_per_prompt is None and not quick else images_per_prompt,
                prior_images=made.prior,
                quick=quick,
                seed=plan.seed,
                hold_out=declared.hold_out,
                references=plan.variant.references,
                settings=plan.variant.settings,
                out=plan.folder,
                engine=engine,
                engine_settings=engine_settings,
                device=device,
                workers=workers,
                batch_size=batch_size,
                say=told.say,
                encoders=encoders,
                hooks=of_events,
            )

        for group in in_one_training(planned):
            if not has_checkpoints(group[0].suite, group[0].method, group[0].variant.settings):
                continue
            first = prepare(group[0], None)
            moments = [first, *(prepare(plan, first.encoders) for plan in group[1:])]
            donors = [donor for donor in donors_of(folder) if donor not in [plan.folder for plan in group]]
            try:
                train_together(moments, told=told, command=tuple(command), donors=donors)
            except IncompleteRun as error:
                names = ", ".join(f"'{plan.variant.title}'" for plan in group)
                raise IncompleteRun(f"The study stopped in the training of {names}, seed {group[0].seed}. {error}") from error
        runs: dict[str, tuple[Run, ...]] = {}
        for number, plan in enumerate(planned, start=1):
            told.note(f"{declared.name}, run {number} of {len(planned)}: {plan.variant.title}, seed {plan.seed}")
            try:
                prepared = prepare(plan, None)
                tell_remarks(prepared, told)
                finished = finish(
                    prepared, told, tuple(command), [donor for donor in donors_of(folder) if donor != plan.folder]
                )
            except IncompleteRun as error:
                raise IncompleteRun(f"The study stopped at '{plan.variant.title}', seed {plan.seed}. {error}") from error
            runs[plan.variant.name] = (*runs.get(plan.variant.name, ()), finished)
        return _conclude(declared, folder, planned, runs, told, shlex.join(command))


def _readable(
    study: Study, suite: str | Path | None, subjects: Sequence[str], numbers: Sequence[int] | None, *, quick: bool
) -> tuple[Study, Sequence[int] | None]:
    """The numbers of the prompts that are asked (None for the usual ones), and the study with what must be known of them.

    A study with a prompt set asks what its base model can read and names the rest: one command on any base model.
    """
    wanted = numbers if numbers is not None or quick else study.prompts or None
    if study.prompt_set is None:
        return study, wanted
    base = suite_of(study, suite)
    dataset = base.open_dataset()
    selection = narrow(whole_selection(dataset, 1), dataset, subjects=subjects or None, prompts=wanted)
    reading = read_prompts(base.model, dataset, selection)
    if reading is None:
        return study, wanted
    notes = [*reading.remarks, *([reading.left_out] if reading.left_out else [])]
    told = study.model_copy(update={"notes": (*study.notes, *notes)})
    if not reading.long:
        return told, wanted
    if quick and numbers is None:
        return told, quick_prompts(dataset, without=reading.long)
    return told, tuple(number for number in selection.prompts if number not in reading.long)


def _conclude(
    study: Study,
    folder: Path,
    planned: Sequence[VariantRun],
    runs: dict[str, tuple[Run, ...]],
    told: Listener,
    command: str,
) -> StudyResult:
    """Compare the finished runs, and write table, plot and page."""
    told.say("comparing the variants")
    by_variant = [[read_finished(run.folder) for run in of_variant] for of_variant in runs.values()]
    finished = [run for of_variant in by_variant for run in of_variant]
    scored_alike = not any(variant.scores_otherwise for variant in study.variants)
    metrics_of = comparable_metrics if scored_alike else every_metric
    infos = metrics_of(finished).infos
    check_same_dataset(finished)
    scored = read_scored(finished, infos)
    check_same_prompts(scored)
    n_seeds = len(scored) // len(study.variants)
    rows = [
        mean_over_seeds(scored[number * n_seeds : (number + 1) * n_seeds], variant.title)
        for number, variant in enumerate(study.variants)
    ]
    table = study_table(study, rows, infos, n_seeds=n_seeds)
    values = [plan.value(study.axis) for plan in planned[: len(study.variants)]]
    costs = [passes_a_subject(plan, of[0].manifests()) for plan, of in zip(planned, by_variant, strict=False)]
    losses, said = loss_plot([variant.title for variant in study.variants], by_variant)
    said += scoring_sentences(rows, by_variant)
    numbers = [value for value in values if value is not None]
    if study.axis and len(numbers) == len(values) and scored_alike:
        shown = [info for info in infos if info.key in {column.key for column in table.columns}]
        said += best_values(study.axis, numbers, rows, shown)
        if study.as_good_as is not None:
            said += least_value(study.axis, numbers, rows, shown, goal=study.number_of(study.as_good_as))
        said += where_copying_begins(study.axis, numbers, [[run.summary for run in of_variant] for of_variant in by_variant])
    table = replace(table, remarks=(*table.remarks, *said))
    n_images = n_seeds * finished[0].summary.n_images
    figures = study_figures(study, table, values=values, costs=costs, losses=losses, n_images=n_images)
    page_plots = [figure.write(folder) for figure in figures]
    data = read_report_data([of_variant[0].folder for of_variant in runs.values()], metrics_of=metrics_of)
    page = study_page(study, data, table, page_plots, command=command)
    pictures = Counting(told, "copying pictures")
    told.measure(pictures)
    write_report(page, folder / "page", workers=usable_cores(), on_progress=pictures.count)
    told.measure(None)
    result = StudyResult(table, study, folder, runs)
    for form in FORMATS:
        atomic_write_bytes(folder / f"table.{_SUFFIXES[form]}", result.render(form).encode())
    return result
