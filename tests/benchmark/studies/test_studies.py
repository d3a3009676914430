"""A study is usual runs and one table: it resumes, its units are reused, its table holds the published rows."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pytest
from run_fakes import FEW, Bench, files_of

from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.reuse import take_units
from dreambench.benchmark.runs.units import Unit, read_manifest
from dreambench.benchmark.studies.declaration import load_study, study_names
from dreambench.benchmark.studies.planning import check_references, chosen_subjects, in_one_training, plan_study
from dreambench.dataset.errors import UserError
from dreambench.reports.published import read_data

STUDY = """
name = "{name}"
question = "What does a shade change?"
suite = "{suite}"
method = "fake"
metrics = ["dino", "clip_t"]
axis = "shade"
{extra}
[[variants]]
name = "light"
label = "light pictures"
settings = {{ shade = {shade} }}

[[variants]]
name = "dark"
settings = {{ shade = 0 }}

[[published]]
label = "A paper's"
source = "Table 9"
values = {{ dino = 0.5 }}
"""
INLINE = ("--device", "cpu", "--engine", "inline", *FEW)


def write_study(path: Path, suite: Path, *, shade: int = 50, extra: str = "") -> Path:
    path.write_text(STUDY.format(name=path.stem, suite=suite, shade=shade, extra=extra))
    return path


def row_labels(folder: Path) -> list[str]:
    return [row["method"] for row in csv.DictReader(io.StringIO((folder / "table.csv").read_text()))]


def pictures(folder: Path) -> dict[str, str]:
    return {name: digest for name, digest in files_of(folder).items() if "/images/" in name or "/prior/" in name}


def test_a_study_of_ones_own_is_shown_in_whatever_encoding_it_is(bench: Bench, tmp_path: Path, suite: Path) -> None:
    write_study(path := tmp_path / "own.toml", suite)
    text = path.read_text()
    path.write_bytes(text.encode("utf-16"))
    shown = bench("show", "own.toml", command="studies")
    assert shown.exit_code == 0, shown.output
    assert shown.stdout == text


def test_a_study_ends_in_one_table_one_plot_and_one_page(bench: Bench, tmp_path: Path, suite: Path) -> None:
    (tmp_path / "own.py").write_text("def told(event):\n    print('told of', type(event).__name__, event.folder)\n")
    result = bench(str(write_study(tmp_path / "shades.toml", suite)), *INLINE, "--hook", "own.py:told", command="study")
    assert result.exit_code == 0, result.output
    assert all(f"told of RunDone studies/shades-tiny/{name}-seed0" in result.stderr for name in ("light", "dark"))
    (folder,) = (tmp_path / "studies").iterdir()
    for form in ("txt", "md", "tex", "csv", "json"):
        assert "light pictures" in (folder / f"table.{form}").read_text()
    assert row_labels(folder)[:2] == ["light pictures", "dark"]
    assert "published: Table 9" in result.output
    assert "0.500" in (folder / "table.md").read_text()
    number = r"[+-]0\.\d{3}"
    sentence = rf"dark minus light pictures, paired, Holm-corrected: DINO {number} \({number} to {number}, p 0\.\d{{3}}\)"
    assert re.search(sentence, (folder / "table.md").read_text())
    assert "<svg" in (folder / "plot.svg").read_text()
    page = (folder / "page" / "index.html").read_text()
    assert "What does a shade change?" in page
    assert f"bench study {tmp_path / 'shades.toml'} --prompts 0,20 --images-per-prompt 2" in page
    assert "published: Table 9" in page
    assert not re.search(r'class="note">[^<]*What does a shade change', page)  # its heading says it
    assert {path.name for path in folder.iterdir() if path.is_dir()} == {"light-seed0", "dark-seed0", "page"}


def test_a_study_with_a_failed_unit_goes_on_and_ends_as_an_unbroken_one(bench: Bench, tmp_path: Path, suite: Path) -> None:
    trouble = tmp_path / "trouble"
    trouble.touch()
    broken = write_study(tmp_path / "shades.toml", suite)
    subjects = [path.name for path in sorted((suite.parent / load_suite(suite).dataset).iterdir()) if path.is_dir()]
    text = broken.read_text().replace("shade = 0", f'shade = 0, fail_on = "{subjects[-1]}", trouble_while = "{trouble}"')
    broken.write_text(text)
    first = bench(str(broken), *INLINE, "--out", "a/one", command="study")
    assert first.exit_code == 3
    assert "The study stopped at 'dark'" in first.output
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "a").rglob("*.json") if "units" in path.parts}
    assert len(kept) == 2 * len(subjects) - 1
    trouble.unlink()
    again = bench(str(broken), *INLINE, "--out", "a/one", command="study")
    assert again.exit_code == 0, again.output
    assert all(path.stat().st_mtime_ns == time for path, time in kept.items())
    unbroken = bench(str(broken), *INLINE, "--out", "b/one", command="study")
    assert unbroken.exit_code == 0
    assert pictures(tmp_path / "a") == pictures(tmp_path / "b")
    assert (tmp_path / "a/one/table.json").read_text().replace("a/one", "b/one") == (tmp_path / "b/one/table.json").read_text()


def test_a_second_study_makes_no_unit_that_the_first_has(
    bench: Bench, tmp_path: Path, suite: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = write_study(tmp_path / "one.toml", suite)
    two = write_study(tmp_path / "two.toml", suite)
    assert bench(str(one), *INLINE, command="study").exit_code == 0
    monkeypatch.setattr(
        "dreambench.benchmark.engine.inline.Inline.run", lambda *_: pytest.fail("a unit is made that is there already")
    )
    result = bench(str(two), *INLINE, command="study")
    assert result.exit_code == 0, result.output
    folders = sorted((tmp_path / "studies").iterdir())
    assert [folder.name.split("-")[0] for folder in folders] == ["one", "two"]
    assert pictures(folders[0] / "dark-seed0") == pictures(folders[1] / "dark-seed0")


def test_units_of_bench_run_are_taken_too_and_other_settings_are_not(bench: Bench, tmp_path: Path, suite: Path) -> None:
    assert bench("--set", "shade=50", *FEW).exit_code == 0
    (made,) = (tmp_path / "runs").iterdir()
    assert bench(str(write_study(tmp_path / "one.toml", suite)), *INLINE, command="study").exit_code == 0
    (folder,) = (tmp_path / "studies").iterdir()
    picture = next((made / "images").rglob("*.png")).relative_to(made)
    assert (folder / "light-seed0" / picture).samefile(made / picture)
    assert not (folder / "dark-seed0" / picture).samefile(made / picture)


def test_a_damaged_or_foreign_unit_is_not_taken(bench: Bench, tmp_path: Path) -> None:
    assert bench(*FEW, "--out", "donor").exit_code == 0
    donor = RunFolder(tmp_path / "donor")
    manifests = [read_manifest(path) for path in sorted((donor.root / "units").iterdir())]
    units = [Unit(manifest.subject, manifest.key) for manifest in manifests if manifest is not None]
    next((donor.images / units[0].subject).rglob("*.png")).write_bytes(b"changed")
    escaping = json.loads(donor.manifest_file(units[1].subject).read_text())
    escaping["images"] = {"images/../run.json": files_of(donor.root)["run.json"]}
    donor.manifest_file(units[1].subject).write_text(json.dumps(escaping))
    taken = take_units(RunFolder(tmp_path / "new"), units, [tmp_path / "gone", donor.root])
    assert set(taken) == {unit.subject for unit in units[2:]}
    other = [Unit(units[2].subject, "0" * 64)]
    assert not take_units(RunFolder(tmp_path / "newer"), other, [donor.root])


def test_seeds_are_averaged_and_subjects_stay_what_is_counted(bench: Bench, tmp_path: Path, suite: Path) -> None:
    path = write_study(tmp_path / "shades.toml", suite)
    means = []
    for seeds in ("0", "1", "0,1"):
        result = bench(str(path), *INLINE, "--seeds", seeds, "--out", f"s/{seeds}", "--format", "csv", command="study")
        assert result.exit_code == 0, result.output
        means.append(float(next(csv.DictReader(io.StringIO(result.stdout)))["dino"]))
    assert means[2] == pytest.approx(np.mean(means[:2]), abs=2e-6)
    assert "mean over 2 seeds" in (tmp_path / "s/0,1/table.txt").read_text()


def test_mistakes_in_a_study_are_told_before_any_work(bench: Bench, tmp_path: Path, suite: Path) -> None:
    path = write_study(tmp_path / "shades.toml", suite)
    good = path.read_text()
    for wrong, said in (
        (good.replace("{ shade = 0 }", "{ shad = 0 }"), "did you mean 'shade'"),
        (good.replace('name = "dark"', 'name = "light"'), "two variants are called 'light'"),
        (good.replace('label = "light', 'lable = "light'), "did you mean 'label'"),
        (good.replace("{ shade = 0 }", "{ shade = 0 }\nsampler = { guidance = 3.0 }"), "guidance_scale"),
        (
            good.replace('axis = "shade"', 'axis = "shade"\nas_good_as = "drak"'),
            "there is no variant 'drak'; did you mean 'dark'",
        ),
    ):
        path.write_text(wrong)
        result = bench(str(path), *INLINE, command="study")
        assert result.exit_code == 2, result.output
        assert said in result.output
    assert "did you mean 'guidance'" in bench("guidanc", command="study").output
    assert not (tmp_path / "studies").exists()


def with_references(path: Path, suite: Path, counts: tuple[int, int]) -> Path:
    """A study whose variants see so many reference images, one kept back from both."""
    write_study(path, suite, extra="hold_out = 1")
    text = path.read_text().replace('"clip_t"', '"dino_unseen"').replace('axis = "shade"', 'axis = "references"')
    for name, count in zip(("light", "dark"), counts, strict=True):
        text = text.replace(f'name = "{name}"', f'name = "{name}"\nreferences = {count}')
    path.write_text(text)
    return path


def test_variants_may_differ_in_how_many_references_they_see(bench: Bench, tmp_path: Path, suite: Path) -> None:
    path = with_references(tmp_path / "seen.toml", suite, (1, 2))
    result = bench(str(path), *INLINE, "--subjects", "can,dog", "--out", "s", command="study")
    assert result.exit_code == 0, result.output
    assert "DINO unseen" in (tmp_path / "s/table.txt").read_text()
    assert "the order" not in (tmp_path / "s/table.txt").read_text()  # one encoder, however many of its metrics
    one, two = (json.loads((tmp_path / f"s/{name}-seed0/run.json").read_text())["references"] for name in ("light", "dark"))
    assert one["unseen"] == two["unseen"]
    for subject in ("can", "dog"):
        assert set(one["seen"][subject]) < set(two["seen"][subject])


def test_a_study_that_needs_more_references_than_there_are_is_refused_before_any_work(
    bench: Bench, tmp_path: Path, suite: Path
) -> None:
    path = with_references(tmp_path / "seen.toml", suite, (1, 3))
    result = bench(str(path), *INLINE, "--subjects", "can,dog", command="study")  # can has 3 images
    assert result.exit_code == 2
    assert "The subject 'can' has 3 reference images" in " ".join(result.output.split())
    assert not (tmp_path / "studies").exists()


def with_steps(path: Path, suite: Path) -> Path:
    """A study whose variants differ in their number of steps alone."""
    write_study(path, suite)
    text = (
        path.read_text()
        .replace("{ shade = 50 }", "{ steps = 5, darker = 4 }")
        .replace("{ shade = 0 }", "{ steps = 2, darker = 4 }")
    )
    path.write_text(text.replace('axis = "shade"', 'axis = "steps"'))
    return path


def test_variants_that_differ_in_steps_alone_are_one_training(bench: Bench, tmp_path: Path, suite: Path) -> None:
    path = with_steps(tmp_path / "steps.toml", suite)
    result = bench(str(path), *INLINE, "--out", "s/one", command="study")
    assert result.exit_code == 0, result.output
    trained = (tmp_path / "cache/trainings.txt").read_text().splitlines()
    assert trained == ["can 2 5", "dog 2 5", "vase 2 5"]
    table = " ".join((tmp_path / "s/one/table.txt").read_text().split())
    assert "Best steps by DINO, subject by subject: " in table
    assert "along steps?" in (tmp_path / "s/one/page/index.html").read_text()
    assert "Loss against steps is not drawn of light pictures, dark" in table  # the fake records no such losses
    for name in ("cost", "curve"):
        assert "<svg" in (tmp_path / f"s/one/{name}.svg").read_text()
    for name, steps in (("light", 5), ("dark", 2)):
        assert bench(*FEW, "--set", f"steps={steps}", "--set", "darker=4", "--out", name).exit_code == 0
        assert pictures(tmp_path / name) == pictures(tmp_path / f"s/one/{name}-seed0")
    assert bench(str(path), *INLINE, "--out", "s/two", command="study").exit_code == 0
    assert (tmp_path / "cache/trainings.txt").read_text().splitlines() == trained  # the second study took the first one's units


def test_only_runs_that_differ_in_steps_alone_are_put_together(tmp_path: Path) -> None:
    study = load_study("steps")
    runs = plan_study(study, suite="mini", seeds=(0, 1), out=tmp_path)
    groups = in_one_training(runs)
    assert [[run.value("steps") for run in group] for group in groups] == [[10, 25, 50, 100, 200, 400, 800]] * 2
    assert [{run.seed for run in group} for group in groups] == [{0}, {1}]
    assert in_one_training(plan_study(load_study("guidance"), suite="mini", seeds=(0, 1), out=tmp_path)) == []
    twice = [variant.model_copy(update={"settings": {"steps": 100}}) for variant in study.variants[:2]]
    same = study.model_copy(update={"variants": tuple(twice)})
    assert in_one_training(plan_study(same, suite="mini", seeds=(0,), out=tmp_path)) == []


def test_hold_out_and_references_choose_for_every_variant_in_a_folder_of_its_own(
    bench: Bench, tmp_path: Path, suite: Path
) -> None:
    path = write_study(tmp_path / "shades.toml", suite)
    path.write_text(path.read_text().replace('"clip_t"', '"dino_unseen"'))
    result = bench(str(path), *INLINE, "--subjects", "can,dog", "--hold-out", "1", "--references", "2", command="study")
    assert result.exit_code == 0, result.output
    (folder,) = (tmp_path / "studies").iterdir()
    assert folder.name.startswith("shades-tiny-holdout1-references2")
    assert "DINO unseen" in (folder / "table.txt").read_text()
    assert "--hold-out 1 --references 2" in (folder / "page/index.html").read_text()
    for name in ("light", "dark"):
        chosen = json.loads((folder / f"{name}-seed0/run.json").read_text())["references"]
        assert (chosen["hold_out"], {len(seen) for seen in chosen["seen"].values()}) == (1, {2})
    refused = bench("references", "--references", "2", command="study")
    assert refused.exit_code == 2
    assert "say themselves how many reference images are seen" in " ".join(refused.output.split())


def test_a_quick_study_has_more_than_one_of_its_subjects() -> None:
    study = load_study("references")
    assert chosen_subjects(study, None, None, quick=True) == study.subjects[:6]
    assert chosen_subjects(study, None, None, quick=False) == study.subjects
    assert chosen_subjects(load_study("prior-preservation"), None, None, quick=True) == (
        "backpack_dog", "can", "cat", "dog", "robot_toy", "teapot",
    )  # fmt: skip


def test_a_guidance_scale_changes_the_sampler_alone(tmp_path: Path) -> None:
    runs = plan_study(load_study("guidance"), suite="mini", seeds=(0,), out=tmp_path)
    assert [run.value("guidance_scale") for run in runs] == [4.0, 1.0, 2.0, 6.0, 10.0]
    suite = load_suite("mini")
    assert all(run.suite.model_copy(update={"sampler": suite.sampler}) == suite for run in runs)


@pytest.mark.parametrize("name", study_names())
def test_every_built_in_study_can_be_planned_on_every_suite_and_cites_the_shipped_tables(name: str, tmp_path: Path) -> None:
    study = load_study(name)
    check_references(study, "mini", study.subjects)
    for suite in ("mini", "sd15"):
        assert len(plan_study(study, suite=suite, seeds=(0, 1), out=tmp_path)) == 2 * len(study.variants)
    printed = {(row["method"], row["source"]): row for row in read_data("published_scores.csv")}
    for number in read_data("paper_tables.csv"):  # a number a row
        printed[number["setting"], number["source"]] = {number["measure"].lower(): number["value"]}
    for row in study.published:
        there = printed[row.label, row.source]
        assert {key: float(there[key]) for key in row.values} == row.values


def test_a_seed_that_is_named_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="different numbers"):
        plan_study(load_study("guidance"), suite="mini", seeds=(1, 1), out=tmp_path)
