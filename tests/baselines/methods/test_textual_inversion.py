"""What a user relies on: subjects stacked in a batch learn what they would alone, and the base model stays untouched."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dreambench.baselines.method import ImageRequest, MethodContext, SubjectTask
from dreambench.baselines.methods.textual_inversion import TextualInversion
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.settings import TextualInversionSettings
from dreambench.baselines.training.loss_curve import REFERENCE_LOSSES
from dreambench.baselines.training.optimisation import ResidentAdamW
from dreambench.baselines.training.placeholder import PLACEHOLDER, encode_spliced, initial_vectors, splice_prompt
from dreambench.dataset.collection import load_dataset
from dreambench.dataset.errors import UserError

MINI = load_dataset("mini")

Contexts = Callable[..., MethodContext]
Tasks = Callable[[str], SubjectTask]


def settings(**changes: Any) -> TextualInversionSettings:
    values = {"steps": 5, "learning_rate": 0.01, "batch_size": 2, "templates": ["a {}", "a photo of a {}"], **changes}
    return TextualInversionSettings.model_validate(values)


@pytest.fixture
def double_base(pipeline_folder: Path) -> BaseModel:
    """The tiny model in float64, where a difference is an error and not rounding."""
    base = BaseModel.load(pipeline_folder, device=torch.device("cpu"))
    for part in (base.unet, base.vae, base.text_encoder):
        part.double()
    return base


def learned(tasks: list[SubjectTask], where: MethodContext, **changes: Any) -> dict[str, torch.Tensor]:
    """Text embeddings of every subject after training: a smooth function of its vectors."""
    prepared = TextualInversion(settings(**changes)).prepare(tasks, where)
    return {one.subject.id: one.embed([MINI.prompts_of(one.subject.kind)[0]]).text for one in prepared}


@pytest.mark.parametrize("form", ["placeholder", "placeholder_and_class_noun"])
def test_stacked_training_equals_training_alone(double_base: BaseModel, context: Contexts, make_task: Tasks, form: str) -> None:
    where = context()
    where.base = double_base
    tasks = [make_task(name) for name in ("dog", "can", "bear_plushie")]
    changes = {"n_vectors": 2, "prompt_form": form}
    together = learned(tasks, where, group_size=3, **changes)
    for task in tasks:
        alone = learned([task], where, group_size=1, **changes)[task.subject.id]
        assert (alone - together[task.subject.id]).abs().max() < 1e-12
    in_twos = learned(tasks[::-1], where, group_size=2, **changes)
    assert all((in_twos[name] - together[name]).abs().max() < 1e-12 for name in together)


def test_spliced_vectors_equal_new_rows_of_the_table(base: BaseModel) -> None:
    vectors = torch.randn(2, 32, requires_grad=True)
    prompt = splice_prompt(base, f"a {PLACEHOLDER} dog in the snow", 2)
    spliced = encode_spliced(base, [prompt], [vectors]).text
    spliced.square().sum().backward()
    assert vectors.grad is not None

    table = base.text_encoder.get_input_embeddings().weight
    rows = [base.tokenizer("vxq", add_special_tokens=False).input_ids[0], base.tokenizer("xqj").input_ids[1]]
    with torch.no_grad():
        table[rows] = vectors
    table.requires_grad_(True)
    expected = base.encode_tokens(base.tokenize(["a vxq xqj dog in the snow"])).text
    expected.square().sum().backward()
    assert torch.equal(spliced, expected)
    assert torch.equal(vectors.grad, table.grad[rows])
    table.grad = None


def test_every_prompt_gets_its_own_vectors(base: BaseModel) -> None:
    one, two = torch.randn(1, 32), torch.randn(1, 32)
    prompts = [splice_prompt(base, text, 1) for text in (f"a {PLACEHOLDER}", f"a red {PLACEHOLDER}", "a dog")]
    batch = encode_spliced(base, prompts, [one, two, one]).text
    for row, (prompt, vectors) in enumerate(zip(prompts, (one, two, one), strict=True)):
        torch.testing.assert_close(batch[row], encode_spliced(base, [prompt], [vectors]).text[0])
    torch.testing.assert_close(batch[2], base.encode_text(["a dog"]).text[0])


@pytest.mark.parametrize("index", range(25))
@pytest.mark.parametrize("kind", ["object", "live"])
def test_vectors_of_a_word_say_what_the_word_says(base: BaseModel, kind: Any, index: int) -> None:
    """With the class noun's own embedding spliced in, each prompt must read as the plain prompt does."""
    prompt = MINI.prompts_of(kind)[index]
    vectors, _ = initial_vectors(base, "vase", 1)
    spliced = splice_prompt(base, prompt.text(PLACEHOLDER), 1)
    torch.testing.assert_close(encode_spliced(base, [spliced], [vectors]).text, base.encode_text([prompt.text("vase")]).text)


