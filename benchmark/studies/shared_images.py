"""Variants that differ in scoring alone have the same images: how many are made, so that one making serves every scoring."""

from collections.abc import Sequence
from dataclasses import dataclass

from dreambench.benchmark.declarations.protocol import Protocol, load_protocol
from dreambench.benchmark.encoders.locating import locate_encoder, needed_roles
from dreambench.benchmark.studies.planning import VariantRun


@dataclass(frozen=True)
class SharedImages:
    """What every variant's method makes, whatever its protocol asks for.

    Attributes:
        per_prompt: images of a prompt; None for the number that the run takes by itself.
        prior: prior images of a subject; None likewise.
    """

    per_prompt: int | None = None
    prior: int | None = None


def shared_images(runs: Sequence[VariantRun], usual: str) -> SharedImages:
    """How many images the variants of a study make; nothing is said where they are scored alike.

    A protocol that wants fewer images or prior images would otherwise make units of its own. The images of a prompt are as many
    as the suite's own protocol wants; the prior images as many as any of the protocols does: one without PRES does not mind.

    Args:
        runs: of `plan_study`.
        usual: the protocol of the study's suite, by name or path.

    Raises:
        UserError: a protocol is unknown or wrong, or a variant's suite does not say where an encoder's weights are.
    """
    if not any(run.variant.scores_otherwise for run in runs):
        return SharedImages()
    protocols: dict[str, Protocol] = {usual: load_protocol(usual)}
    for run in runs:
        protocol = protocols.setdefault(run.suite.protocol, load_protocol(run.suite.protocol))
        for role in needed_roles(protocol):
            locate_encoder(role, protocol, run.suite.encoders)
    return SharedImages(protocols[usual].images_per_prompt, max(protocol.prior_images for protocol in protocols.values()))
