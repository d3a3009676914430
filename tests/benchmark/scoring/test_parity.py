"""Every image's DINO, CLIP-I and CLIP-T under every preset, against the same arithmetic written straight down.

Both sides read the same checkpoint files and the same photos. This side uses Pillow, plain torch and transformers' CLIP, and
says for each preset what its source does; it takes nothing from the package but the dataset's list of prompts.
"""

import json
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import open_clip
import pandas as pd
import pytest
import torch
from checkpoints.encoders import CLIP_SIZES, clip_config, open_clip_config, shallow, write_clip, write_dino
from checkpoints.stable_diffusion import write_clip_tokenizer
from encoder_loading import load_clip, load_dino
from PIL import Image
from torch.nn import functional
from transformers import CLIPModel, CLIPTokenizer

from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.protocol import load_protocol, protocol_names
from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders import load_encoders
from dreambench.benchmark.encoders.embedding_cache import EmbeddingCache
from dreambench.benchmark.scoring.score import score
from dreambench.dataset.collection import load_dataset

TOLERANCE = 1e-4
PROMPTS = (0, 7, 13, 19, 24)
N_PHOTOS = 50
CPU = torch.device("cpu")
IMAGENET = (torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225]))
OPENAI = (torch.tensor([0.48145466, 0.4578275, 0.40821073]), torch.tensor([0.26862954, 0.26130258, 0.27577711]))


@dataclass(frozen=True)
class Preset:
    """What a protocol's source does, as far as it differs from the de-facto protocol."""

    dino: str | None = "S/16"
    clip: str = "B/32"
    squashed: bool = False
    references: str = "all"
    noun: bool = True
    scale: float = 1.0
    clip_t_scale: float = 1.0
    negative_is_0: bool = False


SOURCES = {
    "dreambench": Preset(),
    "kosmos-g": Preset(references="fixed"),
    "uno": Preset(negative_is_0=True),
    "custom-diffusion": Preset(clip_t_scale=2.5, negative_is_0=True),
    "oft": Preset(clip="L/14", squashed=True),
    "dreambench-plus-v1": Preset(dino="S/8", references="first", scale=100.0),
    "textual-inversion": Preset(dino=None, noun=False),
}
KOSMOS_G = {"backpack": "02", "backpack_dog": "02", "bear_plushie": "03", "berry_bowl": "02", "can": "01", "candle": "02"}
KOSMOS_G |= {"cat": "04", "cat2": "02", "clock": "03", "colorful_sneaker": "01", "dog": "02", "dog2": "02", "dog3": "05"}
#: L/14 in full width with 2 of its 24 layers, under its own name; the whole of it has a test of its own below.
SHALLOW = {"B/32": CLIP_SIZES["B/32"], "L/14": shallow("L/14", 2), "H/14": shallow("H/14", 2)}
NAMES = {"B/32": "ViT-B-32-quickgelu", "L/14": "ViT-L-14-quickgelu", "H/14": "ViT-H-14"}


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Checkpoints by size, written when first asked for."""
    folder = tmp_path_factory.mktemp("checkpoints")

    @cache
    def write(size):
        place = folder / size.replace("/", "-")
        if size in SHALLOW:
            activation = "gelu" if size == "H/14" else "quick_gelu"
            return write_clip(place, "hugging face", size=SHALLOW[size], activation=activation, dtype=torch.float16)
        return write_dino(place, "facebook" if size == "S/16" else "hugging face", size=size)

    return write


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tokenizer")
    write_clip_tokenizer(folder)
    return CLIPTokenizer.from_pretrained(folder)


@pytest.fixture
def shallow_clips(monkeypatch):
    for size in ("L/14", "H/14"):
        activation = "gelu" if size == "H/14" else "quick_gelu"
        monkeypatch.setitem(open_clip.factory._MODEL_CONFIGS, NAMES[size], open_clip_config(SHALLOW[size], activation))


def pixels(path, *, resize, squashed, normalisation):
    """Pillow's resize and crop, then ImageNet's or OpenAI's mean and std: [3, 224, 224]."""
    image = Image.open(path).convert("RGB")
    if squashed:
        image = image.resize((224, 224), Image.Resampling.BILINEAR)
    else:
        width, height = image.size
        assert width == height  # all photos of the dataset are square
        image = image.resize((resize, resize), Image.Resampling.BICUBIC)
        edge = (resize - 224) // 2
        image = image.crop((edge, edge, edge + 224, edge + 224))
    mean, std = normalisation
    return (((torch.from_numpy(np.array(image)) / 255) - mean) / std).permute(2, 0, 1)


