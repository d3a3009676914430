"""From a role to its library and its weights, before anything is loaded: for loading, the files' hash and `bench doctor`."""

from dataclasses import dataclass

from dreambench.benchmark.declarations.encoder import MINI, EncoderSpec, EncoderSpecs, spec_for
from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.encoders.library import EncoderLibrary
from dreambench.benchmark.encoders.registry import encoder_library, library_of
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.requirements import refuse_other_architecture, refuse_what_it_cannot
from dreambench.benchmark.encoders.source import WeightSource
from dreambench.dataset.errors import UserError


@dataclass(frozen=True)
class LocatedEncoder:
    """An encoder that is known and not loaded.

    Attributes:
        request: what is asked for.
        library: what builds it.
        source: where its weights come from.
    """

    request: EncoderRequest
    library: EncoderLibrary
    source: WeightSource


def needed_roles(protocol: Protocol) -> tuple[str, ...]:
    """The roles of the encoders that the metrics use, in the protocol's order."""
    per_prompt = protocol.images_per_prompt
    used = {metric.encoder for metric in protocol.metrics.values() if metric.least_images <= per_prompt}
    return tuple(role for role in protocol.encoders if role in used)


def locate_encoder(role: str, protocol: Protocol, specs: EncoderSpecs) -> LocatedEncoder:
    """Find out what a role's encoder is and where its weights come from. Reads configurations, and asks no network.

    Args:
        role: one of the protocol's.
        protocol: what says what is wanted.
        specs: the suite's encoders.

    Raises:
        UserError: nobody says where the weights are, files are missing, names are unknown, or the protocol is defined for
            another architecture.
    """
    request = EncoderRequest(role, protocol.encoders[role], _spec(role, protocol, specs))
    library = library_of(request)
    refuse_what_it_cannot(library, request)
    source = library.locate(request)
    required = request.wanted.architecture
    if required is not None:
        found = library.architecture(request) or ("the miniature's" if request.spec.weights == MINI else None)
        refuse_other_architecture(role, required, found, protocol=protocol.name)
    return LocatedEncoder(request, library, source)


def _spec(role: str, protocol: Protocol, specs: EncoderSpecs) -> EncoderSpec:
    declared = protocol.encoders[role]
    spec = spec_for(role, declared, specs)
    if spec is not None:
        return spec
    usual = None if declared.library is None else encoder_library(declared.library).usual_weights
    if usual is None:
        raise UserError(
            f"The protocol '{protocol.name}' needs the encoder '{role}', and the suite does not say where its weights are; "
            f"add [encoders.{role}] to the suite."
        )
    return EncoderSpec(library=declared.library, architecture=declared.architecture, weights=usual)
