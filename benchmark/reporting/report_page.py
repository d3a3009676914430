"""From finished runs to the plain records that the report page takes."""

from collections.abc import Sequence
from pathlib import Path

from dreambench.benchmark.machine.environment import package_version
from dreambench.benchmark.reporting.comparison_table import column_key, comparison_table
from dreambench.benchmark.reporting.wording import duration, hardware_in_words, in_words
from dreambench.benchmark.results.floor import FLOOR_METHOD, find_floor
from dreambench.benchmark.results.report_data import ReportData, ReportedRun
from dreambench.benchmark.results.reproduction import commands_of
from dreambench.benchmark.results.summary import Summary
from dreambench.dataset.kinds import family_label, heading
from dreambench.dataset.words import counted, counted_range
from dreambench.reports.cells import Row, known, row_of
from dreambench.reports.comparison import ComparisonTable
from dreambench.reports.escaping import plain_name
from dreambench.reports.page import (
    PageColumn,
    PageImage,
    PagePlot,
    PagePrompt,
    PageProtocol,
    PageRun,
    PageSubject,
    ReportPage,
)


def report_page(data: ReportData, *, plots: tuple[PagePlot, ...], command: str) -> ReportPage:
    """The page's records.

    Args:
        data: the runs.
        plots: already drawn.
        command: that makes the page.
    """

    first = data.runs[0].run.summary
    several = len(data.runs) > 1
    table = comparison_table(
        [run.scored for run in data.runs], data.infos, against=0 if several else None, per=("kind", "family")
    )
    labels = [row.label for row in table.blocks[0].rows]
    remarks = [*data.remarks, *_other_protocols(data, labels), *_copying(data, labels)]
    return ReportPage(
        title=f"{_listed(labels)} on {first.suite or 'one suite'}",
        scope=_scope(data),
        dataset=_dataset(first),
        columns=_columns(table),
        runs=tuple(_run(run, label, table) for run, label in zip(data.runs, labels, strict=True)),
        table=table,
        beside=_beside(data),
        subjects=tuple(
            PageSubject(subject.id, subject.class_noun, subject.kind, tuple(data.references.get(subject.id, ())))
            for subject in data.subjects
        ),
        prompts=tuple(
            PagePrompt(prompt.kind, prompt.index, prompt.request, heading(family_label(prompt.family)))
            for prompt in data.prompts
        ),
        protocol=_protocol(data.runs[0]),
        plots=plots,
        remarks=tuple(remarks),
        commands=(command,),
        made_with=f"dreambench {package_version()}",
    )


def _columns(table: ComparisonTable) -> tuple[PageColumn, ...]:
    return tuple(PageColumn(column, column.measures, column.level == "image") for column in table.columns)


def _other_protocols(data: ReportData, labels: Sequence[str]) -> list[str]:
    """A remark for every run that was not made under the protocol of which the page tells."""
    first = data.runs[0].run
    return [
        f"{label} is scored under the protocol {plain_name(run.run.protocol)} (fingerprint {plain_name(run.run.fingerprint)}); "
        f"the protocol below is that of {labels[0]}."
        for run, label in zip(data.runs, labels, strict=True)
        if run.run.fingerprint != first.fingerprint
    ]


def _copying(data: ReportData, labels: Sequence[str]) -> list[str]:
    """A warning for every run whose images look copied."""
    found = [(label, run.run.summary.copying) for run, label in zip(data.runs, labels, strict=True)]
    return [f"{label}: {copying.remark()}" for label, copying in found if copying is not None and copying.flagged]


def _run(run: ReportedRun, label: str, table: ComparisonTable) -> PageRun:

    frame = run.scores.images
    columns = [(column_key(info, table.columns), info.key) for info in run.scores.metrics if info.level == "image"]
    metrics = {column: frame[key].tolist() for column, key in columns}
    names = ("subject", "prompt_index", "image_index", "prompt", "path")
    images = [
        PageImage(
            str(subject),
            int(prompt_index),
            int(image_index),
            str(prompt),
            Path(path),
            {key: known(values[number]) for key, values in metrics.items()},
        )
        for number, (subject, prompt_index, image_index, prompt, path) in enumerate(
            zip(*(frame[name].tolist() for name in names), strict=True)
        )
    ]
    return PageRun(
        label=label,
        images=images,
        settings=_settings(run),
        facts=_facts(run),
        commands=commands_of(run.run),
        suite_file=run.run.record.suite_file if run.run.record is not None else None,
    )


def _settings(run: ReportedRun) -> dict[str, str]:
    table = {key: in_words(value) for key, value in run.run.summary.settings.items()}
    record = run.run.record
    if record is not None and record.sampler is not None:
        table |= {f"sampler: {key}": in_words(value) for key, value in record.sampler.items()}
    return table


def _facts(run: ReportedRun) -> dict[str, str]:
    """How the run was made."""
    summary, record = run.run.summary, run.run.record
    about = {
        "method": run.run.method,
        "suite": summary.suite,
        "seed": summary.seed,
        "citation": summary.citation,
        "started": record.started.replace("T", " ") if record is not None and record.started else None,
    }
    facts = {name: in_words(value) for name, value in about.items() if value is not None}
    facts |= {f"{phase}, worker time": duration(seconds) for phase, seconds in summary.seconds.items()}
    memory = {
        "peak memory of a worker": summary.peak_memory_bytes,
        "peak GPU memory": summary.peak_device_memory_bytes,
    }
    facts |= {name: f"{value / 1e9:.2f} GB" for name, value in memory.items() if value is not None}
    environment = summary.environment
    facts |= hardware_in_words(environment.hardware)
    facts |= environment.versions
    if environment.git_commit:
        facts["git commit"] = environment.git_commit
    return facts


def _beside(data: ReportData) -> tuple[Row, ...]:
    """Yardsticks and the floor of the first run, those that no run of the page is itself."""

    methods = {run.run.method for run in data.runs}
    first = data.runs[0].run
    rows = [row_of(name, means, is_subject=False) for name, means in first.summary.beside.items() if name not in methods]
    floor = None if first.record is None or FLOOR_METHOD in methods else find_floor(first.record, beside=first.root)
    if floor is not None:
        rows.append(row_of(FLOOR_METHOD, floor.metrics, is_subject=False))
    return tuple(rows)


def _protocol(run: ReportedRun) -> PageProtocol:
    """The protocol in words, as the run recorded it."""

    return PageProtocol(run.run.protocol, run.run.fingerprint, run.run.summary.protocol_in_words)


def _scope(data: ReportData) -> str:
    images = data.runs[0].scores.images
    many = counted_range({len(run.scores.images) for run in data.runs}, "image")
    scope = " a run" if len(data.runs) > 1 else ""
    prompts = int(images.groupby("subject")["prompt_index"].nunique().max())
    return f"{counted(len(data.subjects), 'subject')}, {counted(prompts, 'prompt')} each, {many}{scope}"


def _dataset(summary: Summary) -> str:
    return f"{summary.dataset.name}, checksum {summary.dataset.checksum[:12]}"


def _listed(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"
