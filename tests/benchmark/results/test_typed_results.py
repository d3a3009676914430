"""run.json and summary.json: one record each, in and out; what is not one, or of another version, is refused in a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest
from metric_plugin import Install
from speed.scored_runs import ENCODERS, made_up_scores, write_scored

from dreambench.benchmark.api.compare import compare
from dreambench.benchmark.api.open_run import open_run
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.declarations.recorded import RecordedProtocol
from dreambench.benchmark.results.summary import Summary, read_summary
from dreambench.benchmark.runs.record import RUN_FILE, RunRecord, read_run_record
from dreambench.dataset.errors import UserError

SMALL: dict[str, Any] = {"subjects": 6, "prompts": (0, 3), "images": 2}
RECORD: dict[str, Any] = {
    "format": 2,
    "suite": "mini",
    "method": "dreambooth",
    "seed": 3,
    "settings": {"steps": 10, "templates": ["a", "b"], "initializer": None},
    "selection": {"subjects": ["can", "dog"], "prompts": [0, 3], "images_per_prompt": 4},
    "prior_images": 8,
    "dataset": {"name": "mini", "checksum": "c" * 64},
    "base_model": "b" * 64,
    "sampler": {"steps": 20},
    "protocol": load_protocol("miniature").record(),
    "fingerprint": "0123456789ab",
    "encoders": "e" * 64,
    "encoder_fingerprints": {"dino": "d" * 64, "clip": None},
    "suite_file": 'name = "mini"\n',
    "command": ["bench", "run"],
    "started": "2026-01-01T00:00:00+00:00",
    "versions": {"dreambench": "0.2"},
    "hardware": {"cores": 2, "gpus": []},
    "git_commit": "abc-dirty",
    "platform": "Linux",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_scored(tmp_path / "a", made_up_scores(seed=1, **SMALL), method="a", seed=3, settings={"steps": [1, None]})


def test_a_summary_is_read_back_as_it_was_written_and_written_as_it_was_read(folder: Path, tmp_path: Path) -> None:
    summary = read_summary(folder / "summary.json")
    assert (summary.version, summary.method, summary.seed, summary.settings) == (2, "a", 3, {"steps": [1, None]})
    assert summary.protocol.declared() == load_protocol("miniature")
    summary.write(tmp_path / "again")
    assert (tmp_path / "again/summary.json").read_bytes() == (folder / "summary.json").read_bytes()
    assert read_summary(tmp_path / "again/summary.json") == summary


def test_a_run_record_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / RUN_FILE).write_text(json.dumps(RECORD))
    record = read_run_record(tmp_path)
    assert record == RunRecord.model_validate(RECORD)
    (tmp_path / RUN_FILE).write_text(record.model_dump_json())
    assert read_run_record(tmp_path) == record
    assert record.protocol.declared() == load_protocol("miniature")


def test_an_open_run_has_typed_records_and_frames(folder: Path) -> None:
    run = open_run(folder)
    assert run.record is None
    assert not run.is_run
    assert (run.method, run.protocol, run.fingerprint) == ("a", "miniature", run.summary.fingerprint)
    assert [info.key for info in run.metrics] == list(load_protocol("miniature").metrics)
    assert run.metric("dino") is not None
    assert run.metric("dyno") is None
    assert run.summary.overall["dino"].mean == pytest.approx(run.scores().images["dino"].mean())


def test_a_run_is_known_by_what_it_is_and_not_by_how_it_was_made() -> None:
    record = RunRecord.model_validate(RECORD)
    other = {"command": ["x"], "started": "", "hardware": {}, "versions": {}, "git_commit": None, "platform": "mine"}
    assert RunRecord.model_validate(RECORD | other).identity() == record.identity()
    for field, value in (("seed", 4), ("settings", {}), ("fingerprint", "f"), ("base_model", None), ("encoders", "x")):
        assert RunRecord.model_validate(RECORD | {field: value}).identity() != record.identity()


# ---------------------------------------------------------------- what is none

OLD_SUMMARY = {"method": "a", "protocol": "miniature", "fingerprint": "0123456789ab", "overall": {}, "per_kind": {}}


def test_results_of_the_first_version_are_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(json.dumps(OLD_SUMMARY))
    with pytest.raises(UserError, match=r"summary.json was written by dreambench 0\.1, .* score the images again with"):
        open_run(tmp_path)
    (tmp_path / RUN_FILE).write_text(json.dumps(RECORD | {"format": 1, "protocol": "miniature"}))
    with pytest.raises(UserError, match=r"made by dreambench 0\.1, .* `bench score .*images --suite mini --out DIR`"):
        read_run_record(tmp_path)


SUMMARIES: dict[str, tuple[Any, str]] = {
    "no JSON": ("{", "is not valid JSON"),
    "nested lists": ("[" * 100_000, "has tables or lists nested more than 100 deep"),
    "a long number": (f'{{"version": {"2" * 6000}}}', "has a whole number of more than 100 digits"),
    "a list": ([], "is not a summary of scores"),
    "another file": ({"format": "dreambench-baseline"}, "is not a summary of scores (n_subjects: field required)"),
    "version 3": ({"version": 3}, "is not a summary of scores (version: input should be 2)"),
    "means that are none": ({"overall": {"dino": {"mean": 1, "ci95": [1]}}}, "is not a summary of scores (overall.dino."),
    "a number that is none": ({"overall": {"dino": 3}}, "overall.dino: "),
    "an unknown field": ({"more": 1}, "more: extra inputs are not permitted"),
    "a metric without a level": ({"metrics": [{"key": "dino"}]}, "metrics.0."),
}


@pytest.mark.parametrize("case", SUMMARIES)
def test_a_summary_that_is_none_is_refused_with_the_place(folder: Path, case: str) -> None:
    values, says = SUMMARIES[case]
    path = folder / "summary.json"
    whole = json.loads(path.read_text())
    if isinstance(values, dict) and "format" not in values:
        values = whole | values
    path.write_text(values if isinstance(values, str) else json.dumps(values))
    with pytest.raises(UserError) as refusal:
        open_run(folder)
    message = str(refusal.value)
    assert says in message
    assert message.startswith(str(path))
    assert message.endswith("delete it and score the images again.")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ("{", "is not valid JSON"),
        ([], "is not the record of a run"),
        ({"seed": "one"}, "is not the record of a run (seed: input should be a valid integer"),
        ({"selection": {}}, "is not the record of a run (selection.subjects: field required)"),
        ({"format": 3}, "is not the record of a run (format: input should be 2)"),
    ],
)
def test_a_record_that_is_none_is_refused_with_the_place(tmp_path: Path, values: Any, says: str) -> None:
    text = values if isinstance(values, str) else json.dumps(values if isinstance(values, list) else RECORD | values)
    (tmp_path / RUN_FILE).write_text(text)
    with pytest.raises(UserError) as refusal:
        read_run_record(tmp_path)
    assert says in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_record_larger_than_any_is_not_read(folder: Path) -> None:
    with (folder / "summary.json").open("ab") as file:
        file.truncate(65 * 1024 * 1024)
    with pytest.raises(UserError, match="larger than 16 MB"):
        open_run(folder)


# ---------------------------------------------------------------- protocols of other people


def with_plug_in() -> Protocol:
    record = load_protocol("miniature").record()
    near = {"near": {"formula": "nearest", "encoder": "dino", "power": 2}}
    return Protocol.model_validate(record | {"name": "theirs", "metrics": record["metrics"] | near})


def test_results_under_a_plug_ins_formula_are_read_and_compared_where_the_plug_in_is_not(
    metric_plugin: Install, tmp_path: Path
) -> None:
    metric_plugin()
    protocol = with_plug_in()
    for name, seed in (("a", 1), ("b", 2)):
        scores = made_up_scores(seed=seed, protocol=protocol, **SMALL)
        write_scored(tmp_path / name, scores, method=name, protocol=protocol)
    metric_plugin(names="")  # it is gone
    run = open_run(tmp_path / "a")
    assert run.summary.protocol.metrics["near"] == {"formula": "nearest", "encoder": "dino", "power": 2}
    assert [column.label for column in compare(tmp_path / "a", tmp_path / "b").table.columns][-1] == "Nearest"
    with pytest.raises(UserError) as refusal:
        run.summary.protocol.declared()
    message = str(refusal.value)
    assert message.startswith(
        "The recorded protocol 'theirs' cannot be used here: [metrics.near]: There is no formula 'nearest'"
    )
    assert "\n" not in message


def test_a_recorded_protocol_keeps_all_that_was_declared(metric_plugin: Install) -> None:
    metric_plugin()
    for protocol in (load_protocol("kosmos-g"), load_protocol("custom-diffusion"), with_plug_in()):
        recorded = RecordedProtocol.of(protocol)
        assert recorded.declared() == protocol
        assert RecordedProtocol.model_validate_json(recorded.model_dump_json()).declared() == protocol
        assert recorded.declared().fingerprints(ENCODERS) == protocol.fingerprints(ENCODERS)


def test_a_recorded_protocol_writes_neutral_values_that_readers_need() -> None:
    record = RecordedProtocol.of(load_protocol("miniature")).model_dump(mode="json")
    assert (record["pooling"], record["scale"], record["images_per_prompt"]) == ("micro", 1.0, 4)
    assert Summary.model_fields["protocol"].annotation is RecordedProtocol
