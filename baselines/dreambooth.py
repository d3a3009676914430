"""DreamBooth (Ruiz et al. 2023): fine-tune the model on "a [V] [class noun]", holding the class prior with its own samples."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import torch
from torch import Tensor

from dreambench.baselines.base_model import BaseModel
from dreambench.baselines.class_images import ClassImages, class_image_moments
from dreambench.baselines.diffusion import NoiseSchedule, TrainingBatch, autocast, draw_batch, draw_indices
from dreambench.baselines.identifiers import Identifier, describe_identifier, find_identifier
from dreambench.baselines.latents import Moments
from dreambench.baselines.method import Method, MethodContext, SubjectTask, TrainingRecord
from dreambench.baselines.optimisation import LossRecord, ResidentAdamW, warmed_up
from dreambench.baselines.pictures import fit_square
from dreambench.baselines.prepared import ModelSubject
from dreambench.baselines.recomputation import recomputed_activations
from dreambench.baselines.seeds import cpu_generator
from dreambench.baselines.settings import DreamBoothSettings
from dreambench.baselines.work import FULL_TRAINING, Phase, Work
from dreambench.dataset.prompts import Prompt, class_prompt


class DreamBooth(Method[DreamBoothSettings]):
    """Fine-tunes the model on the subject, holding the class with its own samples (Ruiz et al. 2023).

    The resident model is trained in place, one subject at a time; the next `prepare` restores it first.
    """

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
        )

    @property
    def _has_prior_loss(self) -> bool:
        return self.settings.prior_loss_weight > 0 and self.settings.steps > 0 and self.settings.class_noun != ""

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[ModelSubject]:
        """Train one subject.

        Raises:
            ValueError: more than one task; a second subject would overwrite the first one's weights.
            UserError: the loss is not finite, or a prompt or identifier does not fit the base model.
        """
        if len(tasks) != 1:
            raise ValueError(f"dreambooth prepares one subject at a time, not {len(tasks)}")
        task, base, settings = tasks[0], context.model, self.settings
        base.restore()
        base.keep_weights()
        identifier = (
            find_identifier(base.tokenizer, seed=context.seed, n_tokens=settings.identifier_tokens)
            if settings.identifier is None
            else describe_identifier(base.tokenizer, settings.identifier)
        )
        noun = task.subject.class_noun if settings.class_noun is None else settings.class_noun
        prior = (
            class_image_moments(ClassImages(noun, settings.class_images, settings.class_guidance_scale), context)
            if self._has_prior_loss
            else None
        )
        start = time.perf_counter()
        training_texts = [_bare(noun, identifier), class_prompt(noun)]
        losses = self._train(task, context, training_texts, prior)
        record = TrainingRecord(
            losses=losses,
            steps=settings.steps,
            seconds=time.perf_counter() - start,
            details={
                "identifier": identifier.text,
                "identifier_token_ids": identifier.token_ids,
                "identifier_splits": identifier.splits,
                "prompt": training_texts[0],
                "class_images": 0 if prior is None else len(prior),
            },
        )

        def embed(prompts: Sequence[Prompt | None]) -> Tensor:
            # Prior images are of the subject's own class, whatever it was trained as.
            texts = [
                class_prompt(task.subject.class_noun) if prompt is None else _named(prompt, noun, identifier)
                for prompt in prompts
            ]
            return base.encode_text(texts)

        return [ModelSubject(task.subject, record, context, embed)]

    def _train(
        self, task: SubjectTask, context: MethodContext, texts: Sequence[str], prior: Moments | None
    ) -> tuple[float, ...]:
        """All steps for one subject; returns their losses. `texts`: of the reference images, then of the class images."""
        base, settings, subject = context.model, self.settings, task.subject
        references = base.moments.encode([fit_square(image, context.sampler.resolution) for image in task.references])
        schedule = NoiseSchedule.from_config(base.scheduler_config, base.device)
        token_ids = base.tokenize(texts if prior is not None else texts[:1])
        record = LossRecord(
            method="dreambooth", subjects=[subject.id], learning_rate=settings.learning_rate, device=base.device
        )
        every = max(1, settings.steps // 100)
        recomputed = recomputed_activations(base.unet, wanted=settings.gradient_checkpointing)
        with recomputed, _trained_weights(base, settings) as weights:
            optimiser = self._resident_optimiser(base, weights)
            frozen = None if settings.train_text_encoder else base.encode_tokens(token_ids).detach()
            for step in range(settings.steps):
                batch = self._draw(references, prior, schedule, cpu_generator("train", context.seed, subject.id, step))
                with autocast(base.device, context.train_autocast):
                    prompts = base.encode_tokens(token_ids) if frozen is None else frozen
                    # Each prompt is encoded once, not once an image: the same gradients, fewer rows.
                    context_rows = prompts.repeat_interleave(settings.batch_size, dim=0)
                    answer = base.unet(batch.noisy, batch.timesteps, encoder_hidden_states=context_rows, return_dict=False)[0]
                loss = dreambooth_loss(answer, batch.target, settings)
                loss.backward()  # type: ignore[no-untyped-call]
                record.add(loss.detach()[None])
                torch.nn.utils.clip_grad_norm_(weights, settings.max_grad_norm)
                optimiser.step(warmed_up(settings.learning_rate, step=step, warmup_steps=settings.lr_warmup_steps))
                if (step + 1) % every == 0 or step + 1 == settings.steps:
                    context.on_progress(Phase.TRAIN, step + 1, settings.steps)
        return record.of(0)

    def _draw(
        self, references: Moments, prior: Moments | None, schedule: NoiseSchedule, generator: torch.Generator
    ) -> TrainingBatch:
        """The step's reference images, then as many class images; drawn in this order, so lambda 0 sees the same references."""
        count = self.settings.batch_size
        own = draw_batch(references, draw_indices(len(references), count, generator), schedule, generator)
        if prior is None:
            return own
        other = draw_batch(prior, draw_indices(len(prior), count, generator), schedule, generator)
        return TrainingBatch(*(torch.cat(pair) for pair in zip(own, other, strict=True)))

    def _resident_optimiser(self, base: BaseModel, weights: list[Tensor]) -> ResidentAdamW:
        """The same optimiser for every subject, its state zeroed."""
        if self._optimiser is None or self._optimised is not base:
            self._optimiser = ResidentAdamW(weights, weight_decay=self.settings.weight_decay)
            self._optimised = base
        self._optimiser.reset()
        return self._optimiser


