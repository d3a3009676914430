"""The prompts that a finished run was asked, as its summary recorded them."""

from collections.abc import Mapping

from dreambench.benchmark.results.finished import FinishedRun
from dreambench.dataset.prompts import OFFICIAL_PROMPTS, Prompt


def recorded_prompts(run: FinishedRun) -> Mapping[tuple[str, int], Prompt]:
    """(kind, number) -> the prompt, for all prompts of the run's dataset; a summary without any is of the official ones."""
    return {(prompt.kind, prompt.index): prompt for prompt in run.summary.prompts or OFFICIAL_PROMPTS}
