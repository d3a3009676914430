"""The images that a run has, as the tables that scoring takes."""

from typing import TYPE_CHECKING

from dreambench.benchmark.runs.folder import RunFolder
from dreambench.benchmark.runs.plan import RunPlan

if TYPE_CHECKING:
    import pandas as pd


def image_frame(plan: RunPlan, folder: RunFolder) -> "pd.DataFrame":
    """Columns subject, prompt_index, image_index, path: a row per generated image of the plan."""
    import pandas as pd

    selection = plan.selection
    return pd.DataFrame(
        [
            {
                "subject": subject_id,
                "prompt_index": prompt,
                "image_index": index,
                "path": str(folder.image(subject_id, prompt, index)),
            }
            for subject_id, prompts in selection.by_subject.items()
            for prompt in prompts
            for index in range(selection.images_per_prompt)
        ]
    )


def prior_frame(plan: RunPlan, folder: RunFolder) -> "pd.DataFrame | None":
    """Columns subject, image_index, path: a row per prior image; None for a method without a prior."""
    import pandas as pd

    if not plan.prior_images:
        return None
    return pd.DataFrame(
        [
            {"subject": subject_id, "image_index": index, "path": str(folder.prior_image(subject_id, index))}
            for subject_id in plan.selection.subjects
            for index in range(plan.prior_images)
        ]
    )
