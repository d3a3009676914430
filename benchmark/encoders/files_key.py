"""A hash of the files that a protocol's encoders come from, so that a finished run is recognised without loading them."""

from pathlib import Path

from dreambench.benchmark.declarations.encoder import MINI, EncoderSpec, EncoderSpecs, spec_for
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders.loading import needed_roles
from dreambench.benchmark.encoders.weights import is_file_name, packaged_folder
from dreambench.benchmark.machine.environment import library_version
from dreambench.dataset.hashing import sha256_file, sha256_json

#: Distributions whose versions stand for weights that they fetch.
_LIBRARIES = ("timm", "open_clip_torch", "torchvision", "transformers")


def encoders_key(specs: EncoderSpecs, protocol: Protocol) -> str:
    """SHA-256 over what decides the fingerprint: the protocol, the specs and the weight files behind them.

    Weights that a library fetches by a tag are named by the tag and the libraries' versions.

    Raises:
        UserError: packaged weights are missing.
    """
    found = {role: spec_for(role, protocol.encoders[role], specs) for role in needed_roles(protocol)}
    return sha256_json(
        {
            "protocol": protocol.record(),
            "encoders": {role: None if spec is None else _source(role, spec) for role, spec in found.items()},
        }
    )


def _source(role: str, spec: EncoderSpec) -> dict[str, object]:
    place = packaged_folder(role) if spec.weights == MINI else Path(spec.weights).expanduser()
    entry: dict[str, object] = {"library": spec.library, "architecture": spec.architecture}
    if place.is_dir():
        files = sorted(path for path in place.rglob("*") if path.is_file() and not path.name.startswith("."))
        return entry | {"files": {path.relative_to(place).as_posix(): sha256_file(path) for path in files}}
    if is_file_name(spec.weights) and place.is_file():
        return entry | {"files": {"": sha256_file(place)}}
    return entry | {"weights": spec.weights, "versions": {name: library_version(name) for name in _LIBRARIES}}