def dreambooth_loss(answer: Tensor, target: Tensor, settings: DreamBoothSettings) -> Tensor:
    """MSE over the reference images + lambda * MSE over the class images, each its own mean (the paper's equation 2).

    The first `batch_size` rows of `answer` and `target` [b, c, h, w] are the reference images', the rest the class images'.
    """
    count = settings.batch_size
    squared = (answer.to(target.dtype) - target).square()
    loss = squared[:count].mean()
    if len(squared) > count:
        loss = loss + settings.prior_loss_weight * squared[count:].mean()
    return loss


def _bare(noun: str, identifier: Identifier) -> str:
    return class_prompt(noun, identifier=identifier.text).rstrip()


def _named(prompt: Prompt, noun: str, identifier: Identifier) -> str:
    """The prompt for the identifier and a noun, or for the identifier alone where the noun is empty."""
    text = prompt.text(noun, identifier=identifier.text)
    return text if noun else text.replace(f"{identifier.text} ", identifier.text, 1)


@contextmanager
def _trained_weights(base: BaseModel, settings: DreamBoothSettings) -> Iterator[list[Tensor]]:
    """The weights that DreamBooth trains, with gradients on while open; afterwards off and freed."""
    parts: list[Any] = [base.unet, base.text_encoder] if settings.train_text_encoder else [base.unet]
    weights: list[Tensor] = [weight for part in parts for weight in part.parameters()]
    for weight in weights:
        weight.requires_grad_(True)
    try:
        yield weights
    finally:
        for weight in weights:
            weight.requires_grad_(False)
            weight.grad = None
