"""Where each encoder's weights are, and where they are looked for; nothing is loaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmark.doctor.findings import Finding
from benchmark.doctor.hub import cached_file, hub_problem
from benchmark.encoders.spec import MINI, EncoderSpec, EncodersSpec, LpipsSpec
from benchmark.encoders.weights import is_file_name, packaged_folder
from dataset.errors import UserError

if TYPE_CHECKING:
    from benchmark.protocols import Protocol

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
    repository, url = (_timm if which == "dino" else _open_clip)(architecture, spec.weights)
    if repository is None and url is None:
        text = f"{architecture or 'no architecture'} with weights '{spec.weights}' is not known"
        return Finding(topic, "missing", text, f"check the names in [encoders.{which}] of the suite")
    where = repository or str(url)
    found = cached_file(repository, _DINO_FILES if which == "dino" else _CLIP_FILES) if repository else None
    if found is not None:
        return _here(topic, found)
    return _to_fetch(topic, which, f"{architecture}, {spec.weights}", f"the hub, {where}" if repository else where)


def _lpips(spec: LpipsSpec) -> Finding:
    topic = "encoder lpips"
    if is_file_name(spec.weights):
        place = Path(spec.weights).expanduser()
        return _here(topic, place) if place.is_file() else _absent_file(topic, "lpips", place)
    import torch
    import torchvision

    backbone = _BACKBONES[spec.net]
    url = str(torchvision.models.get_model_weights(backbone).DEFAULT.url)
    place = Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]
    return _here(topic, place) if place.is_file() else _to_fetch(topic, "lpips", f"{backbone} at {place}", url)


def _timm(architecture: str, weights: str) -> tuple[str | None, str | None]:
    """Hub repository and address of timm's weights; both None for an unknown architecture."""
    import timm

    config: Any = timm.models.get_pretrained_cfg(architecture) if weights == "hub" and architecture else None
    if config is None:
        return None, None
    repository = config.hf_hub_id
    if repository and repository.endswith("/"):
        repository += architecture
    return repository, config.url


def _open_clip(architecture: str, tag: str) -> tuple[str | None, str | None]:
    """Hub repository and address of open_clip's weights; both None for an unknown pair."""
    import open_clip

    config = open_clip.pretrained.get_pretrained_cfg(architecture, tag)
    repository = str(config.get("hf_hub", "")).rstrip("/")
    return repository or None, config.get("url") or None


def _here(topic: str, place: Path) -> Finding:
    return Finding(topic, "ready", str(place), details={"path": str(place)})


def _absent_file(topic: str, which: str, place: Path) -> Finding:
    return Finding(
        topic,
        "missing",
        f"the weight file {place} does not exist",
        f"put it there, or mend [encoders.{which}] weights in the suite",
        {"path": str(place)},
    )


def _to_fetch(topic: str, which: str, what: str, where: str) -> Finding:
    problem = hub_problem()
    if problem is None:
        return Finding(topic, "fetch", f"{what} is not here; the run fetches it from {where}", details={"source": where})
    return Finding(
        topic,
        "missing",
        f"{what} is not here, and cannot be fetched from {where}: {problem}",
        f'give [encoders.{which}] weights = "FILE" in a copy of the suite',
        {"source": where},
    )
