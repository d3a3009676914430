"""A folder of submissions as strangers may have filled it: what is taken, and what is refused by name and why."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from speed.made_up_submissions import means_of, small

from dreambench.benchmark.metrics import MetricInfo
from dreambench.benchmark.submissions import read_submissions


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two good submissions."""
    for number in range(2):
        (tmp_path / f"good{number}.json").write_text(json.dumps(small(f"good {number}", seed=number)))
    return tmp_path


def subject_of(record: Any) -> Any:
    return next(iter(record["subjects"].values()))


def metric_of(record: Any, key: str) -> Any:
    return next(info for info in record["metrics"] if info["key"] == key)


def own_prompts(count: int) -> list[dict[str, Any]]:
    return [
        {"kind": kind, "index": index, "template": f"a {{0}} {{1}} number {index}"}
        for kind in ("object", "live")
        for index in range(count)
    ]


def without_declaration(record: Any) -> Any:
    record["protocol"]["declaration"] = None
    return record


def another_protocol(record: Any, **changes: Any) -> None:
    """A declaration that the rest of the submission does not follow."""
    record["protocol"]["declaration"] = record["protocol"]["declaration"] | changes


HOSTILE: dict[str, tuple[Callable[[Any], Any], str]] = {
    "script address": (lambda sent: sent.update(url="javascript:alert(1)"), "url"),
    "stated mean": (lambda sent: sent["summary"]["dino"].update(mean=0.99), "states a mean DINO"),
    "not a number": (lambda sent: subject_of(sent)["scores"].update(dino=float("nan")), "finite"),
    "endless number": (lambda sent: subject_of(sent)["scores"].update(dino=1e300), "1000000"),
    "no cosine": (lambda sent: subject_of(sent)["scores"].update(dino=7.0), "no image can have"),
    "yardstick beyond bounds": (
        lambda sent: sent["beside"]["real_images"]["dino"].update(mean=7.0),
        "yardstick real_images is 7",
    ),
    "taken name": (lambda sent: sent.update(name="GOOD 0"), "is that of good0.json"),
    "another subject": (lambda sent: sent["subjects"].update(unicorn=subject_of(sent)), "no subject unicorn"),
    "another class noun": (lambda sent: subject_of(sent).update(class_noun="unicorn"), "another class noun"),
    "prompt beyond the list": (lambda sent: subject_of(sent).update(prompts=[0, 25]), "not among the 25 for its kind"),
    "own prompts on ours": (lambda sent: sent["dataset"].update(own_prompts=own_prompts(2)), "prompts of its own"),
    "our name, other images": (lambda sent: sent["dataset"].update(checksum="0" * 64), "not that dataset's"),
    "other name, our images": (lambda sent: sent["dataset"].update(name="theirs"), "checksum is that of 'mini'"),
    "missing images": (lambda sent: sent["images"].popitem(), "hashes of"),
    "escaping image": (lambda sent: sent["images"].update({"../../x.png": "0" * 64}), "not of the form"),
    "escaping prior image": (lambda sent: sent["prior_images"].update({"../x.png": "0" * 64}), "not of the form"),
    "prior image of nobody": (lambda sent: sent["prior_images"].update({"unicorn/0.png": "0" * 64}), "it has no PRES"),
    "missing prior image": (lambda sent: sent["prior_images"].popitem(), "prior images 0 to 7"),
    "prior images of some": (
        lambda sent: [sent["prior_images"].pop(name) for name in [*sent["prior_images"]][:8]],
        "PRES of backpack, but not",
    ),
    "one prior image twice": (
        lambda sent: sent["prior_images"].update({"backpack/00.png": sent["prior_images"].pop("backpack/1.png")}),
        "PRES of backpack, but not",
    ),
    "unknown field": (lambda sent: sent.update(extra=1), "extra"),
    "turned text": (lambda sent: sent.update(name="a\u202eb"), "printable"),
    "turned label": (lambda sent: metric_of(sent, "dino").update(label="a\u202eb"), "printable"),
    "metric without scores": (lambda sent: [s["scores"].pop("div") for s in sent["subjects"].values()], "'div'"),
    "scores without a metric": (lambda sent: subject_of(sent)["scores"].update(other=0.5), "'other'"),
    "metric that nobody describes": (lambda sent: sent["beside"].update(x={"other": {"mean": 0.5}}), "'other'"),
    "metric described twice": (lambda sent: sent["metrics"].append(sent["metrics"][0]), "two metrics have the key 'dino'"),
    "two metrics of one label": (lambda sent: metric_of(sent, "div").update(label="DINO"), "two metrics have the label 'DINO'"),
    "bounds the wrong way": (lambda sent: metric_of(sent, "dino").update(low=2, high=1), "low must be below"),
    "wider bounds": (lambda sent: metric_of(sent, "dino").update(high=9.0), "says of DINO that its high is 9"),
    "turned direction": (lambda sent: metric_of(sent, "pres").update(higher_is_better=True), "its higher_is_better is True"),
    "another encoder": (lambda sent: metric_of(sent, "dino").update(encoder="clip"), "its encoder is clip"),
    "another metric's print": (lambda sent: metric_of(sent, "dino").update(fingerprint="0" * 12), "its fingerprint is 0000"),
    "another fingerprint": (lambda sent: sent["protocol"].update(fingerprint="0" * 12), "not that of its protocol"),
    "another encoder's print": (lambda sent: sent["protocol"]["encoders"].update(dino="9" * 64), "its fingerprint is"),
    "another pooling": (lambda sent: another_protocol(sent, pooling="macro"), "pooling is macro, but it states micro"),
    "another scale": (lambda sent: another_protocol(sent, scale=100), "scale is 100"),
    "a metric that the protocol lacks": (
        lambda sent: sent["protocol"]["declaration"]["metrics"].pop("div"),
        "no metric 'div'",
    ),
    "no protocol": (lambda sent: another_protocol(sent, references={}), "cannot be used here"),
    "a protocol without end": (lambda sent: another_protocol(sent, notes=["x" * 200_000]), "100,000 characters"),
    "pairs that nobody counted": (
        lambda sent: without_declaration(sent)["protocol"].update(pooling="pairs"),
        "does not say how many pairs",
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_and_inconsistent_submissions_are_refused_by_name_and_the_rest_taken(kind: str, folder: Path) -> None:
    breaking, reason = HOSTILE[kind]
    record = small("other", seed=5)
    breaking(record)
    if kind == "another subject":  # its means and hashes agree with it, so that only the dataset speaks against it
        record["summary"] = means_of(record["subjects"])
    (folder / "odd.json").write_text(json.dumps(record))
    reading = read_submissions(folder)
    assert [refusal.file for refusal in reading.refused] == ["odd.json"]
    assert reason in reading.refused[0].reason
    assert reading.refused[0].reason.isprintable()
    assert len(reading.accepted) == 2


def test_a_submission_of_an_older_version_is_told_what_to_do(folder: Path) -> None:
    (folder / "old.json").write_text(json.dumps(small("old") | {"version": 1}))
    (refusal,) = read_submissions(folder).refused
    assert "version 1" in refusal.reason
    assert "`bench submit`" in refusal.reason


def test_links_pipes_deep_and_huge_files_are_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "link.json").symlink_to(folder / "good0.json")
    os.mkfifo(folder / "pipe.json")
    (folder / "deep.json").write_text("[" * 200_000)
    monkeypatch.setattr("dreambench.benchmark.submissions.folder.MAX_BYTES", 400_000)
    (folder / "huge.json").write_text(" " * 400_001)
    reading = read_submissions(folder)
    assert [refusal.file for refusal in reading.refused] == ["deep.json", "huge.json", "link.json", "pipe.json"]
    assert len(reading.accepted) == 2


def test_labels_are_the_protocols_own_whatever_a_submission_calls_its_metrics(folder: Path) -> None:
    record = small("other", seed=5)
    metric_of(record, "dino").update(label="Best", measures="everything")
    (folder / "other.json").write_text(json.dumps(record))
    accepted = next(found for found in read_submissions(folder).accepted if found.file == "other.json")
    info = next(info for info in accepted.infos if info.key == "dino")
    assert (info.label, info.formula) == ("DINO", "image_similarity")
    assert accepted.protocol_checked


def test_metrics_of_a_plug_in_that_is_not_here_are_taken_as_they_describe_themselves(folder: Path) -> None:
    record = small("other", seed=5)
    theirs = MetricInfo(
        key="gloss", label="Gloss", formula="their_gloss", level="image", higher_is_better=True, low=0, high=10, tolerance=1
    )
    record["metrics"].append(theirs.model_dump(mode="json"))
    record["protocol"]["declaration"]["metrics"]["gloss"] = {"formula": "their_gloss"}
    for subject in record["subjects"].values():
        subject["scores"]["gloss"] = 9.0
    record["summary"] = means_of(record["subjects"])
    (folder / "other.json").write_text(json.dumps(record))
    reading = read_submissions(folder)
    assert not reading.refused
    accepted = next(found for found in reading.accepted if found.file == "other.json")
    assert accepted.infos[-1].label == "Gloss"
    assert not accepted.protocol_checked
    subject_of(record)["scores"]["gloss"] = 11.0
    record["summary"] = means_of(record["subjects"])
    (folder / "other.json").write_text(json.dumps(record))
    assert "Gloss of backpack is 11" in read_submissions(folder).refused[0].reason


def test_a_dataset_of_ones_own_has_the_prompts_that_it_says(folder: Path) -> None:
    record = small("other", seed=5)
    record["dataset"] = {"name": "ours", "checksum": "7" * 64, "own_prompts": own_prompts(2)}
    (folder / "other.json").write_text(json.dumps(record))
    assert not read_submissions(folder).refused
    for prompts, reason in ((own_prompts(1), "not among the 1 for its kind"), (own_prompts(2) * 2, "the same number")):
        record["dataset"]["own_prompts"] = prompts
        (folder / "other.json").write_text(json.dumps(record))
        assert reason in read_submissions(folder).refused[0].reason
