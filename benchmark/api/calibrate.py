"""`calibrate`: the real images against themselves under each protocol, beside the published rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.declarations.protocol import Protocol, load_protocol, protocol_names
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.machine.resources import choose_device
from dreambench.benchmark.scoring.calibration import (
    RealRow,
    Verdict,
    is_the_release,
    judge,
    near_duplicates,
    protocol_of,
    published_real_images,
    real_rows,
)
from dreambench.benchmark.scoring.reference_sets import ReferenceSet, ReferenceSets
from dreambench.dataset.collection import Dataset
from dreambench.dataset.errors import UserError

#: Protocols of the drawn world, which say nothing of a set-up for photos.
_DRAWN: Final = ("miniature", "mini-panel")


@dataclass(frozen=True, eq=False)
class Calibration:
    """Real images against themselves.

    Attributes:
        suite: the suite's name.
        dataset: whose images.
        prepared: the protocols that were run, each with its encoders' state.
        rows: the real images' means, protocol by protocol and way of counting.
        verdicts: each published row against them.
        not_run: protocol's name -> why the suite's encoders do not allow it.
        tolerance: how far off still agrees, as a difference of cosines.
    """

    suite: str
    dataset: Dataset
    prepared: tuple[tuple[Protocol, ReferenceSet], ...]
    rows: tuple[RealRow, ...]
    verdicts: tuple[Verdict, ...]
    not_run: Mapping[str, str]
    tolerance: float

    @property
    def columns(self) -> dict[str, str]:
        """Metric's key -> label, of all metrics in the rows, in the order in which protocols declare them."""
        found: dict[str, str] = {}
        for protocol, _ in self.prepared:
            for info in protocol.infos():
                if info.averages == "pairs":
                    found.setdefault(info.key, info.label)
        return found

    def record(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "suite": self.suite,
            "dataset": self.dataset.record(),
            "protocols": [
                {"name": protocol.name, "encoders": dict(found.fingerprints), "missing": dict(found.missing)}
                for protocol, found in self.prepared
            ],
            "rows": [_row(row) for row in self.rows],
            "tolerance": self.tolerance,
            "published": [
                {
                    **verdict.published.model_dump(mode="json"),
                    "agrees": verdict.agrees,
                    "distance": verdict.distance,
                    "nearest": None if verdict.nearest is None else _row(verdict.nearest),
                    "sentence": verdict.sentence,
                }
                for verdict in self.verdicts
            ],
            "not_run": dict(self.not_run),
        }


def calibrate(
    *,
    suite: str | Path = "mini",
    protocols: Sequence[str | Path] | None = None,
    device: str = "auto",
    listener: Listener | None = None,
) -> Calibration:
    """Score real images against themselves, beside the published Real Images rows.

    With official weights and the photo dataset, agreement tells that this set-up measures what the field measures.

    Args:
        suite: whose dataset and encoders: a suite's name or file.
        protocols: names or files; None takes the suite's and the built-in ones for photos that its encoders fit.
        device: "auto", "cpu", "cuda" or one GPU, "cuda:1".
        listener: who hears how far it is; None for what suits where Python runs.

    Raises:
        UserError: a protocol that was asked for cannot run, or none can.
    """
    computed_on = choose_device(device)
    with listening(listener) as told:
        told.say("looking for the real images")
        the_suite = load_suite(suite)
        dataset = the_suite.open_dataset()
        for sentence in dataset.unread():
            told.note(sentence)
        wanted = _protocols(protocols, the_suite.protocol)
        left_out = near_duplicates(dataset)
        sets = ReferenceSets(the_suite.encoders, dataset, dataset.subjects, computed_on, say=told.say)
        prepared, not_run = _prepare(wanted, sets, must_run=protocols is not None)
        rows: list[RealRow] = []
        for protocol, found in prepared:
            rows += real_rows(protocol, dataset.subjects, found.references, left_out=left_out)
    run = [protocol for protocol, _ in prepared]
    other_images = None if is_the_release(dataset) else dataset.name
    published = published_real_images()
    verdicts = []
    for row in published.published:
        own = protocol_of(row, run)
        its_rows = [one for one in rows if own is not None and one.protocol == own.name]
        verdicts.append(judge(row, own, its_rows, other_images=other_images))
    return Calibration(the_suite.name, dataset, tuple(prepared), tuple(rows), tuple(verdicts), not_run, published.tolerance)


def _protocols(names: Sequence[str | Path] | None, suites_own: str) -> list[Protocol]:
    """The protocols that were named; else the suite's, then the built-in ones for photos."""
    wanted = list(names or [suites_own, *(name for name in protocol_names() if name not in _DRAWN)])
    protocols = {protocol.name: protocol for protocol in map(load_protocol, dict.fromkeys(wanted))}
    if names and len(protocols) < len(dict.fromkeys(names)):
        raise UserError("Two of the protocols have the same name; give each a name of its own in its file.")
    return list(protocols.values())


def _prepare(
    protocols: Sequence[Protocol], sets: ReferenceSets, *, must_run: bool
) -> tuple[list[tuple[Protocol, ReferenceSet]], dict[str, str]]:
    """The protocols that the suite's encoders allow, and why each of the others is not run.

    Raises:
        UserError: a protocol that was asked for cannot run, or none can.
    """
    prepared, not_run = [], {}
    for protocol in protocols:
        try:
            prepared.append((protocol, sets.under(protocol)))
        except UserError as error:
            if must_run:
                raise
            not_run[protocol.name] = str(error)
    if not prepared:
        raise UserError(next(iter(not_run.values())))
    return prepared, not_run


def _row(row: RealRow) -> dict[str, Any]:
    return asdict(row)
