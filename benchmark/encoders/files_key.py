"""A hash of the files that a protocol's encoders come from, so that a finished run is recognised without loading them."""

from pathlib import Path

from dreambench.benchmark.declarations.encoder import MINI, EncoderSpec, EncodersSpec, LpipsSpec
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders.weights import is_file_name, packaged_folder
from dreambench.benchmark.machine.environment import library_version
from dreambench.dataset.hashing import sha256_file, sha256_json


def encoders_key(spec: EncodersSpec, protocol: Protocol) -> str:
    """SHA-256 over what decides the fingerprint: the protocol, the specs and the weight files behind them.

    Weights that a library fetches by a tag are named by the tag and the library's version.

    Raises:
        UserError: packaged weights are missing.
    """
    return sha256_json(
        {
            "protocol": protocol.moving_fields(),
            "dino": _one(spec.dino, "dino", library="timm"),
            "clip": _one(spec.clip, "clip", library="open_clip_torch"),
        }
        | ({"lpips": _lpips(spec.lpips or LpipsSpec())} if protocol.div == "lpips" else {})
    )


def _one(spec: EncoderSpec, encoder: str, *, library: str) -> dict[str, object]:
    place = packaged_folder(encoder) if spec.weights == MINI else Path(spec.weights).expanduser()
    entry: dict[str, object] = {"architecture": spec.architecture}
    if place.is_dir():
        files = sorted(path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))
        return entry | {"files": {path.relative_to(place).as_posix(): sha256_file(path) for path in files}}
    if is_file_name(spec.weights) and place.is_file():
        return entry | {"files": {"": sha256_file(place)}}
    return entry | {"weights": spec.weights, "library": library_version(library)}


def _lpips(spec: LpipsSpec) -> dict[str, object]:
    place = Path(spec.weights).expanduser()
    if is_file_name(spec.weights) and place.is_file():
        return {"net": spec.net, "files": {"": sha256_file(place)}}
    return {"net": spec.net, "weights": spec.weights, "library": library_version("torchvision")}
