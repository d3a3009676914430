"""Custom Diffusion (Kumari et al. 2023): train keys and values of the cross attention and a word, holding the class prior."""

import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from dreambench.baselines.method import JSON, MethodContext, SubjectTask, TrainingRecord
from dreambench.baselines.methods.custom_diffusion.settings import CustomDiffusionSettings
from dreambench.baselines.methods.custom_diffusion.weights import WORD, Trained, keys_and_values, trained_weights
from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.model.pictures import fit_square
from dreambench.baselines.sampling.ahead import MethodWithClassImages
from dreambench.baselines.sampling.class_images import ClassImages, class_image_moments
from dreambench.baselines.sampling.prepared import ModelSubject
from dreambench.baselines.training.identifiers import find_identifier
from dreambench.baselines.training.loop import SubjectTraining, TrainingImages, looked_at
from dreambench.baselines.training.loss_curve import REFERENCE_LOSSES, loss_curve
from dreambench.baselines.training.optimisation import ResidentAdamW
from dreambench.baselines.training.placeholder import PLACEHOLDER, encode_spliced, initial_vectors, splice_prompt
from dreambench.baselines.work import FROZEN_TRAINING, Work
from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded
from dreambench.dataset.prompts import Prompt, class_prompt
from dreambench.dataset.subjects import Subject


class CustomDiffusion(MethodWithClassImages[CustomDiffusionSettings]):
    """Trains keys and values of the cross attention, and a word (Kumari et al. 2023).

    They are trained in the resident model, one subject at a time; the next `prepare` restores it first. As in the authors'
    code, no gradient goes through the keys and values of a prompt's first token, which is the same for every prompt.
    """

    settings_type = CustomDiffusionSettings
    needs_base_model = True
    has_prior = True
    saves_memory: ClassVar = {"gradient_checkpointing": True}

    def work(self) -> Work:
        """The class images, and steps through a model that is frozen but for a few layers; none where the weights are given."""
        settings = self.settings
        if settings.weights is not None:
            return Work()
        has_prior_loss = settings.prior_loss_weight > 0 and settings.steps > 0
        return Work(
            class_images=settings.class_images if has_prior_loss else 0,
            steps=settings.steps,
            rows=settings.batch_size * (2 if has_prior_loss else 1),
            passes=FROZEN_TRAINING,
            recomputes=settings.gradient_checkpointing,
            class_guidance_scale=settings.class_guidance_scale,
        )

    def class_images_of(self, subject: Subject) -> ClassImages:
        """Of the class noun."""
        return ClassImages(subject.class_noun, self.settings.class_images, self.settings.class_guidance_scale)

    @property
    def has_checkpoints(self) -> bool:
        """Where it trains."""
        return self.settings.weights is None

    def load(self, context: MethodContext) -> None:
        """See that the base model has what is trained, and that the folder of given weights is there.

        Raises:
            UserError: it has not, or is not.
        """
        keys_and_values(context.model)
        if self.settings.weights is not None and not expanded(self.settings.weights).is_dir():
            raise UserError(f"There is no folder {self.settings.weights} of trained weights; check --set weights=FOLDER.")

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[ModelSubject]:
        """Train one subject, or take what was trained elsewhere.

        Raises:
            ValueError: more than one task.
            UserError: the loss is not finite, a prompt is too long, or the base model or a file does not fit.
        """
        if self.settings.weights is None:
            return next(prepared for _, prepared in self.checkpoints(tasks, context, (self.settings.steps,)))
        task = _only(tasks)
        context.model.restore()
        trained, _ = self._begin(context)
        trained.take_from(expanded(self.settings.weights), task.subject.id)
        details: dict[str, JSON] = {"trained_elsewhere": f"{task.subject.id}.safetensors", **_size(trained)}
        return [_prepared(task, TrainingRecord(details=details), context, trained.word)]

    def checkpoints(
        self, tasks: Sequence[SubjectTask], context: MethodContext, at: Sequence[int]
    ) -> Iterator[tuple[int, list[ModelSubject]]]:
        """Train one subject and look at it after some of the steps; errors as in `prepare`."""
        if self.settings.weights is not None:
            raise UserError("Weights that were trained elsewhere cannot be looked at while they train; leave out weights.")
        task, base, settings = _only(tasks), context.model, self.settings
        base.restore()
        noun = task.subject.class_noun
        wanted = self.class_images_of(task.subject)
        prior = class_image_moments(wanted, context) if settings.prior_loss_weight > 0 and at[-1] > 0 else None
        started = time.perf_counter()
        trained, described = self._begin(context)
        texts = (settings.template.format(f"{PLACEHOLDER} {noun}"), class_prompt(noun))
        references = [fit_square(image, context.sampler.resolution) for image in task.references]
        prompts = [splice_prompt(base, text, 1) for text in (texts if prior is not None else texts[:1])]
        training = SubjectTraining(
            TrainingImages(task.subject.id, texts, base.moments.encode(references), prior),
            context,
            method="custom_diffusion",
            settings=settings,
            optimiser=ResidentAdamW(trained.weights, weight_decay=settings.weight_decay),
            trains_text=True,
            encode=lambda: encode_spliced(base, prompts, [trained.word] * len(prompts)),
        )
        steps = _with_first_token_fixed(base.denoiser, training.steps(at[-1]))
        for step, seconds in looked_at(steps, at, seconds=time.perf_counter() - started, check=training.refuse_broken):
            details: dict[str, JSON] = {
                **described,
                "prompt": texts[0].replace(PLACEHOLDER, WORD),
                "class_images": 0 if prior is None or step == 0 else len(prior),
                REFERENCE_LOSSES: [*loss_curve(training.reference_losses)],
                "word_norm": round(float(trained.word.detach().float().norm()), 6),
                **_size(trained),
            }
            if settings.save is not None:
                trained.write(expanded(settings.save), task.subject.id)
            record = TrainingRecord(losses=training.losses, steps=step, seconds=seconds, details=details)
            yield step, [_prepared(task, record, context, trained.word)]

    def _begin(self, context: MethodContext) -> tuple[Trained, Mapping[str, JSON]]:
        """The weights as they are before the training, those of the model kept, and what the word starts from."""
        base = context.model
        layers = keys_and_values(base)
        text = self.settings.initializer or find_identifier(base.tokenizer, seed=context.seed).text
        word, token_ids = initial_vectors(base, text, 1)
        base.keep_weights(list(layers.values()))
        return trained_weights(base, layers, word), {"initializer": text, "initializer_token_ids": token_ids}


