"""Textual Inversion subjects stacked in one batch, against one after the other."""

from collections.abc import Sequence

from dreambench.baselines.method import MethodContext, SubjectTask
from dreambench.baselines.methods.textual_inversion import TextualInversion
from dreambench.baselines.settings import TextualInversionSettings
from dreambench.benchmark.declarations.suite import method_settings

from .equal_work import require_same_losses
from .setting import Setting
from .timing import Figure, median_pair


def textual_inversion_stack(setting: Setting, *, repeats: int, steps: int = 10, group_size: int = 4) -> list[Figure]:
    """Seconds a step of one subject, in a stack of `group_size` and alone.

    Raises:
        RuntimeError: a subject's losses in the stack are not those alone, so that the times cannot be compared.
    """
    tasks, context = setting.tasks(group_size), setting.context()
    settings = method_settings(setting.suite, "textual_inversion")
    assert isinstance(settings, TextualInversionSettings)
    settings = settings.model_copy(update={"steps": steps})
    stacked = TextualInversion(settings.model_copy(update={"group_size": group_size}))
    alone = TextualInversion(settings.model_copy(update={"group_size": 1}))
    require_same_losses(_losses(stacked, tasks, context), _losses(alone, tasks, context))
    ours, plain = median_pair(
        lambda: _seconds_a_step(stacked, tasks, context),
        lambda: _seconds_a_step(alone, tasks, context),
        repeats=repeats,
    )
    return [Figure("Textual Inversion step", f"stack of {group_size}", ours, "s/subject-step", "one subject alone", plain)]


def _losses(method: TextualInversion, tasks: Sequence[SubjectTask], context: MethodContext) -> list[tuple[float, ...]]:
    return [prepared.record.losses for prepared in method.prepare(tasks, context)]


def _seconds_a_step(method: TextualInversion, tasks: Sequence[SubjectTask], context: MethodContext) -> float:
    records = [prepared.record for prepared in method.prepare(tasks, context)]
    return sum(record.seconds for record in records) / sum(record.steps for record in records)
