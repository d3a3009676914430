"""What subjects share is made before them and once, by whoever is free; images never depend on who made what, and when."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from engine_jobs import SUBJECTS, do, make_plan, pictures, resources, silent

from dreambench.baselines.registry import build_method
from dreambench.baselines.settings import SamplerSettings
from dreambench.benchmark.api.hooks import Event, SubjectDone, SubjectStarted
from dreambench.benchmark.api.hooks.run_events import RunEvents
from dreambench.benchmark.api.hooks.telling import Hooks
from dreambench.benchmark.declarations.suite import ModelSpec, load_suite, method_settings
from dreambench.benchmark.engine.crew import Crew
from dreambench.benchmark.engine.engine import Tally
from dreambench.benchmark.engine.jobs import Preparation, tasks_of, widest
from dreambench.benchmark.engine.messages import Loaded, Message, Progress
from dreambench.benchmark.engine.work import Worker
from dreambench.dataset.subjects import SUBJECTS as SUBJECTS_OF_ALL

SAMPLER = SamplerSettings(steps=2, guidance_scale=1.0, resolution=64)


def noted(folder: Path) -> list[list[str]]:
    """Process, and what it did, in order."""
    return [line.split() for line in (folder / "cache" / "shared.txt").read_text().splitlines()]


@pytest.mark.usefixtures("plugin")
def test_two_processes_make_what_subjects_share_first_and_the_images_of_one(tmp_path: Path) -> None:
    heard: list[Message] = []
    two = do("processes", tmp_path / "two", make_plan(shares=2, seconds=0.02), workers=2, report=heard.append)
    one = do("inline", tmp_path / "one", make_plan(shares=2, group=4))
    assert set(two.done) == set(one.done) == {"can", "cat", "dog", "vase"}
    assert two.failures == two.untried == ()
    images = pictures(tmp_path / "two")
    assert len(images) == 4 * (2 * 2 + 1)
    assert images == pictures(tmp_path / "one")
    assert two.done["dog"].environment["threads"] == one.done["dog"].environment["threads"] == 1
    assert two.done["dog"].image_size == (64, 64)
    assert {"train", "sample"} <= {message.phase for message in heard if isinstance(message, Progress)}
    assert any(isinstance(message, Progress) and message.memory is not None for message in heard)
    told: list[Event] = []
    events = RunEvents(Hooks([told.append]), make_plan(), tmp_path / "two")
    events.start(subjects=SUBJECTS, kept=())
    for message in heard:  # of whatever engine
        if isinstance(message, Progress) and message.ahead:
            before = len(told)
            events.hear(message)
            assert len(told) == before  # what is made for subjects does not begin them
        else:
            events.hear(message)
    of_subjects = [(event.subject, type(event)) for event in told if isinstance(event, SubjectStarted | SubjectDone)]
    for name in SUBJECTS:
        assert [kind for subject, kind in of_subjects if subject == name] == [SubjectStarted, SubjectDone]
    did = noted(tmp_path / "two")
    for kind in ("object", "live"):
        of_kind = [what for _, *what in did if kind in what]
        assert sorted(of_kind[:2]) == [["make", kind, "0"], ["make", kind, "1"]]
        assert of_kind[2:] == [["make", kind, "None"], ["prepare", kind], ["prepare", kind]]
    assert not [what for _, *what in noted(tmp_path / "one") if "make" in what]
    made = [message for message in heard if isinstance(message, Progress) and message.phase == "class images"]
    assert {message.subjects for message in made} == {("can", "vase"), ("cat", "dog")}
    # Models are loaded once a worker, however many tasks it does.
    assert sum(what == ["load"] for _, *what in did) == sum(isinstance(message, Loaded) for message in heard) == 2
    assert len({process for process, *_ in did}) == 2


@pytest.mark.usefixtures("plugin")
def test_what_cannot_be_made_fails_the_subjects_that_share_it_and_no_others(tmp_path: Path) -> None:
    plan, heard = make_plan(shares=2, fail_shared="live"), list[Message]()
    tally = Tally(silent)
    crew = Crew(tasks_of(plan, plan.units(), workers=2), tally)
    worker = Worker(plan, resources(tmp_path), heard.append)
    number = crew.enlist()
    while crew.at_work:
        while heard:
            crew.receive(number, heard.pop(0))
        for _, job in crew.hand_out():
            if job is not None:
                worker.do(job)
    outcome = tally.outcome(plan.units())
    assert set(outcome.done) == {"can", "vase"}
    (failure,) = outcome.failures
    assert failure.subjects == ("cat", "dog")
    assert failure.message == "the air of live subjects could not be made: RuntimeError: there is none"
    assert "RuntimeError: there is none" in failure.traceback


@pytest.mark.usefixtures("plugin")
def test_a_worker_keeps_its_base_model_from_task_to_task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads: list[object] = []

    def load(source: object, **_: object) -> SimpleNamespace:
        loads.append(source)
        return SimpleNamespace(weights_hash="of the model")

    monkeypatch.setattr("dreambench.benchmark.engine.work.BaseModel.load", load)
    plan = replace(make_plan(shares=2), model=ModelSpec(source="owner/model"), weights_hash="of the model")
    worker = Worker(plan, resources(tmp_path), silent)
    for task in tasks_of(plan, plan.units(), workers=2):
        worker.do(task.job)
    assert loads == ["owner/model"]
    assert len(noted(tmp_path)) == 1 + 2 * 3 + 4


def test_class_images_are_tasks_of_their_class_noun_where_there_are_any() -> None:
    """40 class images of 64 pixels are drawn in batches of 16: three parts."""
    plan = replace(make_plan("dreambooth", class_images=40), sampler=SAMPLER)
    plan = replace(plan, selection=replace(plan.selection, by_subject=dict.fromkeys(("can", "dog", "dog2"), (0, 20))))
    tasks = {task.name: task for task in tasks_of(plan, plan.units(), workers=4)}
    assert len(tasks) == 2 * (3 + 1) + 3
    assert [name for name, task in tasks.items() if not task.after] == [
        f"the class images of {noun}, part {part} of 3" for noun in ("can", "dog") for part in (1, 2, 3)
    ]
    whole = tasks["the class images of dog"]
    assert whole.job == Preparation("the class images of dog", tuple(unit for unit in plan.units() if "dog" in unit.subject))
    assert tasks["subject dog2"].after == ("the class images of dog",)
    # 40 images of 2 passes; 100 steps of 3 passes with 2 x 2 samples (forward and backward), and 5 images.
    assert sum(task.length for name, task in tasks.items() if "images of dog" in name) == pytest.approx(40 * 2)
    rows = plan.settings.model_dump()["batch_size"] * 2
    assert tasks["subject dog2"].length == pytest.approx(100 * 3 * rows + 5 * 2)
    for fewer in (
        tasks_of(plan, plan.units(), workers=1),
        tasks_of(replace(plan, settings=plan.settings.model_copy(update={"prior_loss_weight": 0.0})), plan.units(), workers=4),
        tasks_of(replace(plan, settings=plan.settings.model_copy(update={"class_noun": ""})), plan.units(), workers=4),
    ):
        assert len(fewer) == 3
    one_noun = replace(plan, settings=plan.settings.model_copy(update={"class_noun": "toy"}))
    assert {task.after for task in tasks_of(one_noun, plan.units(), workers=4) if isinstance(task.job, tuple)} == {
        ("the class images of toy",)
    }
    # Six parts of two nouns; no more than two workers a subject.
    assert [widest(plan, units=units) for units in (1, 2, 3, 7)] == [2, 4, 6, 7]
    assert widest(make_plan(), units=3) == 3


def test_every_method_of_ours_that_makes_class_images_has_them_made_ahead() -> None:
    suite, subject = load_suite("sd15"), SUBJECTS_OF_ALL[0]
    sharing = set()
    for name in suite.methods:
        method = build_method(name, method_settings(suite, name))
        shared = method.shared(subject, suite.sampler_for(name))
        assert (shared is not None) == (method.work().class_images > 0), name
        if shared is not None:
            sharing.add(name)
            assert shared.parts == 25  # 200 images in parts of two batches of 4
    assert {"dreambooth", "custom_diffusion"} <= sharing
