"""The floor: the base model without any training, prompted with the class noun alone."""

from collections.abc import Sequence

from dreambench.baselines.method import Method, MethodContext, SubjectTask, TrainingRecord
from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.sampling.prepared import ModelSubject
from dreambench.baselines.settings import PretrainedSettings
from dreambench.dataset.prompts import Prompt, class_prompt


class Pretrained(Method[PretrainedSettings]):
    """The floor: the base model without training, prompted with the class noun.

    "a dog in the snow" from the untouched weights; what it scores knows the class, not the subject.
    """

    settings_type = PretrainedSettings
    needs_base_model = True
    has_prior = True

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[ModelSubject]:
        """Nothing to do but make sure that the weights are the base model's own."""
        context.model.restore()
        return [_prepared(task, context) for task in tasks]


def _prepared(task: SubjectTask, context: MethodContext) -> ModelSubject:
    noun = task.subject.class_noun

    def embed(prompts: Sequence[Prompt | None]) -> Conditioning:
        return context.model.encode_text([class_prompt(noun) if prompt is None else prompt.text(noun) for prompt in prompts])

    return ModelSubject(task.subject, TrainingRecord(), context, embed)
