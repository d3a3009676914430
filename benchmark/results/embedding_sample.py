"""Embeddings of a few subjects' references and of one image a prompt from each run: enough for a map of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dreambench.benchmark.declarations.reading import parse_toml
from dreambench.benchmark.declarations.suite import Suite, load_suite, suite_names
from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.results.images import image_files
from dreambench.benchmark.results.own_scores import recall
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from dreambench.benchmark.encoders import ImageEncoder

#: Subjects on a map: more could not be told apart by colour.
SUBJECTS: Final = 6


@dataclass(frozen=True, eq=False)
class EmbeddingSample:
    """Embeddings, rows of length 1.

    Attributes:
        encoder: its name.
        references: subject id -> [n, d].
        generated: for each run, subject id -> [m, d].
        sample: which of the runs' images these are, in words.
    """

    encoder: str
    references: "Mapping[str, NDArray[np.float32]]"
    generated: "tuple[Mapping[str, NDArray[np.float32]], ...]"
    sample: str = "first image of every prompt"


def embed_sample(runs: Sequence[FinishedRun], *, device: str = "cpu", images: Sequence[Path] = ()) -> EmbeddingSample:
    """Embed a sample of comparable runs' images with the encoder of their first image similarity.

    Raises:
        UserError: the suite, the encoder or the images are not at hand, or not those that the scores were made from.
    """
    from dreambench.benchmark.encoders import EmbeddingCache, embed_files
    from dreambench.benchmark.machine.cache import cache_folder

    first = runs[0]
    suite = _suite(first)
    dataset = suite.open_dataset()
    if first.summary.dataset.checksum != dataset.checksum:
        raise UserError(f"The reference images or prompts of {first.root} are not those of '{dataset.name}' here.")
    tables = [_first_images(run) for run in runs]
    chosen = _subjects(tables[0])
    shown = [table[table["subject"].isin(chosen)] for table in tables]
    files = [image_files(run, table, named=images).files for run, table in zip(runs, shown, strict=True)]
    encoder = _encoder(first, suite, device)
    cache = EmbeddingCache(cache_folder())
    reading = first.summary.protocol.declared().reading
    references = {}
    for name in chosen:
        (references[name],) = embed_files(
            dataset.reference_paths(dataset.subject(name)), (encoder,), reading=reading, cache=cache
        )
    generated = []
    for table, pictures in zip(shown, files, strict=True):
        (rows,) = embed_files(pictures, (encoder,), reading=reading, cache=cache)
        generated.append({name: rows[(table["subject"] == name).to_numpy()] for name in chosen})
    cache.trim()
    return EmbeddingSample(encoder.name, references, tuple(generated))


def _first_images(run: FinishedRun) -> "pd.DataFrame":
    """The rows of every subject's first image of every prompt; subjects by kind."""
    images = run.scores().images.sort_values(["kind", "subject", "prompt_index", "image_index"])
    return images.drop_duplicates(["subject", "prompt_index"])


def _subjects(table: "pd.DataFrame") -> list[str]:
    """At most SUBJECTS of them, evenly spread over the kinds."""
    names = [str(name) for name in table["subject"].drop_duplicates()]
    if len(names) <= SUBJECTS:
        return names
    return [names[round(number * (len(names) - 1) / (SUBJECTS - 1))] for number in range(SUBJECTS)]


def _suite(run: FinishedRun) -> Suite:
    """The suite that a run was made under: from its run.json, or a built-in one by its name.

    The run.json of a run that was not made here may name any file of this machine as weights, so it is not followed.
    """
    if run.record is not None and recall(run.root) is not None:
        try:
            return Suite.model_validate(parse_toml(run.record.suite_file, where=f"run.json of {run.root}"))
        except ValueError as error:  # pydantic's
            raise UserError(f"run.json of {run.root} holds no suite that can be read.") from error
    name = str(run.summary.suite)
    if name not in suite_names():
        raise UserError(f"The suite '{name[:60]}' that {run.root} was scored under is not one that ships with dreambench.")
    return load_suite(name)


def _encoder(run: FinishedRun, suite: Suite, device: str) -> "ImageEncoder":
    """The encoder as it scored the run.

    Raises:
        UserError: the protocol has no image similarity, or its encoder cannot be loaded, or has other weights now.
    """
    from dreambench.benchmark.encoders import load_encoders
    from dreambench.benchmark.metrics.image_similarity import ImageSimilarity

    info = next((info for info in run.summary.metrics if info.formula == ImageSimilarity.name), None)
    if info is None or info.encoder is None:
        raise UserError(f"The protocol {run.protocol} has no image similarity to map images by.")
    encoders = load_encoders(suite.encoders, run.summary.protocol.declared().only([info.key]), device)
    encoder = encoders.embedding[info.encoder]
    if encoder.fingerprint != run.summary.encoders.get(info.encoder):
        raise UserError(f"The encoder '{info.encoder}' here is not the one that scored {run.root}; score the run again.")
    return encoder
