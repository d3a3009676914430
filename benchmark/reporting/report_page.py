"""From finished runs to the plain records that the report page takes."""

import contextlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dreambench.benchmark.reporting.wording import counted, duration, hardware_in_words, in_words

if TYPE_CHECKING:
    from dreambench.benchmark.results.report_data import ReportData, ReportedRun
    from dreambench.reports.comparison import ComparisonTable
    from dreambench.reports.page import PageColumn, PagePlot, PageProtocol, PageRun, ReportPage
    from dreambench.reports.records import Row


def report_page(data: "ReportData", *, plots: "tuple[PagePlot, ...]", command: str) -> "ReportPage":
    """The page's records.

    Args:
        data: the runs.
        plots: already drawn.
        command: that makes the page.
    """
    from dreambench.benchmark.machine.environment import package_version
    from dreambench.benchmark.metrics import METRICS
    from dreambench.benchmark.reporting.comparison_table import comparison_table
    from dreambench.reports.page import PagePrompt, PageSubject, ReportPage

    first = data.runs[0].run.summary
    several = len(data.runs) > 1
    table = comparison_table([run.scored for run in data.runs], METRICS, against=0 if several else None, per=("kind", "family"))
    labels = [row.label for row in table.blocks[0].rows]
    protocol, remarks = _protocol(data.runs[0])
    remarks += [data.no_references] if data.no_references else []
    remarks += _copying(data, labels)
    return ReportPage(
        title=f"{_listed(labels)} on {first.get('suite') or 'one suite'}",
        scope=_scope(data),
        dataset=_dataset(first),
        columns=_columns(table),
        runs=tuple(_run(run, label) for run, label in zip(data.runs, labels, strict=True)),
        table=table,
        beside=_beside(data),
        subjects=tuple(
            PageSubject(each.id, each.class_noun, each.kind, tuple(data.references.get(each.id, ()))) for each in data.subjects
        ),
        prompts=tuple(PagePrompt(each.kind, each.index, each.request, _FAMILIES[each.family]) for each in data.prompts),
        protocol=protocol,
        plots=plots,
        remarks=tuple(remarks),
        commands=(command,),
        made_with=f"dreambench {package_version()}",
    )


_FAMILIES = {"recontextualisation": "Recontextualisation", "accessory": "Accessories", "property": "Property changes"}


def _columns(table: "ComparisonTable") -> "tuple[PageColumn, ...]":
    from dreambench.benchmark.metrics import METRICS, metric_infos
    from dreambench.reports.page import PageColumn

    measures = {(info.key, info.label): info.measures for info in (*metric_infos("lpips"), *metric_infos("dino"))}
    by_image = {info.key for info in METRICS if info.level == "image"}
    return tuple(
        PageColumn(column, measures.get((column.key, column.label), ""), column.key in by_image) for column in table.columns
    )


def _copying(data: "ReportData", labels: Sequence[str]) -> list[str]:
    """A warning for every run whose images look copied."""
    from dreambench.benchmark.scoring.copying import copying_remark

    found = []
    for run, label in zip(data.runs, labels, strict=True):
        record = _mapping(run.run.summary.get("copying"))
        with contextlib.suppress(KeyError, TypeError, ValueError):  # the record may be anybody's
            remark = copying_remark(record)
            found += [f"{label}: {remark}"] if remark else []
    return found


def _run(run: "ReportedRun", label: str) -> "PageRun":
    from dreambench.benchmark.results.reproduction import commands_of
    from dreambench.benchmark.scoring.tables import IMAGE_METRICS
    from dreambench.reports.page import PageImage, PageRun

    frame = run.scores.images
    metrics = {key: frame[key].tolist() for key in IMAGE_METRICS if key in frame.columns}
    names = ("subject", "prompt_index", "image_index", "prompt", "path")
    images = [
        PageImage(
            str(subject),
            int(prompt_index),
            int(image_index),
            str(prompt),
            Path(path),
            {key: _number(values[place]) for key, values in metrics.items()},
        )
        for place, (subject, prompt_index, image_index, prompt, path) in enumerate(
            zip(*(frame[name].tolist() for name in names), strict=True)
        )
    ]
    suite_file = run.record.get("suite_file")
    return PageRun(
        label=label,
        images=images,
        settings=_settings(run),
        facts=_facts(run),
        commands=commands_of(run.run, run.record),
        suite_file=suite_file if isinstance(suite_file, str) else None,
    )


