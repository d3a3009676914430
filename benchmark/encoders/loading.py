"""From what a suite and a protocol say to encoders that are ready to run."""

from typing import TYPE_CHECKING, Literal

from dreambench.benchmark.declarations.encoder import MINI, EncoderSpec, EncodersSpec, LpipsSpec
from dreambench.benchmark.encoders.encoder import Encoders
from dreambench.benchmark.encoders.requirements import refuse_other_architecture

if TYPE_CHECKING:
    import torch

    from dreambench.benchmark.declarations.protocol import Protocol
    from dreambench.benchmark.encoders.clip import OpenClipEncoder
    from dreambench.benchmark.encoders.encoder import TransformedEncoder
    from dreambench.benchmark.encoders.lpips import Lpips


def load_encoders(spec: EncodersSpec, protocol: "Protocol", device: "torch.device | str" = "cpu") -> Encoders:
    """Load a suite's DINO and CLIP with a protocol's transforms, and LPIPS where its DIV is LPIPS.

    Raises:
        UserError: weights are missing, broken or do not fit (the message names the file), or the protocol is defined for
            another architecture.
    """
    return Encoders(
        dino=load_protocols_dino(spec, protocol, device),
        clip=load_protocols_clip(spec, protocol, device),
        lpips=load_protocols_lpips(spec, protocol, device),
    )


def load_protocols_dino(
    spec: EncodersSpec, protocol: "Protocol", device: "torch.device | str" = "cpu"
) -> "TransformedEncoder | None":
    """A suite's DINO with a protocol's transform; None for a protocol without DINO.

    Raises:
        UserError: as `load_encoders`.
    """
    if isinstance(protocol.dino, str):
        return None
    import torch

    from dreambench.benchmark.encoders.dino import load_dino

    required = protocol.dino_architecture
    _refuse_at_sight("DINO", required, spec.dino, protocol)
    encoder = load_dino(spec.dino, protocol.dino, torch.device(device))
    refuse_other_architecture("DINO", required, encoder.architecture_name, protocol=protocol.name)
    return encoder


def load_protocols_clip(spec: EncodersSpec, protocol: "Protocol", device: "torch.device | str" = "cpu") -> "OpenClipEncoder":
    """A suite's CLIP with a protocol's transform.

    Raises:
        UserError: as `load_encoders`.
    """
    import torch

    from dreambench.benchmark.encoders.clip import load_clip

    required = protocol.clip_architecture
    _refuse_at_sight("CLIP", required, spec.clip, protocol)
    encoder = load_clip(spec.clip, protocol.clip, torch.device(device))
    refuse_other_architecture("CLIP", required, encoder.architecture_name, protocol=protocol.name)
    return encoder


def load_protocols_lpips(spec: EncodersSpec, protocol: "Protocol", device: "torch.device | str" = "cpu") -> "Lpips | None":
    """A suite's LPIPS; None for a protocol that has another DIV, or one image a prompt and so no pairs.

    Raises:
        UserError: as `load_encoders`.
    """
    if protocol.div != "lpips" or protocol.images_per_prompt < 2:
        return None
    import torch

    from dreambench.benchmark.encoders.lpips import load_lpips

    return load_lpips(spec.lpips or LpipsSpec(), torch.device(device))


def _refuse_at_sight(which: Literal["DINO", "CLIP"], required: str | None, spec: EncoderSpec, protocol: "Protocol") -> None:
    """What the suite says outright is checked before any weights are read; what a folder holds, when they are."""
    found = "the miniature's" if spec.weights == MINI else spec.architecture
    if found is not None:
        refuse_other_architecture(which, required, found, protocol=protocol.name)
