"""What lies in a folder of images, as one table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Found:
    """What lies in a folder.

    Attributes:
        images: columns subject, prompt_index (not for prior images), image_index, path, sorted.
        refused: what stands in an image's place and is none (a link out of the folder, a folder, a pipe): name and reason.
        others: images, and links to folders, that nothing describes: names.
        remarks: sentences on how names were read, for below the table.
        prompts_named: whether it is certain which prompt each image is of: by its text, by a run or by a code base's own order.
            Numbers in a stranger's names may begin at 0 or at 1.
    """

    images: "pd.DataFrame"
    refused: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    prompts_named: bool = True


def image_table(rows: Iterable[Mapping[str, Any]], keys: Sequence[str]) -> "pd.DataFrame":
    """Rows of images as a table, sorted.

    Args:
        rows: the keys' values, and `path`; `where` says where a person finds it, by default the path.
        keys: the columns that tell two images apart.

    Raises:
        UserError: two rows are the same image.
    """
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=[*keys, "path", "where"]).sort_values(list(keys), ignore_index=True)
    twice = frame[frame.duplicated(list(keys), keep=False)]
    if len(twice):
        first, second = (twice["where"].iloc[row] for row in (0, 1))
        raise UserError(
            f"{first} and {second} are the same image of the same prompt; remove one of them, or tell them apart by {{index}} "
            "or {seed} in --pattern."
        )
    return frame.drop(columns="where")
