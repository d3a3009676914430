"""DreamBooth (Ruiz et al. 2023): fine-tune the model on "a [V] [class noun]", holding the class prior with its own samples."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import ClassVar

from dreambench.baselines.method import JSON, MethodContext, SubjectTask, TrainingRecord
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.model.pictures import fit_square
from dreambench.baselines.sampling.ahead import MethodWithClassImages
from dreambench.baselines.sampling.class_images import ClassImages, class_image_moments
from dreambench.baselines.sampling.prepared import ModelSubject
from dreambench.baselines.settings import DreamBoothSettings
from dreambench.baselines.training.identifiers import Identifier, describe_identifier, find_identifier
from dreambench.baselines.training.loop import SubjectTraining, TrainingImages, looked_at
from dreambench.baselines.training.loss_curve import REFERENCE_LOSSES, loss_curve
from dreambench.baselines.training.optimisation import ResidentAdamW
from dreambench.baselines.work import FULL_TRAINING, Work
from dreambench.dataset.prompts import Prompt, class_prompt
from dreambench.dataset.subjects import Subject


class DreamBooth(MethodWithClassImages[DreamBoothSettings]):
    """Fine-tunes the model on the subject, holding the class with its own samples (Ruiz et al. 2023).

    The resident model is trained in place, one subject at a time; the next `prepare` restores it first.
    """

    name: ClassVar[str] = "dreambooth"
    """What messages call it."""
    settings_type = DreamBoothSettings
    needs_base_model = True
    has_prior = True
    saves_memory: ClassVar = {"gradient_checkpointing": True}

    def __init__(self, settings: DreamBoothSettings) -> None:
        super().__init__(settings)
        self._optimiser: ResidentAdamW | None = None
        self._optimised: BaseModel | None = None

    def work(self) -> Work:
        """The class images, and steps on a reference image with a class image beside it."""
        settings = self.settings
        return Work(
            class_images=settings.class_images if self._has_prior_loss else 0,
            steps=settings.steps,
            rows=settings.batch_size * (2 if self._has_prior_loss else 1),
            passes=FULL_TRAINING,
            trains=("unet", "text_encoder") if settings.train_text_encoder else ("unet",),
            recomputes=settings.gradient_checkpointing,
            class_guidance_scale=settings.class_guidance_scale,
        )

    def class_images_of(self, subject: Subject) -> ClassImages:
        """Of the class noun that it is trained as."""
        settings = self.settings
        return ClassImages(self._noun(subject), settings.class_images, settings.class_guidance_scale)

    def _noun(self, subject: Subject) -> str:
        return subject.class_noun if self.settings.class_noun is None else self.settings.class_noun

    @property
    def trains_text(self) -> bool:
        """Whether what is trained shapes the text embeddings."""
        return self.settings.train_text_encoder

    @property
    def _weighs_prior(self) -> bool:
        return self.settings.prior_loss_weight > 0 and self.settings.class_noun != ""

    @property
    def _has_prior_loss(self) -> bool:
        return self._weighs_prior and self.settings.steps > 0

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[ModelSubject]:
        """Train one subject.

        Raises:
            ValueError: more than one task; a second subject would overwrite the first one's weights.
            UserError: the loss is not finite, or a prompt or identifier does not fit the base model.
        """
        return next(prepared for _, prepared in self.checkpoints(tasks, context, (self.settings.steps,)))

    def checkpoints(
        self, tasks: Sequence[SubjectTask], context: MethodContext, at: Sequence[int]
    ) -> Iterator[tuple[int, list[ModelSubject]]]:
        """Train one subject and look at it after some of the steps; errors as in `prepare`."""
        if len(tasks) != 1:
            raise ValueError(f"{self.name} prepares one subject at a time, not {len(tasks)}")
        task, base, settings = tasks[0], context.model, self.settings
        base.restore()
        identifier = (
            find_identifier(base.tokenizer, seed=context.seed, n_tokens=settings.identifier_tokens)
            if settings.identifier is None
            else describe_identifier(base.tokenizer, settings.identifier)
        )
        noun = self._noun(task.subject)
        prior = None
        if self._weighs_prior and at[-1] > 0:
            prior = class_image_moments(self.class_images_of(task.subject), context)
        started = time.perf_counter()
        images = TrainingImages(
            task.subject.id,
            (_bare(noun, identifier), class_prompt(noun)),
            base.moments.encode([fit_square(image, context.sampler.resolution) for image in task.references]),
            prior,
        )
        training = SubjectTraining(
            images,
            context,
            method=self.name,
            settings=settings,
            optimiser=self._weights_to_train(task, context, identifier),
            trains_text=self.trains_text,
        )

        def prepared(step: int, seconds: float) -> list[ModelSubject]:
            details: dict[str, JSON] = {
                "identifier": identifier.text,
                "identifier_token_ids": identifier.token_ids,
                "identifier_splits": identifier.splits,
                "prompt": images.texts[0],
                "class_images": 0 if prior is None or step == 0 else len(prior),
                REFERENCE_LOSSES: [*loss_curve(training.reference_losses)],
                **self._learned(task, context),
            }
            record = TrainingRecord(losses=training.losses, steps=step, seconds=seconds, details=details)
            return [sampled_as(task, record, context, noun=noun, identifier=identifier)]

        steps = self._steps(training, task, context, at[-1])
        for step, seconds in looked_at(steps, at, seconds=time.perf_counter() - started, check=training.refuse_broken):
            yield step, prepared(step, seconds)

    def _weights_to_train(self, task: SubjectTask, context: MethodContext, identifier: Identifier) -> ResidentAdamW:
        """The optimiser of what is trained: here the same for every subject, of the model's own weights, its state zeroed.

        Called when all that is made with the base model's own weights is made.
        """
        base = context.model
        base.keep_weights()
        if self._optimiser is None or self._optimised is not base:
            parts = list(base.parts.values()) if self.settings.train_text_encoder else [base.denoiser]
            weights = [weight for part in parts for weight in part.parameters()]
            self._optimiser = ResidentAdamW(weights, weight_decay=self.settings.weight_decay)
            self._optimised = base
        self._optimiser.reset()
        return self._optimiser

    def _steps(self, training: SubjectTraining, task: SubjectTask, context: MethodContext, last: int) -> Generator[int]:
        """Take the steps one by one; yields after each how many are done."""
        return training.steps(last)

    def _learned(self, task: SubjectTask, context: MethodContext) -> Mapping[str, JSON]:
        """What more there is to record of what was trained so far."""
        return {}


def sampled_as(
    task: SubjectTask, record: TrainingRecord, context: MethodContext, *, noun: str, identifier: Identifier
) -> ModelSubject:
    """A subject that prompts call "[V] [class noun]", sampled from the resident model as it is now."""

    def embed(prompts: Sequence[Prompt | None]) -> Conditioning:
        # Prior images are of the subject's own class, whatever it was trained as.
        texts = [
            class_prompt(task.subject.class_noun) if prompt is None else _named(prompt, noun, identifier) for prompt in prompts
        ]
        return context.model.encode_text(texts)

    return ModelSubject(task.subject, record, context, embed)


def _bare(noun: str, identifier: Identifier) -> str:
    return class_prompt(noun, identifier=identifier.text).rstrip()


def _named(prompt: Prompt, noun: str, identifier: Identifier) -> str:
    """The prompt for the identifier and a noun, or for the identifier alone where the noun is empty."""
    text = prompt.text(noun, identifier=identifier.text)
    return text if noun else text.replace(f"{identifier.text} ", identifier.text, 1)