def _settings(run: "ReportedRun") -> dict[str, str]:
    settings = run.run.summary.get("settings")
    table = {str(key): in_words(value) for key, value in settings.items()} if isinstance(settings, dict) else {}
    sampler = run.record.get("sampler")
    if isinstance(sampler, dict):
        table |= {f"sampler: {key}": in_words(value) for key, value in sampler.items()}
    return table


def _facts(run: "ReportedRun") -> dict[str, str]:
    """How the run was made. A record may come from anywhere: whatever is not as expected is left out."""
    summary, record = run.run.summary, run.record
    facts: dict[str, str] = {}
    for name, value in (
        ("method", run.run.method),
        ("suite", summary.get("suite")),
        ("seed", summary.get("seed")),
        ("citation", summary.get("citation")),
    ):
        if value is not None:
            facts[name] = in_words(value)
    if isinstance(record.get("started"), str):
        facts["started"] = record["started"].replace("T", " ")
    seconds = _mapping(summary.get("seconds"))
    for key, value in seconds.items():
        if isinstance(value, int | float):
            facts[f"{key}, worker time"] = duration(float(value))
    for key, name in (("peak_memory_bytes", "peak memory of a worker"), ("peak_device_memory_bytes", "peak GPU memory")):
        if isinstance(summary.get(key), int | float):
            facts[name] = f"{summary[key] / 1e9:.2f} GB"
    environment = _mapping(summary.get("environment"))
    facts |= hardware_in_words(_mapping(environment.get("hardware")))
    facts |= {str(key): in_words(value) for key, value in _mapping(environment.get("versions")).items()}
    if environment.get("git_commit"):
        facts["git commit"] = in_words(environment["git_commit"])
    return facts


def _beside(data: "ReportData") -> "tuple[Row, ...]":
    """Yardsticks of the first run that no run of the page is itself."""
    from dreambench.reports.records import row_from_metrics

    methods = {run.run.method for run in data.runs}
    beside = _mapping(data.runs[0].run.summary.get("beside"))
    return tuple(
        row_from_metrics(str(name), metrics, is_subject=False)
        for name, metrics in beside.items()
        if name not in methods and isinstance(metrics, dict)
    )


def _protocol(run: "ReportedRun") -> "tuple[PageProtocol, list[str]]":
    """The protocol in words, where it can be found; and a remark where it is not surely the one that was used."""
    import tomllib

    from dreambench.benchmark.declarations.in_words import protocol_in_words
    from dreambench.benchmark.declarations.protocol import fingerprint, load_protocol
    from dreambench.dataset.errors import UserError
    from dreambench.reports.page import PageProtocol

    name, print_ = run.run.protocol, run.run.fingerprint
    sources = [name]
    if isinstance(run.record.get("suite_file"), str):
        with contextlib.suppress(tomllib.TOMLDecodeError):
            sources.append(str(tomllib.loads(run.record["suite_file"]).get("protocol", name)))
    declared = None
    for source in sources:
        try:
            declared = load_protocol(source)
            break
        except UserError:
            continue
    if declared is None:
        return PageProtocol(name, print_, ()), [f"The protocol '{name}' is not on this machine, so it is not told in words."]
    counts = run.scores.images.groupby(["subject", "prompt_index"]).size()
    declared = declared.model_copy(update={"images_per_prompt": int(counts.max())})
    encoders = _mapping(run.record.get("encoder_fingerprints"))
    same = encoders and fingerprint(declared, *(encoders.get(name) for name in ("dino", "clip", "lpips"))) == print_
    remarks = []
    if encoders and not same:
        remarks.append(f"The protocol '{name}' has changed since these runs were scored; below it is told as it is now.")
    return PageProtocol(name, print_, tuple(protocol_in_words(declared))), remarks


def _scope(data: "ReportData") -> str:
    images = data.runs[0].scores.images
    counts = sorted({len(run.scores.images) for run in data.runs})
    many = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
    each = " a run" if len(data.runs) > 1 else ""
    prompts = int(images.groupby("subject")["prompt_index"].nunique().max())
    return f"{counted(len(data.subjects), 'subject')}, {counted(prompts, 'prompt')} each, {many} images{each}"


def _dataset(summary: Mapping[str, Any]) -> str:
    dataset = _mapping(summary.get("dataset"))
    checksum = str(dataset.get("checksum") or "")[:12]
    return f"{dataset.get('name') or 'not recorded'}{f', checksum {checksum}' if checksum else ''}"


def _listed(labels: Sequence[str]) -> str:
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: float) -> float | None:
    return value if isinstance(value, int | float) and math.isfinite(value) else None
