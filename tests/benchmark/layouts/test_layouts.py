"""A run's images under the names of other code bases have the run's own scores."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image
from run_fakes import FEW, Bench

import dreambench
from dreambench.benchmark.api.own_suite import unlike_in_size
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.layouts import layout_names, load_layout
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError

#: Of 3 subjects, prompts 0 and 20: what is asked.
TEXTS = {
    ("can", 0): "a can in the jungle",
    ("can", 20): "a red can",
    ("dog", 0): "a dog in the jungle",
    ("dog", 20): "a red dog",
}
TEXTS |= {("vase", 0): "a vase in the jungle", ("vase", 20): "a red vase"}


def _uno(folder: Path, subject: str, prompt: int, index: int) -> Path:
    item = 25 * sorted({name for name, _ in TEXTS}).index(subject) + prompt
    about = {"prompt": TEXTS[subject, prompt], "image_paths": [f"data/dreambench/{subject}/00.jpg"]}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{item}_{index}.json").write_text(json.dumps(about))
    return folder / f"{item}_{index}.png"


#: Layout -> where an image lies.
NAMES: dict[str, Callable[[Path, str, int, int], Path]] = {
    "diffusers-dreambooth": lambda folder, subject, prompt, index: (
        folder / subject / TEXTS[subject, prompt] / f"image_{index}.png"
    ),
    "dreambench-plus": lambda folder, subject, prompt, index: folder / "tgt_image" / subject / f"{prompt}_{index}.png",
    "kosmos-g": lambda folder, subject, prompt, index: (
        folder / f"{subject}+00+{100 + 7 * index + prompt}+{TEXTS[subject, prompt]}.png"
    ),
    "oft": lambda folder, subject, prompt, index: folder / f"{subject}-{prompt}" / "5" / f"image_{index}.png",
    "uno": _uno,
}


def _scores(folder: Path) -> pd.DataFrame:
    frame = pd.read_parquet(folder / "scores.parquet").sort_values(["subject", "prompt_index", "image_index"])
    return frame.drop(columns=["path"]).reset_index(drop=True)


def test_every_ready_layout_is_tried_here() -> None:
    assert set(NAMES) == set(layout_names())
    for name in layout_names():
        layout = load_layout(name)
        assert layout.name == name
        assert "github.com/" in layout.source, name


def test_images_named_as_by_other_code_bases_have_the_runs_scores(bench: Bench, suite: Path, tmp_path: Path) -> None:
    assert bench(*FEW, "--out", "run").exit_code == 0
    made = _scores(tmp_path / "run")
    for name, path_of in NAMES.items():
        for row in made.itertuples():
            target = path_of(tmp_path / name, str(row.subject), int(str(row.prompt_index)), int(str(row.image_index)))
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(
                tmp_path / "run" / "images" / str(row.subject) / f"{row.prompt_index:02d}" / f"{row.image_index}.png", target
            )
        out = f"{name}-scored"
        options = (*FEW, "--suite", str(suite), "--prior", "run/prior", "--layout", name, "--out", out)
        scored = bench(name, *options, command="score")
        assert scored.exit_code == 0, scored.output
        pd.testing.assert_frame_equal(_scores(tmp_path / out), made)


def test_a_plan_is_taken_back_as_a_manifest(tmp_path: Path) -> None:
    planned = dreambench.plan(subjects="dog,can", prompts="0,20", images_per_prompt=2, seed=3)
    (tmp_path / "plan.jsonl").write_text("\n".join(planned.jsonl()))
    mini = load_dataset("mini")
    for number, image in enumerate(planned.images):
        path = tmp_path / "drawn" / image.path
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(image.references[number % len(image.references)], path)
        prompt = mini.prompts(mini.subject(image.subject))[image.prompt]
        assert image.text == prompt.text(image.class_noun)
        assert image.template == prompt.template
    options = {"suite": "mini", "subjects": ["dog", "can"], "prompts": [0, 20], "metrics": ["dino", "clip_t"]}
    listed = dreambench.score(tmp_path / "drawn", manifest=tmp_path / "plan.jsonl", images_per_prompt=2, **options)
    usual = dreambench.score(tmp_path / "drawn", images_per_prompt=2, **options)
    pd.testing.assert_frame_equal(listed.images.drop(columns=["path"]), usual.images.drop(columns=["path"]))
    assert listed.remarks == usual.remarks


def test_a_plans_seeds_are_those_of_a_run() -> None:
    from dreambench.baselines.seeds import derive_seed

    planned = dreambench.plan(subjects=["dog"], prompts=[2], images_per_prompt=2, seed=5).images
    assert [image.seed for image in planned] == [derive_seed("image", 5, "dog", "live/02", index) for index in (0, 1)]
    assert len({image.seed for image in dreambench.plan(quick=True).images}) == 120


def test_an_unknown_layout_names_the_nearest() -> None:
    with pytest.raises(UserError, match="There is no layout 'kosmosg'; did you mean 'kosmos-g'"):
        load_layout("kosmosg")


def test_pictures_far_larger_than_the_suite_draws_are_remarked_up_to_the_leaderboard(tmp_path: Path) -> None:
    words = (
        "The pictures have 512 pixels on their short side, those of the suite 'mini' 64: if they show another suite's subjects"
    )
    mini = load_dataset("mini")
    for subject in ("dog", "can"):
        for index, picture in enumerate(mini.references(mini.subject(subject))[:2]):
            target = tmp_path / "photos" / subject / "00" / f"{index}.png"
            target.parent.mkdir(parents=True, exist_ok=True)
            picture.resize((512, 512)).save(target)
    options = {"suite": "mini", "subjects": ["dog", "can"], "prompts": [0], "images_per_prompt": 2, "metrics": ["dino"]}
    scored = dreambench.score(tmp_path / "photos", out=tmp_path / "scored", **options)
    assert any(remark.startswith(words) for remark in scored.remarks)
    handed_in = dreambench.submit(tmp_path / "scored", name="Mine", authors="A. Nyone", out=tmp_path / "board" / "mine.json")
    assert any(remark.startswith(words) for remark in handed_in.submission.provenance.remarks)
    dreambench.leaderboard(tmp_path / "board", out=tmp_path / "page")
    pages = [file.read_text(encoding="utf-8") for file in (tmp_path / "page").rglob("*.html")]
    assert any("those of the suite &#39;mini&#39; 64" in page for page in pages)
    assert any("on mini (drawn miniature)" in page for page in pages)


@pytest.mark.parametrize(("side", "is_told"), [(15, True), (16, False), (64, False), (128, False), (129, True)])
def test_sizes_far_from_the_suites_are_told_both_ways(side: int, is_told: bool, tmp_path: Path) -> None:
    mini = load_dataset("mini")
    Image.new("RGB", (side, side + 7)).save(tmp_path / "0.png")
    remarks = unlike_in_size([str(tmp_path / "0.png")], load_suite("mini"), mini)
    assert bool(remarks) == is_told
    assert all(f"have {side} pixels on their short side, those of the suite 'mini' 64" in remark for remark in remarks)


def test_pictures_of_the_suites_size_are_not_remarked(tmp_path: Path) -> None:
    mini = load_dataset("mini")
    (tmp_path / "drawn" / "dog" / "00").mkdir(parents=True)
    shutil.copy(mini.reference_paths(mini.subject("dog"))[0], tmp_path / "drawn" / "dog" / "00" / "0.png")
    scored = dreambench.score(
        tmp_path / "drawn", suite="mini", subjects=["dog"], prompts=[0], images_per_prompt=1, metrics=["dino"]
    )
    assert not any("pixels" in remark for remark in scored.remarks)
