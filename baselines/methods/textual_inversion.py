"""Textual Inversion (Gal et al. 2022): a frozen model, a few learned token embeddings a subject, stacked in one batch."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from PIL import ImageOps
from torch import Tensor

from dreambench.baselines.method import Method, MethodContext, SubjectTask, TrainingRecord
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.model.diffusion import TrainingBatch, TrainingSchedule, autocast, draw_batch, draw_indices
from dreambench.baselines.model.latents import Moments
from dreambench.baselines.model.pictures import fit_square
from dreambench.baselines.sampling.prepared import ModelSubject
from dreambench.baselines.seeds import cpu_generator
from dreambench.baselines.settings import TextualInversionSettings
from dreambench.baselines.training.loss_curve import REFERENCE_LOSSES, loss_curve
from dreambench.baselines.training.optimisation import LossRecord, ResidentAdamW, refuse_broken, warmed_up
from dreambench.baselines.training.placeholder import PLACEHOLDER, SplicedPrompt, encode_spliced, initial_vectors, splice_prompt
from dreambench.baselines.training.recomputation import recomputed_activations
from dreambench.baselines.work import FROZEN_TRAINING, Phase, Work
from dreambench.dataset.prompts import Prompt, class_prompt
from dreambench.dataset.subjects import Subject


@dataclass(frozen=True)
class _Learner:
    """One subject of a stack: what its steps are drawn from."""

    subject: Subject
    moments: Moments
    """Of the reference images and, after them, of their mirror images if those are used."""
    references: int
    prompts: tuple[SplicedPrompt, ...]
    """One a template."""
    initial: Tensor
    initial_token_ids: tuple[int, ...]
    initializer: str


class TextualInversion(Method[TextualInversionSettings]):
    """Learns a word for the subject, with the model frozen (Gal et al. 2022).

    The vectors of `group_size` subjects are learned in one stack. The model is frozen and AdamW works on each number by itself,
    so the sum of the subjects' mean losses trains each exactly as if it were alone.
    """

    settings_type = TextualInversionSettings
    needs_base_model = True
    has_prior = True
    saves_memory: ClassVar = {"group_size": 1, "gradient_checkpointing": True}

    @property
    def group_size(self) -> int:
        """How many subjects are trained in one stack."""
        return self.settings.group_size

    def work(self) -> Work:
        """Steps through the frozen model."""
        settings = self.settings
        return Work(
            steps=settings.steps,
            rows=settings.batch_size,
            passes=FROZEN_TRAINING,
            recomputes=settings.gradient_checkpointing,
        )

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[ModelSubject]:
        """Learn the vectors of all tasks, a stack at a time.

        Raises:
            UserError: the loss or a vector is not finite, or a prompt or the initializer does not fit the base model.
        """
        context.model.restore()
        prepared: list[ModelSubject] = []
        for start in range(0, len(tasks), self.group_size):
            stack = self._stack(tasks[start : start + self.group_size], context, (self.settings.steps,))
            prepared += [subject for _, subjects in stack for subject in subjects]
        return prepared

    def checkpoints(
        self, tasks: Sequence[SubjectTask], context: MethodContext, at: Sequence[int]
    ) -> Iterator[tuple[int, list[ModelSubject]]]:
        """Learn the vectors of a stack and look at them after some of the steps; errors as in `prepare`.

        Raises:
            ValueError: more tasks than `group_size`.
        """
        if len(tasks) > self.group_size:
            raise ValueError(f"textual_inversion trains {self.group_size} subjects in a stack, not {len(tasks)}")
        context.model.restore()
        yield from self._stack(tasks, context, at)

    def _stack(
        self, tasks: Sequence[SubjectTask], context: MethodContext, at: Sequence[int]
    ) -> Iterator[tuple[int, list[ModelSubject]]]:
        base, settings = context.model, self.settings
        started = time.perf_counter()
        learners = [self._learner(task, context) for task in tasks]
        seconds = 0.0
        for step, vectors, losses in self._train(learners, context, at):
            seconds += (time.perf_counter() - started) / len(tasks)
            prepared = []
            for index, learner in enumerate(learners):
                record = TrainingRecord(
                    losses=losses.of(index),
                    steps=step,
                    seconds=seconds,
                    details={
                        "initializer": learner.initializer,
                        "initializer_token_ids": learner.initial_token_ids,
                        "n_vectors": settings.n_vectors,
                        "prompt_form": settings.prompt_form,
                        REFERENCE_LOSSES: [*loss_curve(losses.of(index))],
                        "vector_norms": [round(norm, 6) for norm in vectors[index].float().norm(dim=1).tolist()],
                    },
                )
                prepared.append(_prepared(learner.subject, record, context, base, vectors[index], settings))
            yield step, prepared
            started = time.perf_counter()

    def _learner(self, task: SubjectTask, context: MethodContext) -> _Learner:
        base, settings, noun = context.model, self.settings, task.subject.class_noun
        images = [fit_square(image, context.sampler.resolution) for image in task.references]
        mirrored = [ImageOps.mirror(image) for image in images] if settings.flip_augmentation else []
        initializer = settings.initializers.get(noun) or settings.initializer or noun
        vectors, token_ids = initial_vectors(base, initializer, settings.n_vectors)
        name = PLACEHOLDER if settings.prompt_form == "placeholder" else f"{PLACEHOLDER} {noun}"
        prompts = tuple(splice_prompt(base, template.format(name), settings.n_vectors) for template in settings.templates)
        return _Learner(
            task.subject, base.moments.encode([*images, *mirrored]), len(images), prompts, vectors, token_ids, initializer
        )

    def _train(
        self, learners: Sequence[_Learner], context: MethodContext, at: Sequence[int]
    ) -> Iterator[tuple[int, Tensor, LossRecord]]:
        """The steps of a stack, up to the last of `at`; yields at each of these a copy of the vectors [subjects, n_vectors,
        width], and the losses so far."""
        base, settings = context.model, self.settings
        schedule = base.training_schedule()
        vectors = torch.stack([learner.initial for learner in learners]).requires_grad_(True)
        optimiser = ResidentAdamW([vectors], weight_decay=settings.weight_decay)
        record = LossRecord(
            method="textual_inversion",
            subjects=[learner.subject.id for learner in learners],
            learning_rate=settings.learning_rate,
            device=base.device,
        )
        every = max(1, at[-1] // 100)
        if at[0] == 0:
            yield 0, vectors.detach().clone(), record
        with recomputed_activations(base.denoiser, wanted=settings.gradient_checkpointing):
            for step in range(at[-1]):
                batch, templates = self._draw(learners, schedule, context.seed, step)
                with autocast(base.device, context.train_autocast):
                    text = _encode_once(base, learners, vectors, templates)
                    answer = base.predict(batch.noisy, batch.timesteps, text)
                squared = (answer.to(batch.target.dtype) - batch.target).square()
                losses = squared.view(len(learners), -1).mean(dim=1)
                # The sum, not the mean: each subject's gradient must be its own mean loss's.
                losses.sum().backward()  # type: ignore[no-untyped-call]
                record.add(losses)
                _clip_each(vectors, settings.max_grad_norm)
                optimiser.step(warmed_up(settings.learning_rate, step=step, warmup_steps=settings.lr_warmup_steps))
                if (step + 1) % every == 0 or step + 1 == at[-1]:
                    context.on_progress(Phase.TRAIN, step + 1, at[-1])
                if step + 1 in at:
                    for learner, of_subject in zip(learners, vectors, strict=True):
                        refuse_broken(
                            [of_subject],
                            method="textual_inversion",
                            subject=learner.subject.id,
                            step=step + 1,
                            learning_rate=settings.learning_rate,
                        )
                    yield step + 1, vectors.detach().clone(), record

    def _draw(
        self, learners: Sequence[_Learner], schedule: TrainingSchedule, seed: int, step: int
    ) -> tuple[TrainingBatch, list[list[int]]]:
        """Every subject's batch, from its own generator, and the template of each of its images."""
        batches, templates = [], []
        count = self.settings.batch_size
        for learner in learners:
            generator = cpu_generator("train", seed, learner.subject.id, step)
            indices = draw_indices(learner.references, count, generator)
            flips = torch.randint(2, (count,), generator=generator)
            templates.append(torch.randint(len(learner.prompts), (count,), generator=generator).tolist())
            if len(learner.moments) > learner.references:
                indices = indices + flips * learner.references
            batches.append(draw_batch(learner.moments, indices, schedule, generator))
        return TrainingBatch(*(torch.cat(part) for part in zip(*batches, strict=True))), templates


