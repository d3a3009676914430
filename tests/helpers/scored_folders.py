"""A scored folder with real pictures and made-up scores, as `bench score --out` leaves it: packing needs no encoder."""

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from rehashed import rehashed
from speed.scored_runs import ENCODERS, MINIATURE, made_up_scores

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.declarations.recorded import DatasetRecord, RecordedProtocol
from dreambench.benchmark.machine.environment import Environment
from dreambench.benchmark.results.own_scores import remember
from dreambench.benchmark.results.summary import About, PriorFolder
from dreambench.benchmark.results.writing import summary_of, write_scores
from dreambench.benchmark.runs.record import RUN_FILE, RunRecord, SelectionRecord
from dreambench.benchmark.runs.units import UnitManifest, UnitSeconds, write_manifest
from dreambench.benchmark.scoring.evaluate import Evaluation
from dreambench.benchmark.scoring.tables import ABOUT_IMAGE, SHA256, Scores
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.hashing import sha256_file
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.subjects import SUBJECTS

N_SUBJECTS, N_PROMPTS, N_IMAGES, N_PRIORS = 3, 2, 2, 2
CHOSEN = SUBJECTS[:N_SUBJECTS]


def write_pictures(folder: Path, *, seed: int = 0) -> None:
    """images/<subject>/<NN>/<k>.png and prior/<subject>/<k>.png, each another picture."""
    draw = np.random.default_rng(seed)
    names = [
        f"images/{s.id}/{prompt:02d}/{index}.png" for s in CHOSEN for prompt in range(N_PROMPTS) for index in range(N_IMAGES)
    ]
    names += [f"prior/{subject.id}/{index}.png" for subject in CHOSEN for index in range(N_PRIORS)]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 255, (32, 32, 3)).astype("uint8")).save(folder / name)


def made_up_tables(protocol: Protocol, folder: Path, *, seed: int) -> Scores:
    """Scores of the pictures in a folder, each within its metric's bounds."""
    prints = {role: ENCODERS.get(role, "3" * 64) for role in protocol.encoders}
    made = made_up_scores(
        seed=seed, subjects=N_SUBJECTS, prompts=range(N_PROMPTS), images=N_IMAGES, protocol=protocol, encoders=prints
    )
    paths = [folder / "images" / path for path in made.images["path"]]
    images = made.images.assign(path=[str(path) for path in paths])
    images.insert(ABOUT_IMAGE.index("path") + 1, SHA256, [sha256_file(path) for path in paths])
    subjects = made.subjects.assign(n_pairs=5.0 * made.subjects["n_images"]).set_index("subject")
    for info in made.metrics:
        if info.level == "image":
            images[info.key] = images[info.key].clip(info.low, info.high)
            subjects[info.key] = images.groupby("subject")[info.key].mean()
        subjects[info.key] = subjects[info.key].clip(info.low, info.high)
    return Scores(images, subjects.reset_index()[made.subjects.columns], made.metrics)


def write_folder(
    folder: Path,
    pictures: Path,
    *,
    protocol: Protocol = MINIATURE,
    method: str | None = "theirs",
    seed: int = 0,
    prompts: tuple[Prompt, ...] = (),
    says_where_priors_lie: bool = True,
    **about: Any,
) -> Path:
    """Write a scored folder.

    Args:
        folder: that is written.
        pictures: as `write_pictures` made them.
        protocol: that they are said to be made under.
        method: the method's name.
        seed: of the scores.
        prompts: the dataset's own.
        says_where_priors_lie: whether the summary names the folder of prior images.
        about: more of the summary's fields.
    """
    scores = made_up_tables(protocol, pictures, seed=seed)
    prior = PriorFolder(folder=str(pictures / "prior"), each=N_PRIORS) if says_where_priors_lie else None
    fields = {
        "method": method,
        "suite": "mini",
        "dataset": DatasetRecord.model_validate(load_dataset("mini").record()),
        "images": str(pictures / "images"),
        "prior": prior,
    }
    summary = summary_of(
        Evaluation(scores, {"real_images": made_up_tables(protocol, pictures, seed=99)}, 1.0, prompts),
        about=About(**(fields | about)),
        protocol=protocol,
        encoders={role: ENCODERS.get(role, "3" * 64) for role in protocol.encoders},
        seconds={},
        environment=Environment(versions={"dreambench": "1"}, hardware={"cores": 2}),
    )
    folder.mkdir(parents=True)
    write_scores(folder, scores, summary, images=pictures / "images")
    remember(folder, images=pictures / "images", prior=pictures / "prior")
    return folder


def make_it_a_run(folder: Path, pictures: Path, *, steps: int, **changes: Any) -> None:
    """Add what `bench run` leaves: run.json and the units' manifests; the pictures lie in the run's own folder."""
    for name in ("images", "prior"):
        (pictures / name).rename(folder / name)
    summary = json.loads((folder / "summary.json").read_text())
    record = RunRecord(
        **{
            "suite": "mini",
            "method": summary["method"],
            "seed": 0,
            "settings": {"steps": steps},
            "selection": SelectionRecord(
                subjects=tuple(subject.id for subject in CHOSEN),
                prompts=tuple(range(N_PROMPTS)),
                images_per_prompt=N_IMAGES,
            ),
            "prior_images": N_PRIORS,
            "dataset": summary["dataset"],
            "base_model": "4" * 64,
            "model": "mini",
            "protocol": RecordedProtocol.model_validate(summary["protocol"]),
            "fingerprint": summary["fingerprint"],
            "encoders": "5" * 64,
            "suite_file": 'name = "mini"\n',
            "command": ("bench", "run", "--method", str(summary["method"])),
            "started": "2026-07-30T12:00:00+00:00",
            **changes,
        }
    )
    (folder / RUN_FILE).write_text(record.model_dump_json())
    import pandas as pd

    frame = pd.read_parquet(folder / "scores.parquet")
    frame.assign(path="images/" + frame["path"]).to_parquet(folder / "scores.parquet", index=False)
    (folder / "units").mkdir()
    for subject in CHOSEN:
        manifest = UnitManifest(
            key="6",
            subject=subject.id,
            images=hashes_below(folder, f"images/{subject.id}"),
            prior=hashes_below(folder, f"prior/{subject.id}"),
            losses=(),
            steps=steps,
            details={},
            seconds=UnitSeconds(train=1.0, sample=1.0),
            peak_memory_bytes=1,
            peak_device_memory_bytes=None,
            environment={},
        )
        write_manifest(folder / "units" / f"{subject.id}.json", manifest)
    rehashed(folder)


def hashes_below(root: Path, folder: str) -> dict[str, str]:
    """Path below a run's folder -> SHA-256, of all pictures of one of its folders."""
    return {path.relative_to(root).as_posix(): sha256_file(path) for path in sorted((root / folder).rglob("*.png"))}
