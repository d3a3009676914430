"""The held-out figures of the miniature models: is each of them fit for its job?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from scipy.stats import spearmanr
from sklearn.neighbors import KNeighborsClassifier

from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.sampling.sampler import SamplerSettings, sample_images
from dreambench.baselines.seeds import derive_seed
from dreambench.benchmark.encoders import ImageEncoder, TextEncoder
from dreambench.dataset.collection import Dataset
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.subjects import CLASS_NOUNS


@dataclass(frozen=True)
class ReadBack:
    """How often CLIP reads a sample's prompt right, among those of its kind: overall and per prompt phrase, 0..1."""

    accuracy: float
    per_phrase: dict[str, float]


def leave_one_out_accuracy(encoder: ImageEncoder, dataset: Dataset) -> float:
    """How often a reference image's nearest other reference, by cosine, is of the same subject: 0..1."""
    images, labels = _references(dataset)
    features = encoder.embed_images(images)
    nearest = KNeighborsClassifier(n_neighbors=1, metric="cosine")
    hits = [
        nearest.fit(np.delete(features, i, 0), np.delete(labels, i)).predict(features[i : i + 1])[0] == labels[i]
        for i in range(len(labels))
    ]
    return float(np.mean(hits))


def rank_agreement(first: ImageEncoder, second: ImageEncoder, dataset: Dataset) -> float:
    """Spearman's rank correlation of two encoders' cosines over pairs of reference images of two subjects of a class: -1..1.

    1 means that both put those pairs (dog with dog2) into the same order. Other pairs are left out: every useful encoder puts
    those of one subject first and those of two classes last, which says nothing of how much two of them have in common.
    """
    images, labels = _references(dataset)
    one, other = np.triu_indices(len(images), k=1)
    nouns = {subject.id: subject.class_noun for subject in dataset.subjects}
    classes = np.array([nouns[label] for label in labels])
    compared = (labels[one] != labels[other]) & (classes[one] == classes[other])
    cosines = [(f := encoder.embed_images(images)) @ f.T for encoder in (first, second)]
    return float(spearmanr(*(values[one, other][compared] for values in cosines)).statistic)


def _references(dataset: Dataset) -> tuple[list[Image.Image], NDArray[np.str_]]:
    """All reference images, and the subject that owns each."""
    images: list[Image.Image] = []
    owners: list[str] = []
    for subject in dataset.subjects:
        references = dataset.references(subject)
        images += references
        owners += [subject.id] * len(references)
    return images, np.array(owners)


def class_samples(
    model: BaseModel, noun: str, prompts: Sequence[Prompt], sampler: SamplerSettings, *, per_prompt: int, seed: int = 0
) -> Iterator[tuple[str, Image.Image]]:
    """The base model's samples for the prompts of a class noun, with the phrase each was asked for."""
    embeddings = model.encode_text([prompt.text(noun) for prompt in prompts])
    rows = [row for row in range(len(prompts)) for _ in range(per_prompt)]
    seeds = [derive_seed("read back", seed, noun, row, k) for row in range(len(prompts)) for k in range(per_prompt)]
    images = sample_images(model, embeddings, rows, seeds, sampler, batch_size=50, autocast=torch.bfloat16)
    for row, image in zip(rows, images, strict=True):
        yield prompts[row].request, image


def context_read_back(
    model: BaseModel,
    clip: TextEncoder,
    sampler: SamplerSettings,
    dataset: Dataset,
    *,
    per_prompt: int,
    nouns: Sequence[str] = CLASS_NOUNS,
) -> ReadBack:
    """Draw the base model's samples for every class noun and prompt and let CLIP choose among the prompts' texts."""
    hits: dict[str, list[bool]] = {}
    for noun in nouns:
        prompts = dataset.prompts(next(subject for subject in dataset.subjects if subject.class_noun == noun))
        phrases = [prompt.request for prompt in prompts]
        texts = clip.embed_texts([prompt.text(noun) for prompt in prompts])
        asked, images = zip(*class_samples(model, noun, prompts, sampler, per_prompt=per_prompt), strict=True)
        read = (clip.embed_images(images) @ texts.T).argmax(1)
        for phrase, choice in zip(asked, read, strict=True):
            hits.setdefault(phrase, []).append(phrases[choice] == phrase)
    return ReadBack(
        accuracy=float(np.mean([hit for found in hits.values() for hit in found])),
        per_phrase={phrase: float(np.mean(found)) for phrase, found in hits.items()},
    )
