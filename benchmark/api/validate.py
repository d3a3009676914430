"""`validate_metrics` and `validate_doses`: what metrics are worth, by people's ratings and by pictures whose order is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dreambench.benchmark.api.counting import Counting
from dreambench.benchmark.api.in_tables import InTables
from dreambench.benchmark.api.listener import Listener
from dreambench.benchmark.api.listening import listening
from dreambench.benchmark.declarations.protocol import load_protocol
from dreambench.benchmark.declarations.suite import load_suite
from dreambench.benchmark.encoders import load_encoders
from dreambench.benchmark.machine.resources import choose_device
from dreambench.benchmark.reporting.known_orders_table import known_orders_record, known_orders_tables
from dreambench.benchmark.reporting.people_table import people_record, people_tables
from dreambench.benchmark.validation.known_orders import KnownOrders, askable, draw_sets, score_sets
from dreambench.benchmark.validation.people import PeopleAgreement, agreement_with_people
from dreambench.benchmark.validation.ratings import assemble, ratings_of, read_ratings
from dreambench.benchmark.validation.sources import fetch_sources, published_sources, ratings_cache
from dreambench.dataset.downloading import Listener as FetchListener
from dreambench.dataset.errors import UserError
from dreambench.dataset.leftovers import temporary_folder
from dreambench.dataset.local_folders import is_offline


@dataclass(frozen=True, eq=False, kw_only=True)
class Validated(InTables):
    """What metrics are worth, in tables.

    Attributes:
        found: the numbers: how far metrics agree with people, or which known orders they get right.
    """

    found: PeopleAgreement | KnownOrders


def validate_metrics(
    *,
    ratings: str | Path | None = None,
    question: str | None = None,
    seed: int = 0,
    fetching: FetchListener | None = None,
    listener: Listener | None = None,
) -> Validated:
    """Correlate metrics with what people said of the same images.

    Args:
        ratings: a CSV file with the columns sample, method, rater1_QUESTION, rater2_QUESTION ... and one a metric; None takes
            600 published images, fetched once by hash.
        question: which of the raters' questions; None takes the first.
        seed: of the bootstrap over samples.
        fetching: told how the fetch goes.
        listener: who hears how far it is; None for what suits where Python runs.

    Raises:
        UserError: the file is no table of ratings, or published ones are missing and the network is off.
        IncompleteRun: published ratings could not be fetched.
    """
    with listening(listener) as told:
        if ratings is not None:
            rated = read_ratings(Path(ratings), question=question)
        else:
            sources = published_sources()
            folder = ratings_cache(sources)
            told.say("looking for the published ratings")
            fetch_sources(sources, folder, offline=is_offline(), listener=fetching)
            told.measure(None)
            rated = ratings_of(assemble(sources, folder), source=sources.description, question=question)
        told.say("correlating")
        found = agreement_with_people(rated, seed=seed)
    return Validated(tables=people_tables(found), values=people_record(found), found=found)


def validate_doses(
    *,
    suite: str | Path = "mini",
    protocol: str | Path | None = None,
    subjects: Sequence[str] | None = None,
    seed: int = 0,
    device: str = "auto",
    listener: Listener | None = None,
) -> Validated:
    """Draw pictures whose order is known and say which metric gets which order right.

    Look-alikes in the same scene, the same subject in another scene, growing doses of a changed hue, pattern or shape.

    Args:
        suite: a suite on the drawn subjects: its name or file.
        protocol: whose metrics; None takes the suite's.
        subjects: ids; None takes all.
        seed: of poses and look-alikes.
        device: "auto", "cpu", "cuda" or one GPU, "cuda:1".
        listener: who hears how far it is; None for what suits where Python runs.

    Raises:
        UserError: the suite's subjects are not drawn, or the protocol has no metric that can be asked.
    """
    computed_on = choose_device(device)
    with listening(listener) as told:
        the_suite = load_suite(suite)
        dataset = the_suite.open_dataset()
        declared = load_protocol(protocol or the_suite.protocol)
        keys = askable(declared)
        if not keys:
            raise UserError(
                f"The protocol '{declared.name}' has no metric that looks at reference images or texts; name another one."
            )
        for name in subjects or ():
            dataset.subject(name)
        told.say("drawing")
        sets = draw_sets(dataset, seed=seed, subjects=subjects)
        the_protocol = declared.only(keys).model_copy(update={"images_per_prompt": len(sets[0].pictures)})
        told.say("loading the encoders")
        encoders = load_encoders(the_suite.encoders, the_protocol, computed_on)
        meter = Counting(told, "scoring drawn pictures")
        told.measure(meter)
        with temporary_folder("dreambench-doses-") as folder:
            found = score_sets(sets, folder, dataset=dataset, protocol=the_protocol, encoders=encoders, on_progress=meter.count)
        told.measure(None)
    return Validated(tables=known_orders_tables(found), values=known_orders_record(found), found=found)
