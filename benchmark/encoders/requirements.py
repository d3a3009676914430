"""What must agree before an encoder is loaded: the architecture that a protocol is defined for, and what a library can do.

ViT-S/8 and ViT-S/16 both take 224 pixels, and so do CLIP B/32, L/14 and H/14: nothing else would stop the wrong one.
"""

from typing import Final

from dreambench.benchmark.encoders.library import EncoderLibrary
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.dataset.errors import UserError

#: The keys of a suite's [encoders.ROLE] that not every library understands.
_OPTIONAL: Final = ("activation", "revision")


def refuse_other_architecture(role: str, required: str | None, found: str | None, *, protocol: str) -> None:
    """Check that an encoder is the one that a protocol is defined for.

    A name may carry a tag, which says which weights ("vit_small_patch16_224.dino"). Where the protocol has one, weights that
    are known to be of another one are refused; a file or a folder that does not say its tag is taken at its word.

    Args:
        role: the encoder's name in the protocol.
        required: the protocol's architecture; None: any will do.
        found: that of the encoder which is there; None for one that has no name.
        protocol: its name, for the message.

    Raises:
        UserError: it is another.
    """
    if required is None or (found is not None and _agree(required, found)):
        return
    raise UserError(
        f"The protocol '{protocol}' is defined for {role} {required}, but the suite's {role} is "
        f"{found or 'of an architecture without a name'}; name the right one in [encoders.{role}] of the suite, or choose a "
        "protocol made for this one."
    )


def refuse_what_it_cannot(library: EncoderLibrary, request: EncoderRequest) -> None:
    """Check that a library understands all that a suite says of a role, and can do what the protocol wants of it.

    Raises:
        UserError: it does not; the message names the key.
    """
    for key in _OPTIONAL:
        if getattr(request.spec, key) is not None and key not in library.takes:
            raise UserError(f"[{request.table}] takes no {key}: the library {library.name} has no use for it; leave it out.")
    wanted = request.wanted
    if wanted.output not in library.outputs:
        raise UserError(
            f'[{request.table}] of the protocol has output = "{wanted.output}", but the library {library.name} gives only '
            f"{' or '.join(sorted(library.outputs))}; change the protocol."
        )
    if wanted.positions != "fixed" and not library.resamples_positions:
        raise UserError(
            f'[{request.table}] of the protocol has positions = "{wanted.positions}", which the library {library.name} cannot '
            "do; change the protocol."
        )


def _agree(required: str, found: str) -> bool:
    if required == found:
        return True
    (name, _, tag), (other, _, other_tag) = required.partition("."), found.partition(".")
    return name == other and "" in (tag, other_tag)