def _only(tasks: Sequence[SubjectTask]) -> SubjectTask:
    if len(tasks) != 1:
        raise ValueError(f"custom_diffusion prepares one subject at a time, not {len(tasks)}")
    return tasks[0]


def _size(trained: Trained) -> dict[str, JSON]:
    """How much is trained, under the names that studies ask for."""
    return {
        "trained_parameters": sum(weight.numel() for weight in trained.weights),
        "adapter_bytes": len(trained.to_bytes()),
    }


def _prepared(task: SubjectTask, record: TrainingRecord, context: MethodContext, word: Tensor) -> ModelSubject:
    """A subject that prompts call "<new1> [class noun]", sampled from the resident model as it is now."""
    base, noun = context.model, task.subject.class_noun

    @torch.no_grad()
    def embed(prompts: Sequence[Prompt | None]) -> Conditioning:
        texts = [class_prompt(noun) if prompt is None else prompt.text(noun, identifier=PLACEHOLDER) for prompt in prompts]
        return encode_spliced(base, [splice_prompt(base, text, 1) for text in texts], [word] * len(texts))

    return ModelSubject(task.subject, record, context, embed)


def _with_first_token_fixed(denoiser: nn.Module, steps: Generator[int]) -> Generator[int]:
    """Steps of a training during which no gradient goes through the first token's keys and values."""
    with first_token_fixed(denoiser):
        yield from steps


@contextmanager
def first_token_fixed(denoiser: nn.Module) -> Iterator[None]:
    """While open, keys and values of the cross attention are the same numbers, but those of the first token are constants."""

    def cut(_module: nn.Module, _inputs: Any, answer: Tensor) -> Tensor:
        return torch.cat([answer[:, :1].detach(), answer[:, 1:]], dim=1)

    with ExitStack() as hooks:
        for module in denoiser.modules():
            if getattr(module, "is_cross_attention", False):
                for projection in (module.to_k, module.to_v):
                    assert isinstance(projection, nn.Module)
                    hooks.callback(projection.register_forward_hook(cut).remove)
        yield
