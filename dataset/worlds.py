"""What kind of pictures a dataset has: scores on drawings and on photos of subjects of the same names do not compare."""

from typing import Final

from dreambench.dataset.collection import RELEASED

_WORLDS: Final = {"mini": "drawn miniature", RELEASED: "photos"}


def world_of(dataset: str) -> str:
    """ "drawn miniature", "photos", or "a dataset of its own", by the dataset's name, which its checksum must bear out."""
    return _WORLDS.get(dataset, "a dataset of its own")
