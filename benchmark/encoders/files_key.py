"""A hash of the files that a protocol's encoders come from, so that a finished run is recognised without loading them."""

from dreambench.benchmark.declarations.encoder import EncoderSpecs
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders.locating import LocatedEncoder, locate_encoder, needed_roles
from dreambench.benchmark.encoders.registry import library_plugin
from dreambench.benchmark.machine.environment import library_version
from dreambench.dataset.hashing import sha256_file, sha256_json


def encoders_key(specs: EncoderSpecs, protocol: Protocol) -> str:
    """SHA-256 over what decides the fingerprint: the protocol, the specs and the weight files behind them.

    Weights that a library fetches are named by where they come from and the library's version.

    Raises:
        UserError: weights are missing, or not what the protocol is defined for.
    """
    located = {role: locate_encoder(role, protocol, specs) for role in needed_roles(protocol)}
    return sha256_json(
        {"protocol": protocol.record(), "encoders": {role: _record(encoder) for role, encoder in located.items()}}
    )


def _record(encoder: LocatedEncoder) -> dict[str, object]:
    library, path = encoder.library, encoder.source.path
    entry: dict[str, object] = {"library": library.name, "architecture": encoder.request.architecture}
    plugin = library_plugin(library.name)
    if plugin is not None:
        entry["plugin"] = plugin
    if path is not None and path.is_dir():
        files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
        return entry | {"files": {file.relative_to(path).as_posix(): sha256_file(file) for file in files}}
    if path is not None:
        return entry | {"files": {"": sha256_file(path)}}
    return entry | {
        "weights": encoder.request.spec.weights,
        "revision": encoder.source.revision,
        "versions": {name: library_version(name) for name in library.distributions},
    }
