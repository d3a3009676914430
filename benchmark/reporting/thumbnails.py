"""Small pictures of a submission, from the archive of images beside it: found by hash, decoded with bounds, encoded anew."""

from contextlib import suppress
from typing import Final

from dreambench.benchmark.submissions import Accepted, Refused, read_samples
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import open_image
from dreambench.dataset.leftovers import temporary_folder
from dreambench.reports.leaderboard import Thumbnail
from dreambench.reports.page.thumbnails import encode_picture

#: A picture is decoded from a file of its own, whose name no stranger chose.
_NAME: Final = "sample"


def thumbnails_of(accepted: Accepted) -> tuple[Thumbnail, ...]:
    """A submission's thumbnails; none without a verified archive. What is no picture, or has gone since, is left out."""
    if accepted.archive is None:
        return ()
    found = []
    with temporary_folder("dreambench-thumbnails-") as aside, suppress(Refused):
        file = aside / _NAME
        for sample, data in read_samples(accepted.archive, accepted.samples):
            file.write_bytes(data)
            try:
                small, _ = encode_picture(open_image(file))
            except UserError:
                continue
            found.append(Thumbnail(f"{sample.subject}, prompt {sample.prompt}", small))
    return tuple(found)
