"""Which architecture a protocol is defined for: another one's numbers are other numbers, so it is refused.

ViT-S/8 and ViT-S/16 both take 224 pixels, and so do CLIP B/32, L/14 and H/14: nothing else would stop the wrong one.
"""

from dreambench.dataset.errors import UserError


def refuse_other_architecture(which: str, required: str | None, found: str | None, *, protocol: str) -> None:
    """Check that an encoder is the one that a protocol is defined for.

    Args:
        which: encoder.
        required: the protocol's; timm's name (a tag such as ".dino" does not count) or open_clip's. None: any will do.
        found: the encoder's `architecture_name`; None for one that has no name.
        protocol: its name, for the message.

    Raises:
        UserError: it is another.
    """
    if required is None or (found is not None and _plain(found) == _plain(required)):
        return
    raise UserError(
        f"The protocol '{protocol}' is defined for {which} {required}, but the suite's {which} is "
        f"{found or 'of an architecture without a name'}; name the right one in [encoders.{which.lower()}] of the suite, "
        "or choose a protocol made for this one."
    )


def _plain(name: str) -> str:
    """timm's tags say which weights; the architecture is what stands before."""
    return name.partition(".")[0]
