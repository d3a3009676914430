"""From what a suite and a protocol say to encoders that are ready to run."""

from typing import TYPE_CHECKING

from dreambench.benchmark.declarations.encoder import EncoderSpecs
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders.encoder import Encoders, ImageEncoder, PictureDistance
from dreambench.benchmark.encoders.locating import locate_encoder, needed_roles
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch


def load_encoders(specs: EncoderSpecs, protocol: Protocol, device: "torch.device | str" = "cpu") -> Encoders:
    """Load the encoders that a protocol's metrics need, as a suite says where they are.

    All are located before the first is loaded, so a wrong name in the last one costs no time.

    Raises:
        UserError: weights are missing, broken or do not fit (the message names the file), or the protocol is defined for
            another architecture.
    """
    import torch

    located = {role: locate_encoder(role, protocol, specs) for role in needed_roles(protocol)}
    embedding: dict[str, ImageEncoder] = {}
    distance: dict[str, PictureDistance] = {}
    for role, encoder in located.items():
        loaded = encoder.library.load(encoder.request, encoder.source, torch.device(device))
        if isinstance(loaded, PictureDistance):
            distance[role] = loaded
        elif isinstance(loaded, ImageEncoder):
            embedding[role] = loaded
        else:
            raise UserError(
                f"The library {encoder.library.name} gave a {type(loaded).__name__} for [{encoder.request.table}], which is no "
                "encoder: it lacks something of dreambench's ImageEncoder."
            )
    return Encoders(embedding, distance)
