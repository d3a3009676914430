"""The yardsticks of some subjects, as scoring a run makes them."""

from collections.abc import Sequence

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import Encoders
from dreambench.benchmark.scoring.references import embed_references, make_galleries
from dreambench.benchmark.scoring.score import roles_needing
from dreambench.benchmark.scoring.tables import Scores
from dreambench.benchmark.scoring.yardsticks import copy_reference, impostor, real_images, same_class
from dreambench.dataset.collection import Dataset
from dreambench.dataset.subjects import Subject


def yardsticks_of(
    dataset: Dataset, subjects: Sequence[Subject], prompts: Sequence[int], protocol: Protocol, encoders: Encoders
) -> dict[str, Scores]:
    """Name -> scores; the gallery is of the whole dataset, also where few subjects are wanted."""
    references = embed_references(dataset, subjects, protocol, encoders)
    galleries = make_galleries(
        dataset, encoders, references, reading=protocol.reading, roles=roles_needing(protocol, "gallery", encoders)
    )
    everybody = embed_references(dataset, dataset.subjects, protocol, encoders)
    return {
        "real_images": real_images(subjects, protocol, references, galleries=galleries),
        "copy_reference": copy_reference(
            subjects,
            prompts,
            dataset=dataset,
            protocol=protocol,
            encoders=encoders,
            references=references,
            galleries=galleries,
        ),
        "impostor": impostor(subjects, protocol, everybody, others=same_class(dataset, subjects)),
    }
