"""A tiny base model with random weights, in diffusers' folder layout, stored in float16 like the packaged one."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dreambench.baselines.method import MethodContext, SubjectTask
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.settings import SamplerSettings
from dreambench.dataset.prompts import OFFICIAL_PROMPTS, class_prompt
from dreambench.dataset.subjects import SUBJECTS

RARE_TOKENS = ("zq", "qzx", "vxq", "jqz", "xqj", "qjv")
TEXT_LENGTH = 24


def _word_level_bpe(words: Sequence[str], rare: Sequence[str]) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """A BPE vocabulary in which every given word is one token, with the rare ones at the end.

    By hand, since the tokenizers library breaks ties differently in every process.
    """
    letters = "abcdefghijklmnopqrstuvwxyz"
    vocabulary = [*letters, *(f"{letter}</w>" for letter in letters)]
    merges: list[tuple[str, str]] = []
    for group in (words, rare):
        pieces = [[*word[:-1], f"{word[-1]}</w>"] for word in group]
        for merge in merges:
            pieces = [_merged(parts, merge) for parts in pieces]
        while pairs := Counter(pair for parts in pieces for pair in pairwise(parts)):
            merge = max(pairs, key=lambda pair: (pairs[pair], pair))
            merges.append(merge)
            vocabulary.append("".join(merge))
            pieces = [_merged(parts, merge) for parts in pieces]
    vocabulary += ["<|startoftext|>", "<|endoftext|>"]
    return {token: index for index, token in enumerate(dict.fromkeys(vocabulary))}, merges


def _merged(parts: list[str], merge: tuple[str, str]) -> list[str]:
    out: list[str] = []
    for part in parts:
        out[-1:] = [out[-1] + part] if out and (out[-1], part) == merge else [*out[-1:], part]
    return out


def build_tiny_pipeline(folder: Path, *, prediction_type: str) -> Path:
    from diffusers import AutoencoderKL, DPMSolverMultistepScheduler, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

    torch.manual_seed(0)
    texts = [prompt.text("") for prompt in OFFICIAL_PROMPTS]
    texts += [class_prompt(subject.class_noun) for subject in SUBJECTS]
    words = sorted({word for text in texts for word in text.lower().split()} | {"photo", "of", "painting"})
    vocabulary, merges = _word_level_bpe(words, RARE_TOKENS)
    tokenizer = CLIPTokenizer(vocab=vocabulary, merges=merges, model_max_length=TEXT_LENGTH)
    tokenizer.save_pretrained(folder / "tokenizer")

    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=2,
            max_position_embeddings=TEXT_LENGTH,
            bos_token_id=vocabulary["<|startoftext|>"],
            eos_token_id=vocabulary["<|endoftext|>"],
            pad_token_id=vocabulary["<|endoftext|>"],
        )
    )
    with torch.no_grad():  # so that different prompts give clearly different embeddings
        text_encoder.get_input_embeddings().weight.normal_()
    text_encoder.half().save_pretrained(folder / "text_encoder")
    UNet2DConditionModel(
        sample_size=8,
        block_out_channels=(32, 64),
        layers_per_block=1,
        cross_attention_dim=32,
        attention_head_dim=4,
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    ).half().save_pretrained(folder / "unet")
    AutoencoderKL(
        block_out_channels=(8, 16, 16),
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=4,
        sample_size=32,
        scaling_factor=0.9,
    ).half().save_pretrained(folder / "vae")
    DPMSolverMultistepScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type=prediction_type
    ).save_pretrained(folder / "scheduler")
    (folder / "model_index.json").write_text(json.dumps({"_class_name": "StableDiffusionPipeline"}))
    return folder


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def pipeline_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_tiny_pipeline(tmp_path_factory.mktemp("tiny"), prediction_type="v_prediction")


@pytest.fixture(scope="session")
def resident(pipeline_folder: Path) -> BaseModel:
    model = BaseModel.load(pipeline_folder, device=torch.device("cpu"))
    model.keep_weights()  # tests change them as they like
    return model


@pytest.fixture
def base(resident: BaseModel) -> BaseModel:
    resident.restore()
    return resident


def _pictures(seed: int, n: int = 3, size: int = 32) -> tuple[Image.Image, ...]:
    generator = np.random.default_rng(seed)
    coarse = [generator.integers(0, 256, (4, 4, 3), dtype=np.uint8) for _ in range(n)]
    return tuple(Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC) for picture in coarse)


@pytest.fixture(scope="session")
def pictures() -> Callable[..., tuple[Image.Image, ...]]:
    """pictures(seed, n=3, size=32): random smooth RGB pictures."""
    return _pictures


@pytest.fixture(scope="session")
def make_task() -> Callable[..., SubjectTask]:
    """make_task("dog2"): a task of that subject with random references of its own."""
    known = {subject.id: subject for subject in SUBJECTS}
    return lambda name: SubjectTask(known[name], _pictures(list(known).index(name)))


@pytest.fixture
def context(base: BaseModel, tmp_path: Path) -> Callable[..., MethodContext]:
    def build(*, seed: int = 0, batch_size: int = 4, steps: int = 2, cache_dir: Path = tmp_path) -> MethodContext:
        sampler = SamplerSettings(steps=steps, guidance_scale=3.0, resolution=32)
        return MethodContext(
            device=base.device,
            base=base,
            sampler_settings=sampler,
            seed=seed,
            cache_dir=cache_dir,
            batch_size=batch_size,
        )

    return build
