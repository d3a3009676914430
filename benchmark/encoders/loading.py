"""From what a suite and a protocol say to encoders that are ready to run."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from dreambench.benchmark.declarations.encoder import MINI, EncoderSpec, EncoderSpecs, spec_for
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import hugging_face
from dreambench.benchmark.encoders.encoder import Encoders, ImageEncoder, PictureDistance
from dreambench.benchmark.encoders.requirements import refuse_other_architecture
from dreambench.benchmark.encoders.weights import packaged_folder
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch


def load_encoders(specs: EncoderSpecs, protocol: Protocol, device: "torch.device | str" = "cpu") -> Encoders:
    """Load the encoders that a protocol's metrics need, as a suite says where they are.

    Raises:
        UserError: weights are missing, broken or do not fit (the message names the file), or the protocol is defined for
            another architecture.
    """
    embedding: dict[str, ImageEncoder] = {}
    distance: dict[str, PictureDistance] = {}
    for role in needed_roles(protocol):
        loaded = load_encoder(role, protocol, specs, device)
        if isinstance(loaded, Mapping):
            raise AssertionError
        if hasattr(loaded, "pair_distances"):
            distance[role] = loaded
        else:
            embedding[role] = loaded
    return Encoders(embedding, distance)


def needed_roles(protocol: Protocol) -> tuple[str, ...]:
    """The roles of the encoders that the metrics use, in the protocol's order."""
    per_prompt = protocol.images_per_prompt
    used = {metric.encoder for metric in protocol.metrics.values() if metric.least_images <= per_prompt}
    return tuple(role for role in protocol.encoders if role in used)


def load_encoder(
    role: str, protocol: Protocol, specs: EncoderSpecs, device: "torch.device | str" = "cpu"
) -> "ImageEncoder | PictureDistance":
    """One encoder of a protocol."""
    import torch

    declared = protocol.encoders[role]
    spec = spec_for(role, declared, specs)
    if spec is None:
        raise UserError(
            f"The protocol '{protocol.name}' needs the encoder '{role}', and the suite does not say where its weights are; "
            f"add [encoders.{role}] to the suite."
        )
    library = library_of(role, spec)
    if library == "lpips":
        from dreambench.benchmark.encoders.lpips import load_lpips

        return load_lpips(spec, torch.device(device))
    label = role.upper()
    found = "the miniature's" if spec.weights == MINI else spec.architecture
    if found is not None:
        refuse_other_architecture(label, declared.architecture, found, protocol=protocol.name)
    if spec.weights == MINI:  # the role says which of the packaged folders
        spec = spec.model_copy(update={"weights": str(packaged_folder(role))})
    if library == "open_clip":
        from dreambench.benchmark.encoders.clip import load_clip

        clip = load_clip(spec, declared.transform, torch.device(device))
        refuse_other_architecture(label, declared.architecture, clip.architecture_name, protocol=protocol.name)
        return clip
    from dreambench.benchmark.encoders.dino import load_dino

    assert declared.transform != "own"
    dino = load_dino(spec, declared.transform, torch.device(device))
    refuse_other_architecture(label, declared.architecture, dino.architecture_name, protocol=protocol.name)
    return dino


def library_of(role: str, spec: EncoderSpec) -> str:
    """The library that an encoder is built with."""
    if spec.library is not None:
        return spec.library
    folder = packaged_folder(role) if spec.weights == MINI else Path(spec.weights).expanduser()
    if folder.is_dir():
        is_clip = (folder / "open_clip_config.json").is_file() or hugging_face.model_type(folder) == "clip"
        return "open_clip" if is_clip else "timm"
    import open_clip

    return "open_clip" if spec.architecture is not None and open_clip.get_model_config(spec.architecture) else "timm"
