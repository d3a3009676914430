"""The texts that text similarity reads, and their embeddings."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.declarations.protocol import TextForm
from dreambench.benchmark.encoders import Encoders
from dreambench.benchmark.encoders.remembered import embed_texts
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject


def prompt_texts(subject: Subject, prompt_indices: Sequence[int], dataset: Dataset, *, form: TextForm) -> list[str]:
    """The text of each prompt of a subject as text similarity reads it, for a list of prompt indices.

    Raises:
        UserError: there is no prompt of that index.
    """
    by_index = {prompt.index: prompt for prompt in dataset.prompts(subject)}
    unknown = [index for index in prompt_indices if index not in by_index]
    if unknown:
        raise UserError(
            f"There is no prompt {unknown[0]} for {subject.kind} subjects; "
            f"their prompts are {min(by_index)} to {max(by_index)}."
        )
    noun = subject.class_noun if form == "without_identifier" else ""
    texts = {index: " ".join(by_index[index].text(noun).split()) for index in set(prompt_indices)}
    return [texts[index] for index in prompt_indices]


def text_features(texts: Sequence[str], encoders: Encoders, *, roles: Collection[str]) -> Mapping[str, NDArray[np.float32]]:
    """Embeddings of texts by encoder's role, [n, d] each; equal texts are embedded once.

    Raises:
        UserError: an encoder embeds no texts.
    """
    distinct = list(dict.fromkeys(texts))
    row = {text: index for index, text in enumerate(distinct)}
    rows = [row[text] for text in texts]
    return {role: embed_texts(distinct, encoders.text(role), cache=encoders.cache)[rows] for role in roles}
