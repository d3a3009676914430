"""Prompts that a dataset brings: read from either file, bounded, covered by the checksum, each mistake told in a sentence."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError

from dreambench.dataset.collection import MINIATURE_FOLDER, Dataset, load_dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.kinds import families_in_order, family_label, kind_label, kinds_in_order
from dreambench.dataset.prompts import LIVE_TEMPLATES, OBJECT_TEMPLATES, Prompt
from dreambench.dataset.subjects import SUBJECTS
from dreambench.dataset.verification import verify_dataset

SUBJECTS_TOML = '[my_cup]\nclass_noun = "cup"\nkind = "object"\n[my_dog]\nclass_noun = "dog"\nkind = "live"\n'
PROMPTS_TOML = """
[[object]]
prompt = "a {identifier} {class_noun} in the jungle"
family = "recontextualisation"
[[object]]
prompt = "a watercolour of a {0} {1}"
family = "style"
[[object]]
prompt = "the {identifier}  {class_noun} seen from above"
[[live]]
prompt = "a {identifier} {class_noun} in the jungle"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two subjects, one of each kind."""
    root = tmp_path / "own"
    for index, name in enumerate(("my_cup", "my_dog")):
        (root / name).mkdir(parents=True)
        Image.new("RGB", (8, 8), (index, 0, 0)).save(root / name / "0.png")
    (root / "subjects.toml").write_text(SUBJECTS_TOML)
    return root


def _below(text: str) -> str:
    """The same prompts as they stand in subjects.toml."""
    return text.replace("[[", "[[prompts.")


@pytest.mark.parametrize("place", ["prompts.toml", "subjects.toml"])
def test_a_dataset_brings_its_own_prompts_in_either_file(place: str, folder: Path) -> None:
    if place == "prompts.toml":
        (folder / place).write_text(PROMPTS_TOML)
    else:
        (folder / place).write_text(SUBJECTS_TOML + _below(PROMPTS_TOML))
    dataset = load_dataset(str(folder))
    assert [(p.index, p.template, p.family) for p in dataset.prompts_of("object")] == [
        (0, "a {0} {1} in the jungle", "recontextualisation"),
        (1, "a watercolour of a {0} {1}", "style"),
        (2, "the {0} {1} seen from above", "other"),
    ]
    assert dataset.prompts(dataset.subject("my_dog")) == dataset.prompts_of("live")
    assert [p.text("dog", identifier="sks") for p in dataset.prompts_of("live")] == ["a sks dog in the jungle"]
    assert not dataset.has_official_prompts
    assert [subject.id for subject in dataset.subjects] == ["my_cup", "my_dog"]


def test_the_requests_of_ones_own_prompts_leave_the_subject_out() -> None:
    asked = {
        "a watercolour of a {0} {1}": "watercolour of",
        "a photo of the {0} {1} on the moon": "photo of … on the moon",
        "{0} {1}": "nothing more",
        "a {0} {1}, in pieces": "in pieces",
    }
    for template, request in asked.items():
        assert Prompt(kind="object", index=0, template=template).request == request


def test_the_checksum_covers_what_is_asked_where_it_is_not_the_official_list(folder: Path) -> None:
    def checksum(text: str | None) -> str:
        (folder / "prompts.toml").unlink(missing_ok=True)
        if text is not None:
            (folder / "prompts.toml").write_text(text)
        return load_dataset(str(folder)).checksum

    official = checksum(None)
    own = checksum(PROMPTS_TOML)
    assert own != official
    assert checksum(PROMPTS_TOML.replace("jungle", "snow")) not in {own, official}
    assert checksum(PROMPTS_TOML.replace('family = "style"', 'family = "art"')) == own  # groups scores, moves none
    assert checksum(PROMPTS_TOML.replace("{identifier} {class_noun}", "{0} {1}")) == own
    assert checksum(_official()) == official
    assert checksum(_official(family='family = "mine"')) == official
    assert checksum(_official(n=24)) != official


def _official(*, n: int = 25, family: str = "") -> str:
    lists = (("object", OBJECT_TEMPLATES), ("live", LIVE_TEMPLATES))
    return "".join(f"[[{kind}]]\nprompt = {json.dumps(text)}\n{family}\n" for kind, texts in lists for text in texts[:n])


def test_datasets_with_the_official_prompts_keep_their_checksum() -> None:
    mini = load_dataset("mini")
    assert mini.checksum == "fd74b97bd754337832752b49fc970a9d40d91e396f40d35f2d82c78bb2614583"
    assert mini.has_official_prompts
    assert mini.record() == {"name": "mini", "checksum": mini.checksum}


def test_own_families_may_stand_on_the_official_prompts(folder: Path) -> None:
    (folder / "prompts.toml").write_text(_official(family='family = "mine"'))
    dataset = load_dataset(str(folder))
    assert dataset.has_official_prompts
    assert {prompt.family for prompt in dataset.prompts_of("live")} == {"mine"}
    assert len(dataset.own_prompts) == 50
    assert load_dataset("mini").own_prompts == ()


def test_prompts_of_a_kind_without_subjects_are_neither_asked_nor_needed(folder: Path) -> None:
    (folder / "subjects.toml").write_text(SUBJECTS_TOML.replace("live", "object"))
    objects = PROMPTS_TOML.partition("[[live]]")[0]
    (folder / "prompts.toml").write_text(objects)
    dataset = load_dataset(str(folder))
    assert dataset.kinds == ("object",)
    assert dataset.prompts_of("live") == ()
    before = dataset.checksum
    (folder / "prompts.toml").write_text(PROMPTS_TOML)
    assert load_dataset(str(folder)).checksum == before


MISTAKES: dict[str, tuple[str, str]] = {
    "no TOML": ("[[object", "prompts.toml is not valid TOML"),
    "no kind": ('[[pet]]\nprompt = "x"', "'pet' is no kind of subject; list prompts under [[object]] and [[live]]"),
    "near a kind": ('[[objects]]\nprompt = "x"', "'objects' is no kind of subject; did you mean 'object'?"),
    "outside": ('prompt = "x"', "'prompt' stands outside of any prompt; write it below a line [[object]] or [[live]]"),
    "a table": ('[object]\nprompt = "x"', "object is no list of prompts; write a line [[object]]"),
    "empty list": ("object = []", "object is no list of prompts"),
    "a kind is left out": (PROMPTS_TOML.partition("[[live]]")[0], "has no prompts for live subjects, which the dataset has"),
    "no text": ('[[live]]\nfamily = "view"', "live prompt 0, counted from 0, has no text; add prompt ="),
    "unknown key": (
        '[[live]]\npromt = "x"',
        "live prompt 0, counted from 0, has the unknown key 'promt'; did you mean 'prompt'?",
    ),
    "no subject": ('[[live]]\nprompt = "a dog"', "must name the subject once, as {identifier} {class_noun}"),
    "no identifier": ('[[live]]\nprompt = "a {class_noun}"', "must name the subject once"),
    "apart": ('[[live]]\nprompt = "a {identifier} red {class_noun}"', "must name the subject once"),
    "twice": ('[[live]]\nprompt = "{0} {1} and {0} {1}"', "must name the subject once"),
    "another field": ('[[live]]\nprompt = "{0} {1} {0.__class__}"', "have no other braces"),
    "two lines": ('[[live]]\nprompt = "a {0} {1}\\nat night"', "is no line of at most 500 characters"),
    "control characters": ('[[live]]\nprompt = "a {0} {1} \\u001b[31m"', "is no line of at most 500 characters"),
    "too long": (f'[[live]]\nprompt = "a {{0}} {{1}} {"x" * 500}"', "is no line of at most 500 characters"),
    "a number": ("[[live]]\nprompt = 7", "is no line of at most 500 characters"),
    "no table": ('live = ["a {0} {1}"]', "live prompt 0, counted from 0, is no table"),
    "a family in capitals": ('[[live]]\nprompt = "a {0} {1}"\nfamily = "Style"', "cannot have the family 'Style'"),
    "a long family": (f'[[live]]\nprompt = "a {{0}} {{1}}"\nfamily = "{"x" * 5000}"', "cannot have the family 'xxxx"),
    "a family of markup": ('[[live]]\nprompt = "a {0} {1}"\nfamily = "<b>"', "give a word or words in lower case"),
    "repeated": (
        '[[live]]\nprompt = "a {0} {1}"\n[[live]]\nprompt = "A {identifier}  {class_noun}"',
        "live prompt 1, counted from 0, repeats prompt 0; remove one of them",
    ),
    "too many": (
        "".join(f'[[live]]\nprompt = "a {{0}} {{1}} {n}"\n' for n in range(1001)),
        "has 1,001 prompts for live subjects",
    ),
    "too large": (f"# {'x' * 1_000_001}", "is larger than 1 MB"),
}


@pytest.mark.parametrize("case", sorted(MISTAKES))
def test_a_mistake_is_one_sentence_that_names_the_file(case: str, folder: Path) -> None:
    text, words = MISTAKES[case]
    objects = "" if case in {"a table", "empty list", "a kind is left out"} else '[[object]]\nprompt = "a {0} {1}"\n'
    lines = (text, objects) if case in {"outside", "no table"} else (objects, text)  # bare keys come before tables
    (folder / "prompts.toml").write_text("\n".join(lines))
    with pytest.raises(UserError) as raised:
        load_dataset(str(folder))
    message = str(raised.value)
    assert words in message
    assert str(folder / "prompts.toml") in message
    assert message.isprintable()
    assert len(message) < 500


def test_in_the_subjects_file_the_sentences_name_its_own_tables(folder: Path) -> None:
    (folder / "subjects.toml").write_text(f'{SUBJECTS_TOML}[prompts]\nobject = [{{ prompt = "a {{0}} {{1}}" }}]\n')
    with pytest.raises(UserError, match=r"subjects.toml has no prompts for live subjects.*\[\[prompts.live\]\]"):
        load_dataset(str(folder))
    (folder / "subjects.toml").write_text(f"prompts = 3\n{SUBJECTS_TOML}")
    with pytest.raises(UserError, match=r"'prompts' is no table of prompts; list them by kind, \[\[prompts.object\]\]"):
        load_dataset(str(folder))


def test_two_lists_are_not_chosen_between(folder: Path) -> None:
    (folder / "subjects.toml").write_text(SUBJECTS_TOML + _below(PROMPTS_TOML))
    (folder / "prompts.toml").write_text(PROMPTS_TOML)
    with pytest.raises(UserError, match=r"prompts.toml and \[prompts\] in .*subjects.toml both list prompts; keep one"):
        load_dataset(str(folder))


def test_no_subject_can_be_called_prompts(folder: Path) -> None:
    (folder / "my_cup").rename(folder / "prompts")
    (folder / "subjects.toml").write_text(SUBJECTS_TOML.replace("my_cup", "prompts"))
    with pytest.raises(UserError, match=r"prompts cannot be a subject's folder.*rename it"):
        load_dataset(str(folder))
    (folder / "prompts").rename(folder / "my_cup")
    (folder / "subjects.toml").write_text(SUBJECTS_TOML + SUBJECTS_TOML.replace("my_cup", "prompts").partition("[my_dog]")[0])
    with pytest.raises(UserError, match=r"a subject cannot be called 'prompts', which is the table of prompts; rename its"):
        load_dataset(str(folder))


def test_a_manifest_does_not_take_the_prompts_for_a_stranger(folder: Path) -> None:
    (folder / "prompts.toml").write_text(PROMPTS_TOML)
    (folder / "manifest.json").write_text("{}")
    assert {problem.file for problem in verify_dataset(load_dataset(str(folder))).problems} == {
        "my_cup", "my_cup/0.png", "my_dog", "my_dog/0.png"
    }  # fmt: skip


@given(st.text(max_size=40), st.text(max_size=20))
def test_no_text_gets_past_a_prompts_record_that_is_not_one_subject_in_a_line(before: str, after: str) -> None:
    text = f"{before}{{0}} {{1}}{after}"
    try:
        prompt = Prompt(kind="live", index=0, template=text)
    except ValidationError:
        return
    assert not set("{}") & set(before + after)
    assert prompt.text("dog", identifier="sks") == f"{before}sks dog{after}"
    assert Prompt.model_validate(json.loads(json.dumps(prompt.model_dump()))) == prompt


@pytest.mark.parametrize("index", [-1, 1000])
def test_numbers_that_name_no_folder_are_no_prompts(index: int) -> None:
    with pytest.raises(ValidationError):
        Prompt(kind="live", index=index, template="a {0} {1}")


def test_a_dataset_made_in_python_is_held_to_the_same() -> None:
    first = Prompt(kind="object", index=0, template="a {0} {1}")
    with pytest.raises(ValueError, match="no prompts for its live subjects"):
        Dataset("own", MINIATURE_FOLDER, SUBJECTS, prompts=[first])
    with pytest.raises(ValueError, match="not numbered"):
        Dataset("own", MINIATURE_FOLDER, SUBJECTS[:1], prompts=[first.model_copy(update={"index": 1})])


def test_groups_are_called_the_same_everywhere_and_come_in_one_order() -> None:
    assert [kind_label(kind) for kind in kinds_in_order(["robot", "live", "object", "live"])] == [
        "objects", "live subjects", "robot"
    ]  # fmt: skip
    families = families_in_order(["other", "weather", "style", "property", "accessory", "art"])
    assert families == ["accessory", "property", "style", "art", "weather", "other"]
    assert [family_label(family) for family in families] == [
        "accessories",
        "property changes",
        "styles",
        "art",
        "weather",
        "other",
    ]


def test_the_official_list_has_one_door() -> None:
    """Everyone but the dataset package asks a dataset, or takes what a run recorded."""
    from repository import ROOT

    for package in ("baselines", "benchmark", "reports"):
        for path in (ROOT / package).rglob("*.py"):
            assert "prompts_for" not in path.read_text(encoding="utf-8"), path
