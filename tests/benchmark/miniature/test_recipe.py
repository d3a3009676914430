"""The recipe of the miniature models: fixed by its hash, resumable, and blind to the 30 subjects."""

from pathlib import Path

import numpy as np
import pytest
import torch

from dreambench.benchmark.miniature.checkpoints import learning_rate_at, train
from dreambench.benchmark.miniature.corpus import Corpus, _render_scenes
from dreambench.benchmark.miniature.recipe import Cycle, Recipe, cycle_at, learning_rate_in, load_recipe, steps_of
from dreambench.benchmark.miniature.tokenizer import RARE_WORDS, build_tokenizer, words_in_order
from dreambench.benchmark.miniature.vae import train_decoder, train_vae
from dreambench.dataset.miniature.scene import render
from dreambench.dataset.miniature.training_scenes import training_scene, worn_scene


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    scenes = [training_scene(index, seed=1) for index in range(24)]
    return Corpus(np.stack([np.asarray(render(s.scene)) for s in scenes]), [s.caption for s in scenes], worn=6, held_out=4)


def _small(recipe: Recipe, **changes: object) -> Recipe:
    return recipe.model_copy(update={"vae": recipe.vae.model_copy(update={"batch_size": 2, **changes})})


def test_every_word_of_prompts_and_captions_is_one_token() -> None:
    tokenizer = build_tokenizer(24)
    split = [word for word in words_in_order() if len(tokenizer(word, add_special_tokens=False).input_ids) != 1]
    assert split == []
    # open_clip finds the end of a text as its largest id
    assert tokenizer.eos_token_id == len(tokenizer) - 1


def test_rare_words_are_the_rarest_tokens_and_no_caption_uses_them() -> None:
    tokenizer = build_tokenizer(24)
    ids = {word: tokenizer(word, add_special_tokens=False).input_ids[0] for word in words_in_order()}
    spoken = [ids[word] for word in ids if word not in RARE_WORDS]
    assert min(ids[word] for word in RARE_WORDS) > max(spoken)
    captions = " ".join(training_scene(index, seed=2208).caption for index in range(2000)).split()
    assert not set(captions) & set(RARE_WORDS)


def test_any_text_can_be_told_without_unknown_tokens() -> None:
    tokenizer = build_tokenizer(24)
    text = "a zebra eating caramel"
    assert tokenizer.decode(tokenizer(text, add_special_tokens=False).input_ids).strip() == text


def test_the_learning_rate_warms_up_and_falls_to_a_hundredth() -> None:
    rates = [learning_rate_at(step, steps=100, peak=1.0, warmup=10) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.01, abs=2e-3)


def test_cycles_follow_one_another_each_with_its_own_warm_up() -> None:
    cycles = (Cycle(steps=20, learning_rate=1.0), Cycle(steps=10, learning_rate=0.5, worn_share=0.25))
    assert steps_of(cycles) == 30
    assert cycle_at(cycles, 19) == (cycles[0], 19)
    assert cycle_at(cycles, 20) == (cycles[1], 0)
    assert learning_rate_in(cycles, 20, warmup=5) == pytest.approx(0.1)
    assert learning_rate_in(cycles, 25, warmup=5) == pytest.approx(0.5)
    with pytest.raises(IndexError):
        cycle_at(cycles, 30)


def test_a_batch_takes_its_share_from_the_worn_scenes_and_nothing_from_those_held_out(corpus: Corpus) -> None:
    assert (corpus.scenes, corpus.n_train) == (14, 20)
    for seed in range(20):
        index = corpus.draw(np.random.default_rng(seed), 8, worn_share=0.25)
        assert len(set(index)) == 8
        assert ((index >= corpus.scenes) & (index < corpus.n_train)).sum() == 2
        assert index.max() < corpus.n_train
    assert corpus.draw(np.random.default_rng(0), 8, worn_share=0.0).max() < corpus.scenes


def test_the_corpus_holds_scenes_then_worn_ones_then_those_held_out() -> None:
    first, pictures, captions = _render_scenes((3, 8, 7, 4, 3))  # rows 3..7 of 4 scenes, 3 worn, the rest held out
    wanted = [training_scene(3, seed=7), *(worn_scene(i, seed=7) for i in range(3)), training_scene(4, seed=7)]
    assert first == 3
    assert captions == [scene.caption for scene in wanted]
    assert all(np.array_equal(got, np.asarray(render(scene.scene))) for got, scene in zip(pictures, wanted, strict=True))


def test_the_decoders_own_training_leaves_the_latents_alone(tmp_path: Path, corpus: Corpus) -> None:
    cycle = Cycle(steps=2, learning_rate=1e-3)
    recipe, device = _small(load_recipe(), cycles=(cycle,), decoder=cycle), torch.device("cpu")
    vae, _ = train_vae(recipe, corpus, tmp_path, device)
    before = {name: value.clone() for name, value in vae.state_dict().items()}
    after, _ = train_decoder(recipe, vae, corpus, tmp_path, device)
    changed = {name.split(".")[0] for name, value in after.state_dict().items() if not torch.equal(value, before[name])}
    assert changed == {"decoder", "post_quant_conv"}


def test_an_interrupted_stage_ends_as_an_unbroken_one(tmp_path: Path, corpus: Corpus) -> None:
    recipe, device = _small(load_recipe(), cycles=(Cycle(steps=4, learning_rate=1e-3),)), torch.device("cpu")
    whole, _ = train_vae(recipe, corpus, tmp_path / "whole", device)

    # the same stage, stopped half-way: its state after two of four steps is what an interruption leaves
    class StopAfterTwoSteps(Exception):
        pass

    parts_folder = tmp_path / "parts"
    weight = torch.nn.Linear(1, 1)

    def stop(step: int) -> float:
        if step == 2:
            raise StopAfterTwoSteps
        return 0.0

    with pytest.raises(StopAfterTwoSteps):
        train("toy", folder=parts_folder, steps=4, parts={"weight": weight}, step_function=stop, save_every=1)
    seen: list[int] = []
    train("toy", folder=parts_folder, steps=4, parts={"weight": weight}, step_function=lambda s: seen.append(s) or 0.0)  # type: ignore[func-returns-value]
    assert seen == [2, 3]

    again, _ = train_vae(recipe, corpus, tmp_path / "again", device)
    for first, second in zip(whole.parameters(), again.parameters(), strict=True):
        assert torch.equal(first, second)


def test_the_hash_names_the_values(tmp_path: Path) -> None:
    recipe = load_recipe()
    assert recipe.hash == load_recipe().hash
    assert _small(recipe, kl_weight=1.0).hash != recipe.hash