def vision_transformer(state, images, *, heads=6):
    """DINO's network (arXiv 2104.14294; Dosovitskiy et al., arXiv 2010.11929) on [n, 3, 224, 224]: its CLS tokens [n, 384]."""
    patch, width = state["patch_embed.proj.weight"].shape[-1], state["cls_token"].shape[-1]
    n = len(images)

    def norm(x, name):
        return functional.layer_norm(x, (width,), state[f"{name}.weight"], state[f"{name}.bias"], eps=1e-6)

    def linear(x, name):
        return x @ state[f"{name}.weight"].T + state[f"{name}.bias"]

    squares = images.unfold(2, patch, patch).unfold(3, patch, patch)  # [n, 3, rows, columns, patch, patch]
    squares = squares.permute(0, 2, 3, 1, 4, 5).reshape(n, -1, 3 * patch * patch)
    tokens = squares @ state["patch_embed.proj.weight"].reshape(width, -1).T + state["patch_embed.proj.bias"]
    x = torch.cat([state["cls_token"].expand(n, -1, -1), tokens], dim=1) + state["pos_embed"]
    for number in range(12):
        block = f"blocks.{number}."
        query, key, value = (
            part.reshape(n, -1, heads, width // heads).transpose(1, 2)
            for part in linear(norm(x, block + "norm1"), block + "attn.qkv").chunk(3, dim=-1)
        )
        attention = (query @ key.transpose(-2, -1) / (width // heads) ** 0.5).softmax(dim=-1)
        x = x + linear((attention @ value).transpose(1, 2).reshape(n, -1, width), block + "attn.proj")
        hidden = linear(norm(x, block + "norm2"), block + "mlp.fc1")
        hidden = hidden * 0.5 * (1 + torch.erf(hidden / 2**0.5))
        x = x + linear(hidden, block + "mlp.fc2")
    return norm(x, "norm")[:, 0]


def dino_features(path, size, photos, *, squashed):
    if size == "S/16":
        state = torch.load(path, weights_only=True)
    else:
        from checkpoints.encoders import dino_state

        state = dino_state(size)  # the numbers of the folder, by Facebook's names
    rows = []
    with torch.inference_mode():
        for start in range(0, len(photos), 5):
            batch = [pixels(each, resize=256, squashed=squashed, normalisation=IMAGENET) for each in photos[start : start + 5]]
            rows.append(vision_transformer(state, torch.stack(batch)))
    return torch.cat(rows).double()


def clip_model(folder):
    return CLIPModel.from_pretrained(folder, dtype=torch.float32).eval()


def tensor(output):
    return output if isinstance(output, torch.Tensor) else output.pooler_output


def clip_image_features(model, photos):
    rows = []
    with torch.inference_mode():
        for start in range(0, len(photos), 10):
            batch = [pixels(each, resize=224, squashed=False, normalisation=OPENAI) for each in photos[start : start + 10]]
            rows.append(tensor(model.get_image_features(pixel_values=torch.stack(batch))))
    return torch.cat(rows).double()


def clip_text_features(model, tokenizer, texts):
    tokens = tokenizer(texts, padding="max_length", max_length=77, truncation=True, return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        return tensor(model.get_text_features(input_ids=tokens)).double()


@cache  # presets share most of their encoders
def seen_by_dino(files, size, squashed, photos):
    return dino_features(files(size), size, photos, squashed=squashed)


@cache
def seen_by_clip(files, size, photos):
    model = clip_model(files(size))
    return model, clip_image_features(model, photos)


def cosine(first, second):
    return float(first @ second / (first.norm() * second.norm()))


@pytest.fixture(scope="module")
def collection(dreambooth_folder):
    """The dataset, its first 50 photos by subject, and them as generated images: each one is scored for another subject."""
    dataset = load_dataset(str(dreambooth_folder))
    photos = {}
    for subject in dataset.subjects:
        photos[subject.id] = dataset.reference_paths(subject)
        if sum(map(len, photos.values())) >= N_PHOTOS:
            break
    assert set(photos) <= set(KOSMOS_G)
    return dataset, photos


@pytest.fixture(scope="module")
def embeddings(tmp_path_factory):
    """The package's own embeddings, kept from preset to preset as a user's are from one scoring to the next."""
    return EmbeddingCache(tmp_path_factory.mktemp("cache"))


def generated(photos):
    everything = [path for paths in photos.values() for path in paths]
    wanted = [(subject, prompt) for subject in photos for prompt in PROMPTS][:N_PHOTOS]
    rows = [(subject, prompt, 0, everything[(row + 7) % len(everything)]) for row, (subject, prompt) in enumerate(wanted)]
    return pd.DataFrame(rows, columns=["subject", "prompt_index", "image_index", "path"])


def straight_line(preset, dataset, photos, images, files, tokenizer):
    """DINO, CLIP-I and CLIP-T of each row of `images`: three lists."""
    everything = sorted({path for paths in photos.values() for path in paths} | set(images["path"]))
    place = {path: number for number, path in enumerate(everything)}
    dino = None if preset.dino is None else seen_by_dino(files, preset.dino, preset.squashed, tuple(everything))
    model, clip = seen_by_clip(files, preset.clip, tuple(everything))
    expected = []
    for row in images.itertuples():
        subject, references = dataset.subject(row.subject), photos[row.subject]
        if preset.references == "first":
            references = references[:1]
        elif preset.references == "fixed":
            references = [path for path in references if path.stem == KOSMOS_G[row.subject]]
            assert len(references) == 1
        template = next(prompt.template for prompt in dataset.prompts(subject) if prompt.index == row.prompt_index)
        text = template.replace("{0} {1}", subject.class_noun if preset.noun else "").replace("  ", " ")
        words = clip_text_features(model, tokenizer, [text])[0]
        mine = place[row.path]
        clip_t = preset.clip_t_scale * cosine(clip[mine], words)
        expected.append(
            {
                "dino": np.nan if dino is None else np.mean([cosine(dino[mine], dino[place[each]]) for each in references]),
                "clip_i": np.mean([cosine(clip[mine], clip[place[each]]) for each in references]),
                "clip_t": max(clip_t, 0.0) if preset.negative_is_0 else clip_t,
            }
        )
    return preset.scale * pd.DataFrame(expected)


@pytest.mark.slow
@pytest.mark.parametrize("name", SOURCES)
def test_per_image_scores_equal_the_straight_line_on_50_photos(name, collection, files, tokenizer, shallow_clips, embeddings):
    preset, (dataset, photos) = SOURCES[name], collection
    images = generated(photos)
    protocol = load_protocol(name).model_copy(update={"images_per_prompt": 1})
    specs = {"clip": EncoderSpec(architecture=NAMES[preset.clip], weights=str(files(preset.clip)))}
    if preset.dino is not None:
        architecture = "vit_small_patch16_224.dino" if preset.dino == "S/16" else None  # a folder says it
        specs["dino"] = EncoderSpec(architecture=architecture, weights=str(files(preset.dino)))
    encoders = replace(load_encoders(specs, protocol), cache=embeddings)
    scores = score(images, priors=None, dataset=dataset, protocol=protocol, encoders=encoders)
    ours = scores.images.set_index(["subject", "prompt_index"]).loc[
        list(zip(images["subject"], images["prompt_index"], strict=True))
    ]
    expected = straight_line(preset, dataset, photos, images, files, tokenizer)
    for metric in ("dino", "clip_i", "clip_t"):
        theirs = expected[metric].to_numpy()
        if metric == "dino" and preset.dino is None:
            assert metric not in ours
            continue
        assert np.abs(ours[metric].to_numpy() - theirs).max() < TOLERANCE * preset.scale
        assert theirs.std() > 10 * TOLERANCE * preset.scale  # the images differ by far more than the sides do


def test_the_presets_are_all_here():
    assert set(protocol_names()) - {"miniature", "mini-panel", "panel"} == set(SOURCES)


@pytest.mark.slow
def test_h14_with_gelu_and_its_own_head_width_equals_transformers(collection, files, tokenizer, shallow_clips):
    clips_agree("H/14", files("H/14"), collection, tokenizer)


@pytest.mark.slow
def test_the_whole_of_l14_equals_transformers(collection, tmp_path, tokenizer):
    folder = write_clip(tmp_path, "hugging face", size="L/14", dtype=torch.float16)
    assert json.loads((folder / "config.json").read_text()) == clip_config(CLIP_SIZES["L/14"], "quick_gelu")
    clips_agree("L/14", folder, collection, tokenizer)


def clips_agree(size, folder, collection, tokenizer):
    photos = next(iter(collection[1].values()))[:4]
    texts = ["a backpack in the jungle", "a cube shaped dog", "a shiny bowl, it's on top of 2 mirrors"]
    model = clip_model(folder)
    pictures, words = clip_image_features(model, photos), clip_text_features(model, tokenizer, texts)
    del model  # one of the two in memory at a time
    encoder = load_clip(EncoderSpec(architecture=NAMES[size], weights=str(folder)), "own", CPU)
    ours = encoder.embed_images([Image.open(path).convert("RGB") for path in photos])
    for mine, theirs in ((ours, pictures), (encoder.embed_texts(texts), words)):
        assert np.abs(mine - functional.normalize(theirs, dim=1).numpy()).max() < TOLERANCE


def test_dino_equals_the_straight_line_on_a_few_photos(collection, files):
    photos = [paths[0] for paths in collection[1].values()][:3]
    expected = functional.normalize(dino_features(files("S/16"), "S/16", photos, squashed=False), dim=1).numpy()
    transform = ImageTransform(resize=256, crop=224)
    encoder = load_dino(EncoderSpec(architecture="vit_small_patch16_224.dino", weights=str(files("S/16"))), transform, CPU)
    assert np.abs(encoder.embed_images([Image.open(path).convert("RGB") for path in photos]) - expected).max() < TOLERANCE
    others = expected @ expected.T
    assert others[~np.eye(3, dtype=bool)].max() < 0.999


def test_the_hugging_face_layout_is_what_transformers_itself_reads(collection, tmp_path):
    from transformers import ViTModel

    folder = write_dino(tmp_path, "hugging face")
    photo = next(iter(collection[1].values()))[0]
    with torch.inference_mode():
        batch = pixels(photo, resize=0, squashed=True, normalisation=IMAGENET)[None]
        theirs = ViTModel.from_pretrained(folder).eval()(batch).last_hidden_state[:, 0]
    transform = ImageTransform(resize=224, crop=224, aspect="square", interpolation="bilinear")
    ours = load_dino(EncoderSpec(weights=str(folder)), transform, CPU).embed_images([Image.open(photo).convert("RGB")])
    assert np.abs(ours - functional.normalize(theirs, dim=1).numpy()).max() < TOLERANCE
