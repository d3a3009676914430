"""One encoder by itself, through the same door as a whole scoring's: a protocol of one metric asks for it."""

from typing import Any

from dreambench.benchmark.declarations.encoder import EncoderRole, EncoderSpec
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders import EncoderRequest, load_encoders
from dreambench.benchmark.encoders.locating import locate_encoder


def protocol_with(role: str = "x", **wanted: Any) -> Protocol:
    """A protocol of one encoder; `wanted` is what it says in [encoders.ROLE]."""
    metrics = {"score": {"formula": "diversity", "encoder": role}}
    return Protocol.model_validate({"name": "one", "encoders": {role: wanted}, "metrics": metrics})


def load_one(spec: EncoderSpec, *, role: str = "x", device: Any = "cpu", **wanted: Any) -> Any:
    """The encoder that a suite gives a role of which the protocol wants `wanted`."""
    encoders = load_encoders({role: spec}, protocol_with(role, **wanted), device)
    return {**encoders.embedding, **encoders.distance}[role]


def architecture_of(spec: EncoderSpec, *, role: str = "x", **wanted: Any) -> str | None:
    """The library's name of the network that a suite gives a role."""
    located = locate_encoder(role, protocol_with(role, **wanted), {role: spec})
    return located.library.architecture(located.request)


def request(role: str = "x", /, **spec: Any) -> EncoderRequest:
    """What a library is given where the protocol wants nothing in particular."""
    return EncoderRequest(role, EncoderRole(), EncoderSpec(**spec))


def load_dino(spec: EncoderSpec, transform: Any, device: Any = "cpu") -> Any:
    """The encoder `dino` of the presets: timm's, by the CLS token."""
    return load_one(spec, role="dino", device=device, library="timm", output="cls", transform=transform)


def load_clip(spec: EncoderSpec, transform: Any, device: Any = "cpu") -> Any:
    """The encoder `clip` of the presets: open_clip's."""
    return load_one(spec, role="clip", device=device, library="open_clip", transform=transform)


def load_lpips(spec: EncoderSpec, device: Any = "cpu") -> Any:
    """LPIPS."""
    return load_one(spec, role="lpips", device=device, library="lpips")
