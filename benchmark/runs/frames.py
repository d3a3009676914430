"""The images that a run has, as the tables that scoring takes."""

from typing import TYPE_CHECKING

from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.plan import RunPlan

if TYPE_CHECKING:
    import pandas as pd


def image_frame(plan: RunPlan, folder: RunFolder) -> "pd.DataFrame":
    """Columns subject, prompt_index, image_index, path: a row per generated image of the plan."""
    import pandas as pd

    return pd.DataFrame(
        [
            {
                "subject": subject.id,
                "prompt_index": prompt.index,
                "image_index": index,
                "path": str(folder.image(subject.id, prompt.index, index)),
            }
            for subject in plan.subjects()
            for prompt in plan.prompts(subject)
            for index in range(plan.selection.images_per_prompt)
        ]
    )


def prior_frame(plan: RunPlan, folder: RunFolder) -> "pd.DataFrame | None":
    """Columns subject, image_index, path: a row per prior image; None for a method without a prior."""
    import pandas as pd

    if not plan.prior_images:
        return None
    return pd.DataFrame(
        [
            {"subject": subject.id, "image_index": index, "path": str(folder.prior_image(subject.id, index))}
            for subject in plan.subjects()
            for index in range(plan.prior_images)
        ]
    )
