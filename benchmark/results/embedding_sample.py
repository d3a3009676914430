"""DINO embeddings of a few subjects' references and of one image a prompt from each run: enough for a map of them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambench.benchmark.results.finished import FinishedRun
from dreambench.benchmark.runs.folder import RunFolder, read_run_record
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dreambench.benchmark.declarations.protocol import Protocol
    from dreambench.benchmark.declarations.suite import Suite
    from dreambench.benchmark.encoders import ImageEncoder

#: Subjects on a map: more could not be told apart by colour.
SUBJECTS: Final = 6


@dataclass(frozen=True)
class EmbeddingSample:
    """Embeddings, rows of length 1.

    Attributes:
        encoder: its name.
        references: subject id -> [n, d].
        generated: for each run, subject id -> [m, d]: the first image of every prompt.
    """

    encoder: str
    references: "Mapping[str, NDArray[np.float32]]"
    generated: "tuple[Mapping[str, NDArray[np.float32]], ...]"


def embed_sample(runs: Sequence[FinishedRun], *, device: str = "cpu") -> EmbeddingSample:
    """Embed a sample of comparable runs' images with the DINO encoder that scored them.

    Raises:
        UserError: the suite, the encoder or the images are not at hand, or not those that the scores were made from.
    """
    import numpy as np

    from dreambench.benchmark.encoders import EmbeddingCache, embed_files
    from dreambench.benchmark.machine.cache import cache_folder
    from dreambench.dataset.collection import load_dataset

    suite = _suite(runs[0])
    dataset = load_dataset(suite.dataset)
    recorded = runs[0].dataset
    if recorded and recorded.get("checksum") != dataset.checksum:
        raise UserError(f"The reference images of {runs[0].root} are not those of '{dataset.name}' here.")
    tables = [_first_images(run) for run in runs]
    chosen = _subjects(tables[0])
    encoder = _encoder(runs[0], suite, device)
    cache = EmbeddingCache(cache_folder())
    references = {}
    for name in chosen:
        (references[name],) = embed_files(dataset.reference_paths(dataset.subject(name)), (encoder,), cache=cache)
    generated = []
    for run, table in zip(runs, tables, strict=True):
        owners = [name for name in chosen for _ in table[name]]
        (rows,) = embed_files([_inside(run, path) for name in chosen for path in table[name]], (encoder,), cache=cache)
        generated.append({name: rows[np.array(owners) == name] for name in chosen})
    cache.trim()
    return EmbeddingSample(encoder.name, references, tuple(generated))


def _first_images(run: FinishedRun) -> dict[str, list[str]]:
    """Subject -> the path of its first image of every prompt; subjects by kind."""
    images = run.scores().images.sort_values(["kind", "subject", "prompt_index", "image_index"])
    first = images.drop_duplicates(["subject", "prompt_index"])
    return {str(name): [str(path) for path in group["path"]] for name, group in first.groupby("subject", sort=False)}


def _subjects(table: Mapping[str, Sequence[str]]) -> list[str]:
    """At most SUBJECTS of them, evenly spread over the kinds."""
    names = list(table)
    if len(names) <= SUBJECTS:
        return names
    return [names[round(place * (len(names) - 1) / (SUBJECTS - 1))] for place in range(SUBJECTS)]


def _inside(run: FinishedRun, path: str) -> Path:
    """An image's file; a run names it below its folder, `bench score` as it was given, below the folder that was scored."""
    is_run = RunFolder(run.root).run_file.is_file()
    base = run.root if is_run else Path(str(run.summary.get("images")))
    place = (base / path if is_run else Path(path)).resolve()
    if not place.is_relative_to(base.resolve()):
        raise UserError(f"scores.parquet of {run.root} names an image outside of the folder that was scored ({path[:80]}).")
    return place


def _suite(run: FinishedRun) -> "Suite":
    """The suite that a run was made under: from its run.json, or a built-in one by the name in its summary."""
    from dreambench.benchmark.declarations.suite import Suite, load_suite, suite_names

    if RunFolder(run.root).run_file.is_file():
        text = read_run_record(run.root).get("suite_file")
        try:
            return Suite.model_validate(tomllib.loads(str(text)))
        except ValueError as error:  # TOML's and pydantic's are both of this kind
            raise UserError(f"run.json of {run.root} holds no suite that can be read.") from error
    name = str(run.summary.get("suite"))
    if name not in suite_names():
        raise UserError(f"The suite '{name[:60]}' that {run.root} was scored under is not one that ships with dreambench.")
    return load_suite(name)


def _encoder(run: FinishedRun, suite: "Suite", device: str) -> "ImageEncoder":
    """DINO as it scored the run.

    Raises:
        UserError: it cannot be loaded, or it has other weights now.
    """
    from dreambench.benchmark.declarations.protocol import fingerprint
    from dreambench.benchmark.encoders.loading import load_encoders, load_protocols_dino

    protocol = _protocol(run, suite)
    known = _recorded_fingerprint(run)
    dino: ImageEncoder | None
    if known is not None:
        dino = load_protocols_dino(suite.encoders, protocol, device)
        same = dino is not None and dino.fingerprint == known
    else:  # only all encoders together tell
        encoders = load_encoders(suite.encoders, protocol, device)
        dino = encoders.dino
        same = fingerprint(protocol, **encoders.fingerprints()) == run.fingerprint
    if dino is None:
        raise UserError(f"The protocol {protocol.name} has no DINO.")
    if not same:
        raise UserError(f"The DINO encoder here is not the one that scored {run.root}; score the run again.")
    return dino


def _protocol(run: FinishedRun, suite: "Suite") -> "Protocol":
    """The protocol that a run was scored under: a built-in one by its name, else the suite's; with the images it counted."""
    from dreambench.benchmark.declarations.protocol import load_protocol, protocol_names

    protocol = load_protocol(run.protocol if run.protocol in protocol_names() else suite.protocol)
    per_prompt = run.scores().images.groupby(["subject", "prompt_index"]).size().max()
    return protocol.model_copy(update={"images_per_prompt": int(per_prompt)})


def _recorded_fingerprint(run: FinishedRun) -> str | None:
    if not RunFolder(run.root).run_file.is_file():
        return None
    recorded: Any = read_run_record(run.root).get("encoder_fingerprints")
    return str(recorded["dino"]) if isinstance(recorded, dict) and "dino" in recorded else None
