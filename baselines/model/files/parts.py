"""Reading the parts of a base model from its folder."""

from pathlib import Path
from typing import Any

from dreambench.baselines.model.families.registry import family_of
from dreambench.baselines.model.files.contents import weight_files
from dreambench.dataset.errors import UserError


def read_part(folder: Path, part: str) -> Any:
    """One part of a model in a folder, such as "unet" or "tokenizer", on the CPU, as it is stored.

    Raises:
        UserError: a file is missing, damaged or does not fit its config.
    """
    layout = family_of(folder).layout
    try:
        kind = layout.kind(part)
        if part in layout.tokenizers:
            return kind.from_pretrained(folder / part)
        variant = weight_files(folder, part)[1]
        if part in layout.text_encoders:
            model, info = _read_text_encoder(kind, folder / part, variant)
        else:
            model, info = kind.from_pretrained(folder / part, use_safetensors=True, variant=variant, output_loading_info=True)
    except Exception as error:  # the libraries raise many kinds for a damaged file; each means the same to the user
        said = " ".join(str(error).split()).partition(". ")[0].rstrip(".")  # what follows is advice to programmers
        reason = said or type(error).__name__
        raise UserError(
            f"The base model's {folder / part} cannot be read ({reason}); fetch or copy the model again."
        ) from error
    missing = sorted(info["missing_keys"])
    if missing or info["mismatched_keys"]:
        what = missing[0] if missing else info["mismatched_keys"][0]
        raise UserError(f"The weights in {folder / part} do not fit their config.json ({what}); fetch or copy the model again.")
    return model


def _read_text_encoder(kind: Any, folder: Path, variant: str | None) -> tuple[Any, Any]:
    from transformers.utils import logging

    # Its progress bar would break into the command line's own.
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        pair: tuple[Any, Any] = kind.from_pretrained(folder, use_safetensors=True, variant=variant, output_loading_info=True)
    finally:
        if shown:
            logging.enable_progress_bar()
    return pair
