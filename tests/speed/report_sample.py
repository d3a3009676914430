"""A report page of invented runs, of any size: what the tests of pages, in a browser and without one, look at."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from dreambench.benchmark.statistics import Comparison
from dreambench.reports.cells import Cell, Column, Row
from dreambench.reports.comparison import Block, ComparedRow, ComparisonTable, Score
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

#: What a stranger might call a method, to break out of text, an attribute or a script.
HOSTILE = '</script><img src=x onerror="window.broken=1">\'&amp;${1}'
COLUMNS = (
    PageColumn(Column("dino", "DINO", True), "subject fidelity", True),
    PageColumn(Column("clip_t", "CLIP-T", True), "prompt fidelity", True),
    PageColumn(Column("pres", "PRES", False), "prior collapse", False),
)
_SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="720" height="300" viewBox="0 0 720 300">'
    b'<rect width="720" height="300" fill="%s"/></svg>'
)


def write_pictures(folder: Path, count: int, *, side: int = 16) -> list[Path]:
    """Small pictures, no two alike."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(count):
        colours = np.random.default_rng(number).integers(0, 256, (4, 4, 3), dtype=np.uint8)
        paths.append(folder / f"{number}.png")
        Image.fromarray(colours).resize((side, side)).save(paths[-1])
    return paths


def make_page(
    pictures: Sequence[Path],
    *,
    labels: Sequence[str] = ("first", "second", HOSTILE),
    subjects: int = 5,
    prompts: int = 4,
    images: int = 2,
) -> ReportPage:
    """A page whose scores follow from the images' places, so that tests can tell which comes first.

    Image number i of all (run by run) has DINO (i * 7919 % 1000) / 1000, which repeats after a thousand, and CLIP-T
    1 - DINO; the first image has no CLIP-T. Subjects "s0", "s2", ... are objects, the others live; run r's mean DINO
    is .5 + .1 r, its PRES .3 - .1 r. Subject "s1" has no reference images.
    """
    things = tuple(
        PageSubject(f"s{n}", "thing", "object" if n % 2 == 0 else "live", () if n == 1 else tuple(pictures[:4]))
        for n in range(subjects)
    )
    runs, number = [], 0
    for label in labels:
        made = []
        for subject in things:
            for prompt in range(prompts):
                for index in range(images):
                    dino = number * 7919 % 1000 / 1000
                    scores = {"dino": dino, "clip_t": None if number == 0 else 1 - dino}
                    path = pictures[number % len(pictures)]
                    made.append(PageImage(subject.id, prompt, index, f"a thing in place {prompt}", path, scores))
                    number += 1
        runs.append(
            PageRun(
                label,
                made,
                settings={"steps": "100", "learning_rate": str(len(runs)), HOSTILE: HOSTILE},
                facts={"seed": "0", "started": HOSTILE},
                commands=(f"bench run --method {label}",),
                suite_file=f'name = "{HOSTILE}"',
            )
        )
    scores = [
        {
            "dino": Score(Cell(0.5 + 0.1 * r, 0.45 + 0.1 * r, 0.55 + 0.1 * r), rank={0: 1, 1: 2}.get(len(labels) - 1 - r)),
            "clip_t": Score(Cell(0.3, 0.2, 0.4), tied=r > 0),
            "pres": Score(Cell(0.3 - 0.1 * r, -0.1, 0.4), against=_against(-0.1 * r) if r else None),
        }
        for r in range(len(labels))
    ]
    parts = (("all", "all subjects and prompts", ("dino", "clip_t", "pres")), ("kind", "objects", ("dino", "clip_t")))
    blocks = tuple(
        Block(
            breakdown,
            name,
            subjects,
            (prompts, prompts),
            tuple(
                ComparedRow(label, "", "sample", "0123456789ab", {key: row[key] for key in keys})
                for label, row in zip(labels, scores, strict=True)
            ),
        )
        for breakdown, name, keys in parts
    )
    return ReportPage(
        title=f"{' and '.join(labels)} on a sample",
        scope=f"{subjects} subjects",
        dataset="sample",
        columns=COLUMNS,
        runs=runs,
        table=ComparisonTable(
            tuple(each.column for each in COLUMNS), blocks, reference=labels[0] if len(labels) > 1 else None, remarks=(HOSTILE,)
        ),
        beside=[Row("real_images", {"dino": Cell(0.97, 0.96, 0.98)}, is_subject=False)],
        subjects=things,
        prompts=[
            PagePrompt(kind, n, f"in place {n}", "Recontextualisation" if n < 2 else "Property changes")
            for kind in ("live", "object")
            for n in range(prompts)
        ],
        protocol=PageProtocol("sample", "0123456789ab", ("It is invented.", HOSTILE)),
        plots=[
            PagePlot(f"Why {question}?", "So.", _SVG % b"white", _SVG % b"black", "image/svg+xml", family)
            for family, question in (
                ("one", HOSTILE),
                ("two", "this, which is asked at some length of a method of that name"),
                ("two", "that"),
            )
        ],
        remarks=(HOSTILE,),
        commands=("bench report ...",),
        made_with="dreambench test",
    )


def _against(difference: float) -> Comparison:
    return Comparison("pres", difference, difference - 0.1, difference + 0.1, 0.004, 0.008, n_subjects=5, n_cells=5)
