"""Training weights of the resident model on a subject with DreamBooth's loss: one loop, whatever the weights are."""

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from dreambench.baselines.method import MethodContext
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.model.diffusion import TrainingBatch, TrainingSchedule, autocast, draw_batch, draw_indices
from dreambench.baselines.model.latents import Moments
from dreambench.baselines.seeds import cpu_generator
from dreambench.baselines.training.optimisation import LossRecord, ResidentAdamW, refuse_broken, warmed_up
from dreambench.baselines.training.recomputation import recomputed_activations
from dreambench.baselines.work import Phase


class TrainingSettings(Protocol):
    """What the loop reads of a method's settings; `DreamBoothSettings` says what each means."""

    @property
    def steps(self) -> int: ...  # noqa: D102
    @property
    def learning_rate(self) -> float: ...  # noqa: D102
    @property
    def prior_loss_weight(self) -> float: ...  # noqa: D102
    @property
    def batch_size(self) -> int: ...  # noqa: D102
    @property
    def lr_warmup_steps(self) -> int: ...  # noqa: D102
    @property
    def max_grad_norm(self) -> float: ...  # noqa: D102
    @property
    def gradient_checkpointing(self) -> bool: ...  # noqa: D102


@dataclass(frozen=True)
class TrainingImages:
    """What a subject is trained on.

    Attributes:
        subject: its id, which seeds the draws.
        texts: the prompt of the reference images, then that of the class images.
        references: moments of the reference images.
        prior: those of the class images; None without the prior-preservation loss.
    """

    subject: str
    texts: tuple[str, str]
    references: Moments
    prior: Moments | None


