"""Where each encoder's weights are, and where they are looked for; of a file that is here, the header is read."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from dreambench.baselines.hub import address_problem, cached_file, hub_problem
from dreambench.benchmark.declarations.encoder import MINI, EncoderSpec, EncodersSpec, LpipsSpec
from dreambench.benchmark.doctor.findings import Finding
from dreambench.benchmark.encoders.hub import open_clip_address, timm_address, torch_cache_file
from dreambench.benchmark.encoders.weights import is_file_name, packaged_folder, refuse_absent_path, refuse_damaged
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    from dreambench.benchmark.declarations.protocol import Protocol

_DINO_FILES: Final = ("model.safetensors", "pytorch_model.bin")
_CLIP_FILES: Final = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
_BACKBONES: Final = {"alex": "alexnet", "vgg": "vgg16", "squeeze": "squeezenet1_1"}


def examine_encoders(spec: EncodersSpec, protocol: "Protocol") -> list[Finding]:
    """A finding for each encoder that the protocol's metrics need."""
    findings = []
    if not isinstance(protocol.dino, str):
        findings.append(_encoder("dino", spec.dino))
    findings.append(_encoder("clip", spec.clip))
    if protocol.div == "lpips":
        findings.append(_lpips(spec.lpips or LpipsSpec()))
    return findings


def _encoder(which: str, spec: EncoderSpec) -> Finding:
    """The finding on [encoders.dino] or [encoders.clip]."""
    topic = f"encoder {which}"
    if spec.weights == MINI:
        try:
            return _here(topic, packaged_folder(which))
        except UserError as error:
            return Finding(topic, "missing", str(error), "reinstall dreambench")
    place = Path(spec.weights).expanduser()
    if place.is_dir() or is_file_name(spec.weights):
        return _here(topic, place) if place.exists() else _absent_file(topic, which, place)
    architecture = spec.architecture or ""
    repository, url = _address(which, architecture, spec.weights)
    if repository is None and url is None:
        return _unknown(topic, which, architecture, spec.weights)
    where = repository or str(url)
    found = cached_file(repository, _DINO_FILES if which == "dino" else _CLIP_FILES) if repository else None
    if found is not None:
        return _here(topic, found)
    source, problem = (f"the hub, {where}", hub_problem()) if repository else (where, address_problem(where))
    return _to_fetch(topic, which, f"{architecture}, {spec.weights}", source, problem)


def _lpips(spec: LpipsSpec) -> Finding:
    topic = "encoder lpips"
    if is_file_name(spec.weights):
        place = Path(spec.weights).expanduser()
        return _here(topic, place) if place.is_file() else _absent_file(topic, "lpips", place)
    import torchvision

    backbone = _BACKBONES[spec.net]
    url = str(torchvision.models.get_model_weights(backbone).DEFAULT.url)
    place = torch_cache_file(url)
    if place.is_file():
        return _here(topic, place)
    problem = hub_problem() or address_problem(url)  # without a network, one wait is enough
    return _to_fetch(topic, "lpips", f"{backbone} at {place}", url, problem)


def _address(which: str, architecture: str, weights: str) -> tuple[str | None, str | None]:
    if which == "clip":
        return open_clip_address(architecture, weights)
    return timm_address(architecture) if weights == "hub" else (None, None)


def _here(topic: str, place: Path) -> Finding:
    try:
        refuse_damaged(place)
    except UserError as error:
        return Finding(topic, "missing", str(error), details={"path": str(place)})
    return Finding(topic, "ready", str(place), details={"path": str(place)})


def _unknown(topic: str, which: str, architecture: str, weights: str) -> Finding:
    try:
        refuse_absent_path(weights, table=f"encoders.{which}")
    except UserError as error:
        return Finding(topic, "missing", str(error))
    text = f"{architecture or 'no architecture'} with weights '{weights}' is not known"
    return Finding(topic, "missing", text, f"check the names in [encoders.{which}] of the suite")


def _absent_file(topic: str, which: str, place: Path) -> Finding:
    return Finding(
        topic,
        "missing",
        f"the weight file {place} does not exist",
        f"put it there, or mend [encoders.{which}] weights in the suite",
        {"path": str(place)},
    )


def _to_fetch(topic: str, which: str, what: str, where: str, problem: str | None) -> Finding:
    if problem is None:
        return Finding(topic, "fetch", f"{what} is not here; the run fetches it from {where}", details={"source": where})
    return Finding(
        topic,
        "missing",
        f"{what} is not here, and cannot be fetched from {where}: {problem}",
        f'give [encoders.{which}] weights = "FILE" in a copy of the suite',
        {"source": where},
    )
