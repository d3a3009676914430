"""Where each encoder's weights are, and where they are looked for; of a file that is here, the header is read."""

from pathlib import Path
from typing import TYPE_CHECKING

from dreambench.benchmark.declarations.encoder import EncoderSpecs
from dreambench.benchmark.doctor.findings import Finding
from dreambench.benchmark.encoders.locating import locate_encoder, needed_roles
from dreambench.benchmark.encoders.source import WeightSource
from dreambench.benchmark.encoders.weights import refuse_damaged
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    from dreambench.benchmark.declarations.protocol import Protocol


def examine_encoders(specs: EncoderSpecs, protocol: "Protocol") -> list[Finding]:
    """A finding for each encoder that the protocol's metrics need."""
    return [_examine(role, protocol, specs) for role in needed_roles(protocol)]


def _examine(role: str, protocol: "Protocol", specs: EncoderSpecs) -> Finding:
    topic = f"encoder {role}"
    try:
        source = locate_encoder(role, protocol, specs).source
    except UserError as error:
        return Finding(topic, "missing", str(error))
    found = source.found()
    if found is not None:
        return _here(topic, found)
    return _to_fetch(topic, role, source) if source.is_fetched else Finding(topic, "ready", f"{source.what} needs no weights")


def _here(topic: str, path: Path) -> Finding:
    try:
        refuse_damaged(path)
    except UserError as error:
        return Finding(topic, "missing", str(error), details={"path": str(path)})
    return Finding(topic, "ready", str(path), details={"path": str(path)})


def _to_fetch(topic: str, role: str, source: WeightSource) -> Finding:
    what = source.what if source.kept_at is None or source.repository is not None else f"{source.what} at {source.kept_at}"
    problem = source.problem()
    if problem is None:
        text = f"{what} is not here; the run fetches it from {source.origin}"
        return Finding(topic, "fetch", text, details={"source": source.origin})
    return Finding(
        topic,
        "missing",
        f"{what} is not here, and cannot be fetched from {source.origin}: {problem}",
        f"give [encoders.{role}] weights = {source.instead} in a copy of the suite",
        {"source": source.origin},
    )
