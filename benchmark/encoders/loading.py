"""From what a suite and a protocol say to encoders that are ready to run."""

from typing import TYPE_CHECKING

from benchmark.encoders.encoder import Encoders
from benchmark.encoders.spec import EncodersSpec

if TYPE_CHECKING:
    import torch

    from benchmark.protocols import Protocol


def load_encoders(spec: EncodersSpec, protocol: "Protocol", device: "torch.device | str" = "cpu") -> Encoders:
    """Load a suite's DINO and CLIP with a protocol's transforms.

    Raises:
        UserError: weights are missing, broken or do not fit; the message names the file.
    """
    import torch

    from benchmark.encoders.clip import load_clip
    from benchmark.encoders.dino import load_dino

    place = torch.device(device)
    return Encoders(dino=load_dino(spec.dino, protocol.dino, place), clip=load_clip(spec.clip, protocol.clip, place))
