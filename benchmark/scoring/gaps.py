"""Subjects that a mean does without: said, since a mean over fewer subjects is another number."""

from typing import TYPE_CHECKING

from dreambench.benchmark.scoring.inspection import few

if TYPE_CHECKING:
    from dreambench.benchmark.scoring.tables import Scores


def gaps(scores: "Scores", *, images_per_prompt: int) -> list[str]:
    """A sentence for every metric that some subjects have a value of and others have not.

    Args:
        scores: of one method.
        images_per_prompt: that the protocol asks for; a subject with fewer for a prompt may lack what compares images.
    """
    subjects, images = scores.subjects, scores.images
    counts = images.groupby(["subject", "prompt_index"]).size()
    short = set(counts[counts < images_per_prompt].index.get_level_values("subject"))
    found = []
    for info in scores.metrics:
        lacking = subjects["subject"][subjects[info.key].isna()].tolist()
        if not 0 < len(lacking) < len(subjects):
            continue
        why = f" (fewer than {images_per_prompt} images for a prompt)" if short.issuperset(lacking) else ""
        found.append(
            f"{info.label} is a mean over {len(subjects) - len(lacking):,} of {len(subjects):,} subjects: it has no value for "
            f"{few(lacking)}{why}."
        )
    return found