@pytest.mark.parametrize(
    ("text", "n_vectors", "expected"),
    [
        ("dog", 1, ["dog"]),
        ("dog", 3, ["dog", "dog", "dog"]),
        ("stuffed animal", 1, ["animal"]),
        ("stuffed animal", 2, ["stuffed", "animal"]),
        ("stuffed animal", 3, ["stuffed", "animal", "stuffed"]),
    ],
)
def test_the_initializers_tokens(base: BaseModel, text: str, n_vectors: int, expected: list[str]) -> None:
    vectors, token_ids = initial_vectors(base, text, n_vectors)
    assert [base.tokenizer.decode([token_id]).strip() for token_id in token_ids] == expected
    assert torch.equal(vectors, base.text_encoder.get_input_embeddings().weight[list(token_ids)])


def test_an_unknown_initializer_is_refused(base: BaseModel) -> None:
    with pytest.raises(UserError, match="initializer"):
        initial_vectors(base, "犬", 1)


def test_the_base_model_stays_untouched(base: BaseModel, context: Contexts, make_task: Tasks) -> None:
    parts = [*base.unet.parameters(), *base.text_encoder.parameters()]
    before = [weight.clone() for weight in parts]
    TextualInversion(settings()).prepare([make_task("dog")], context())
    assert all(torch.equal(old, new) and new.grad is None for old, new in zip(before, parts, strict=True))


def test_vectors_that_the_last_step_broke_are_not_sampled_from(
    context: Contexts, make_task: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(optimiser: ResidentAdamW, _learning_rate: float) -> None:
        with torch.no_grad():
            optimiser.parameters[0][1].fill_(float("inf"))

    monkeypatch.setattr(ResidentAdamW, "step", broken)
    tasks = [make_task("dog"), make_task("can")]
    with pytest.raises(UserError, match=r"the weights trained for subject can are not finite after step 1; lower"):
        TextualInversion(settings(steps=1, group_size=2)).prepare(tasks, context())


def test_training_lowers_the_loss_of_fixed_draws(context: Contexts, make_task: Tasks) -> None:
    """Fewer steps are a prefix of more: the first losses agree, the record has one a step."""
    short = TextualInversion(settings(steps=3)).prepare([make_task("dog")], context())[0].record
    longer = TextualInversion(settings(steps=5)).prepare([make_task("dog")], context())[0].record
    assert longer.losses[:3] == short.losses
    assert len(longer.losses) == longer.steps == 5
    assert longer.details[REFERENCE_LOSSES] == pytest.approx(longer.losses, abs=1e-6)
    assert longer.details["initializer"] == "dog"


def test_sampling_shows_the_learned_vectors_and_the_prior_does_not(context: Contexts, make_task: Tasks) -> None:
    task = make_task("dog")
    wanted = [ImageRequest(task.subject, MINI.prompts_of("live")[0], 0), ImageRequest(task.subject, None, 0)]
    images = []
    for rate in (1e-6, 0.5):
        prepared = TextualInversion(settings(learning_rate=rate)).prepare([task], context())[0]
        images.append([np.asarray(image).astype(int) for image in prepared.sample(wanted)])
    assert np.abs(images[0][0] - images[1][0]).max() > 0
    assert np.array_equal(images[0][1], images[1][1])


def test_subjects_of_a_stack_can_be_sampled_in_any_order(context: Contexts, make_task: Tasks) -> None:
    tasks = [make_task("dog"), make_task("cat")]
    prepared = TextualInversion(settings(group_size=2)).prepare(tasks, context())

    def image(one: Any) -> np.ndarray:
        return np.asarray(next(one.sample([ImageRequest(one.subject, MINI.prompts_of("live")[3], 1)])))

    first = [image(one) for one in prepared]
    again = [image(one) for one in reversed(prepared)][::-1]
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


def test_mirrored_images_are_encoded_not_flipped_latents(base: BaseModel, context: Contexts, make_task: Tasks) -> None:
    method = TextualInversion(settings())
    learner = method._learner(make_task("dog"), context())
    assert len(learner.moments) == 2 * learner.references == 6
    assert not torch.allclose(learner.moments.mean[3:], learner.moments.mean[:3].flip(-1))
    plain = TextualInversion(settings(flip_augmentation=False))._learner(make_task("dog"), context())
    assert len(plain.moments) == plain.references == 3


def test_an_initializer_for_one_class_noun_leaves_the_others_theirs(context: Contexts, make_task: Tasks) -> None:
    chosen = settings(steps=0, initializers={"stuffed animal": "animal"}, initializer="dog")
    tasks = [make_task(name) for name in ("bear_plushie", "can")]
    records = [one.record.details for one in TextualInversion(chosen).prepare(tasks, context())]
    assert [record["initializer"] for record in records] == ["animal", "dog"]
    by_rule = TextualInversion(settings(steps=0)).prepare(tasks[1:], context())[0].record.details
    assert by_rule["initializer"] == "can"