def _encode_once(base: BaseModel, learners: Sequence[_Learner], vectors: Tensor, templates: list[list[int]]) -> Conditioning:
    """What the denoiser is told for every image's prompt; prompts that several images share are encoded once."""
    wanted = [(subject, template) for subject, row in enumerate(templates) for template in row]
    distinct = list(dict.fromkeys(wanted))
    encoded = encode_spliced(base, [learners[s].prompts[t] for s, t in distinct], [vectors[s] for s, _ in distinct])
    position = {pair: row for row, pair in enumerate(distinct)}
    return encoded.take(torch.tensor([position[pair] for pair in wanted], device=encoded.text.device))


@torch.no_grad()
def _clip_each(vectors: Tensor, max_norm: float) -> None:
    """Clip each subject's gradient by its own norm, as if it trained alone (same formula as clip_grad_norm_)."""
    assert vectors.grad is not None
    norms = vectors.grad.flatten(1).norm(dim=1)
    vectors.grad.mul_((max_norm / (norms + 1e-6)).clamp(max=1.0).view(-1, 1, 1))


def _prepared(
    subject: Subject,
    record: TrainingRecord,
    context: MethodContext,
    base: BaseModel,
    vectors: Tensor,
    settings: TextualInversionSettings,
) -> ModelSubject:
    noun = subject.class_noun

    def text(prompt: Prompt | None) -> str:
        if prompt is None:
            return class_prompt(noun)
        if settings.prompt_form == "placeholder":
            return prompt.text(PLACEHOLDER)
        return prompt.text(noun, identifier=PLACEHOLDER)

    @torch.no_grad()
    def embed(prompts: Sequence[Prompt | None]) -> Conditioning:
        spliced = [splice_prompt(base, text(prompt), settings.n_vectors) for prompt in prompts]
        return encode_spliced(base, spliced, [vectors] * len(spliced))

    return ModelSubject(subject, record, context, embed)
