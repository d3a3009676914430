"""The Slurm scripts of docs/clusters.md, run by bash with Slurm's commands in fakes that write down what they were given."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from command_words import parse
from doc_pages import read_page
from repository import ROOT

from dreambench.benchmark.runs.shard import Shard, parse_shard

SCRIPTS = {block.file: block.text for block in read_page(ROOT / "docs" / "clusters.md").blocks if block.file is not None}
#: Every fake appends its words to the file `said` and ends with the code in CODE_<name>.
FAKE = """#!/bin/bash
echo "{name} $(printf '%q ' "$@")" >> said
if [ {name} = sbatch ]; then echo 4711; fi
if [ {name} = srun ]; then "$@"; exit $?; fi
exit "${{CODE_{name}:-0}}"
"""


def ended(script: str, folder: Path, **variables: str) -> tuple[int, list[list[str]]]:
    """How a script ends, and the commands that it gave, without srun."""
    for name in ("bench", "srun", "scontrol", "sbatch"):
        (folder / name).write_text(FAKE.format(name=name))
        (folder / name).chmod(0o755)
    path = folder / script
    path.write_text(SCRIPTS[script])
    checked = subprocess.run(["bash", "-n", str(path)], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
    (folder / "said").unlink(missing_ok=True)
    environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "SLURM_SUBMIT_DIR": str(folder), **variables}
    done = subprocess.run(["bash", "-u", str(path)], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert not done.stderr
    said = [shlex.split(line) for line in (folder / "said").read_text().splitlines()]
    return done.returncode, [words for words in said if words[0] != "srun"]


def test_every_script_begins_as_sbatch_wants_it() -> None:
    assert set(SCRIPTS) == {"train.sh", "merge.sh", "submit.sh"}
    assert all(text.startswith("#!/bin/bash\n") for text in SCRIPTS.values())


def test_the_tasks_of_the_array_are_all_parts_of_one_run(tmp_path: Path) -> None:
    first, last = SCRIPTS["train.sh"].partition("--array=")[2].split()[0].split("-")
    shards = []
    for task in range(int(first), int(last) + 1):
        code, said = ended("train.sh", tmp_path, SLURM_ARRAY_TASK_ID=str(task), SLURM_ARRAY_JOB_ID="4711")
        assert code == 0
        (words,) = said
        parse(words[1:])
        shards.append(parse_shard(words[words.index("--shard") + 1]))
    assert shards == [Shard(number, int(last)) for number in range(1, int(last) + 1)]


def test_the_merge_takes_the_folders_that_the_tasks_have(tmp_path: Path) -> None:
    names = [f"runs/sd15-dreambooth-seed0-{number}-of-8" for number in range(1, 9)]
    for name in names:
        (tmp_path / name).mkdir(parents=True)
    _, said = ended("merge.sh", tmp_path)
    (words,) = said
    assert words == ["bench", "merge", *names, "--out", "runs/sd15-dreambooth-seed0"]
    parse(words[1:])


@pytest.mark.parametrize(("code", "restarts", "again"), [(3, "", True), (3, "9", True), (3, "10", False), (2, "", False)])
def test_a_task_that_was_stopped_comes_back_and_one_with_a_mistake_does_not(
    tmp_path: Path, code: int, restarts: str, again: bool
) -> None:
    counted = {"SLURM_RESTART_COUNT": restarts} if restarts else {}
    variables = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_JOB_ID": "4711", "CODE_bench": str(code), **counted}
    found, said = ended("train.sh", tmp_path, **variables)
    assert found == code
    assert (["scontrol", "requeue", "4711_2"] in said) is again


def test_the_merge_waits_for_the_array(tmp_path: Path) -> None:
    _, said = ended("submit.sh", tmp_path)
    assert said == [["sbatch", "--parsable", "train.sh"], ["sbatch", "--dependency=afterok:4711", "merge.sh"]]