class SubjectTraining:
    """One subject's training.

    Step n's draws depend on the seed, the subject and n alone, and the rate on n alone: the weights after n steps are those of
    a training of n steps.
    """

    def __init__(
        self,
        images: TrainingImages,
        context: MethodContext,
        *,
        method: str,
        settings: TrainingSettings,
        optimiser: ResidentAdamW,
        trains_text: bool,
        encode: Callable[[], Conditioning] | None = None,
    ) -> None:
        """Get ready.

        Args:
            images: what is trained on.
            context: the resident model, the seed, where progress goes.
            method: its name, for messages.
            settings: steps, rate, loss.
            optimiser: of the weights that are trained, fresh or reset.
            trains_text: whether some of them shape the text embeddings, which are then encoded anew at every step.
            encode: what the denoiser is told for the texts, a row a text, the class images' only where there are some;
                differentiable. None: as the model reads them.
        """
        self._images, self._context, self._settings = images, context, settings
        self._optimiser, self._trains_text, self._encode = optimiser, trains_text, encode
        self._method = method
        self._record, self._of_references = (
            LossRecord(
                method=method, subjects=[images.subject], learning_rate=settings.learning_rate, device=context.model.device
            )
            for _ in range(2)
        )

    @property
    def losses(self) -> tuple[float, ...]:
        """One a step that is done."""
        return self._record.of(0)

    @property
    def reference_losses(self) -> tuple[float, ...]:
        """The part of each that is of the reference images."""
        return self._of_references.of(0)

    def run(self) -> None:
        """Take all steps.

        Raises:
            UserError: the loss is not finite, or the weights are not in the end.
        """
        for _ in self.steps():
            pass
        self.refuse_broken(self._settings.steps)

    def steps(self, last: int | None = None) -> Generator[int]:
        """Take the steps one by one; yields after each how many are done.

        Args:
            last: how many are taken; None: as many as the settings say.

        Raises:
            UserError: the loss is not finite. The weights after the last step are for `refuse_broken`.
        """
        base, settings, context = self._context.model, self._settings, self._context
        images = self._images
        schedule = base.training_schedule()
        encode = self._encode or as_read(base, images.texts if images.prior is not None else images.texts[:1])
        weights = self._optimiser.parameters
        total = settings.steps if last is None else last
        every = max(1, total // 100)
        recomputed = recomputed_activations(base.denoiser, wanted=settings.gradient_checkpointing)
        with recomputed, gradients_on(weights):
            frozen = None if self._trains_text else encode().detach()
            for step in range(total):
                batch = self._draw(schedule, cpu_generator("train", context.seed, images.subject, step))
                with autocast(base.device, context.train_autocast):
                    prompts = encode() if frozen is None else frozen
                    # Each prompt is encoded once, not once an image: the same gradients, fewer rows.
                    answer = base.predict(batch.noisy, batch.timesteps, prompts.repeat(settings.batch_size))
                loss, of_references = dreambooth_loss(
                    answer, batch.target, count=settings.batch_size, prior_loss_weight=settings.prior_loss_weight
                )
                loss.backward()  # type: ignore[no-untyped-call]
                self._record.add(loss.detach()[None])
                self._of_references.add(of_references.detach()[None])
                torch.nn.utils.clip_grad_norm_(weights, settings.max_grad_norm)
                self._optimiser.step(warmed_up(settings.learning_rate, step=step, warmup_steps=settings.lr_warmup_steps))
                if (step + 1) % every == 0 or step + 1 == total:
                    context.on_progress(Phase.TRAIN, step + 1, total)
                yield step + 1

    def refuse_broken(self, step: int) -> None:
        """See that the weights are numbers, after so many steps.

        Raises:
            UserError: they are not.
        """
        weights, rate = self._optimiser.parameters, self._settings.learning_rate
        refuse_broken(weights, method=self._method, subject=self._images.subject, step=step, learning_rate=rate)

    def _draw(self, schedule: TrainingSchedule, generator: torch.Generator) -> TrainingBatch:
        """The step's reference images, then as many class images; drawn in this order, so lambda 0 sees the same references."""
        count, references, prior = self._settings.batch_size, self._images.references, self._images.prior
        own = draw_batch(references, draw_indices(len(references), count, generator), schedule, generator)
        if prior is None:
            return own
        other = draw_batch(prior, draw_indices(len(prior), count, generator), schedule, generator)
        return TrainingBatch(*(torch.cat(pair) for pair in zip(own, other, strict=True)))


def as_read(base: BaseModel, texts: Sequence[str]) -> Callable[[], Conditioning]:
    """What a model is told for texts, from its text encoders' weights at the time of the call; differentiable.

    Raises:
        UserError: a text is too long for the model.
    """
    token_ids = base.tokenize(texts)
    return lambda: base.encode_tokens(token_ids)


def looked_at(
    steps: Generator[int], at: Sequence[int], *, seconds: float, check: Callable[[int], None]
) -> Iterator[tuple[int, float]]:
    """Take steps, and stop after some of them.

    Args:
        steps: of one training.
        at: numbers of steps, rising, from 0; the training ends with the last.
        seconds: spent on the subject before.
        check: is told how many steps are done before anybody looks; refuses weights that are broken.

    Yields:
        (steps done, seconds spent so far, without what the caller does in between).
    """
    with closing(steps):
        for wanted in at:
            started = time.perf_counter()
            # Nothing is begun for step 0: gradients would be on, and nothing is trained yet.
            if wanted > 0:
                next(done for done in steps if done == wanted)
                check(wanted)
            if wanted == at[-1]:
                steps.close()  # gradients off: the images are sampled from weights at rest, as they were after a loop
            seconds += time.perf_counter() - started
            yield wanted, seconds


def dreambooth_loss(answer: Tensor, target: Tensor, *, count: int, prior_loss_weight: float) -> tuple[Tensor, Tensor]:
    """MSE over the reference images + lambda * MSE over the class images, each its own mean (the paper's equation 2).

    The first `count` rows of `answer` and `target` [b, c, h, w] are the reference images', the rest the class images'.

    Returns:
        The sum, and its first term alone.
    """
    squared = (answer.to(target.dtype) - target).square()
    of_references = squared[:count].mean()
    if len(squared) == count:
        return of_references, of_references
    return of_references + prior_loss_weight * squared[count:].mean(), of_references


@contextmanager
def gradients_on(weights: Sequence[Tensor]) -> Iterator[None]:
    """Gradients for these weights while open; afterwards off and freed."""
    for weight in weights:
        weight.requires_grad_(True)
    try:
        yield
    finally:
        for weight in weights:
            weight.requires_grad_(False)
            weight.grad = None
