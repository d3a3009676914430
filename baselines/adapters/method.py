"""`--method peft`: an adapter put into the resident model, trained with DreamBooth's loss, taken out at the next subject."""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any, Final

import torch

from dreambench.baselines.adapters.config import adapter_config, peft_library, starts_from_changed_weights
from dreambench.baselines.adapters.given import put_in_given, read_given
from dreambench.baselines.adapters.injection import Adapter, bits, put_in
from dreambench.baselines.adapters.saving import IDENTIFIER_FILE, save_adapters, stored_bytes
from dreambench.baselines.adapters.settings import PeftSettings
from dreambench.baselines.method import JSON, MethodContext, SubjectTask, TrainingRecord
from dreambench.baselines.methods.dreambooth import DreamBooth, sampled_as
from dreambench.baselines.model.base_model import BaseModel
from dreambench.baselines.sampling.prepared import ModelSubject
from dreambench.baselines.seeds import derive_seed
from dreambench.baselines.training.identifiers import Identifier, describe_identifier
from dreambench.baselines.training.loop import SubjectTraining
from dreambench.baselines.training.optimisation import ResidentAdamW
from dreambench.baselines.work import FROZEN_TRAINING, FULL_TRAINING, Work
from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded

ATTENTION: Final = ("to_q", "to_k", "to_v", "to_out.0")
"""The projections of the attention in diffusers' networks."""
TEXT_ATTENTION: Final = ("q_proj", "k_proj", "v_proj", "out_proj")
"""The same in the text encoders of transformers."""


class Peft(DreamBooth):
    """Trains an adapter of the peft library with DreamBooth's loss: LoRA, OFT, LoKr, ...

    Or takes one that was trained elsewhere. The adapter stays in the resident model until the next `restore`, which takes it
    out; no base model is loaded again.
    """

    name = "peft"
    settings_type = PeftSettings

    settings: PeftSettings

    def __init__(self, settings: PeftSettings) -> None:
        super().__init__(settings)
        self._adapters: list[Adapter] = []
        self._word = ""
        self._own_bits: tuple[BaseModel, list[list[int]]] | None = None

    def load(self, context: MethodContext) -> None:
        """See that peft is here, and the folder of adapters where one is named.

        Raises:
            UserError: it is not.
        """
        peft_library()
        if self.settings.weights is not None and not expanded(self.settings.weights).is_dir():
            raise UserError(f"There is no folder {self.settings.weights} of trained adapters; check --set weights=FOLDER.")

    @property
    def has_checkpoints(self) -> bool:
        """Where it trains."""
        return self.settings.weights is None

    def work(self) -> Work:
        """DreamBooth's, through the frozen model; none where the adapters are there."""
        if self.settings.weights is not None:
            return Work()
        usual = super().work()
        passes = FROZEN_TRAINING if usual.passes == FULL_TRAINING else usual.passes
        return replace(usual, passes=passes, trains=())

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[ModelSubject]:
        """Train one subject's adapter, or put the one in that was trained elsewhere.

        Raises:
            ValueError: more than one task.
            UserError: the loss is not finite, or the adapter does not fit the base model or cannot be read.
        """
        if self.settings.weights is None:
            return super().prepare(tasks, context)
        [task] = tasks
        base, settings = context.model, self.settings
        self._begin(base)
        given = read_given(expanded(self.settings.weights), task.subject.id, base)
        word = settings.identifier or given.word
        if word is None:
            raise UserError(
                f"Nobody says which word the adapter of the subject {task.subject.id} was trained with; give it with --set "
                f"identifier=WORD, or write it into {IDENTIFIER_FILE} beside the adapter."
            )
        for adapter in given.adapters:
            self._adapters.append(put_in_given(adapter, base, subject=task.subject.id, path=given.path))
        identifier = describe_identifier(base.tokenizer, word)
        noun = self._noun(task.subject)
        details: dict[str, JSON] = {
            "identifier": identifier.text,
            "identifier_token_ids": identifier.token_ids,
            "identifier_splits": identifier.splits,
            "trained_elsewhere": given.path.name,
            **self._described(),
        }
        return [sampled_as(task, TrainingRecord(details=details), context, noun=noun, identifier=identifier)]

    def checkpoints(
        self, tasks: Sequence[SubjectTask], context: MethodContext, at: Sequence[int]
    ) -> Iterator[tuple[int, list[ModelSubject]]]:
        """Train one subject's adapter and look at it after some of the steps.

        Raises:
            ValueError: more than one task.
            UserError: the loss is not finite, or the adapter does not fit the base model.
        """
        if self.settings.weights is not None:
            raise UserError("Adapters that were trained elsewhere cannot be looked at while they train; leave out weights.")
        self._begin(context.model)
        yield from super().checkpoints(tasks, context, at)

    def _weights_to_train(self, task: SubjectTask, context: MethodContext, identifier: Identifier) -> ResidentAdamW:
        """An optimiser of a new adapter's weights."""
        base, settings = context.model, self.settings
        self._word = identifier.text
        for part, network in self._networks(base):
            own, usual = (
                (settings.target_modules, ATTENTION)
                if network is base.denoiser
                else (settings.text_encoder_target_modules, TEXT_ATTENTION)
            )
            from_file = settings.adapter.endswith(".json") and network is base.denoiser
            config = adapter_config(settings, own or (None if from_file else usual))
            if starts_from_changed_weights(config):
                base.keep_weights()
            self._put_in(base, part, config, seed=derive_seed("adapter", context.seed, task.subject.id, part))
        weights = [weight for adapter in self._adapters for weight in adapter.weights]
        base.keep_weights([weight for weight in weights if base.is_own(weight)])  # biases that a config trains
        return ResidentAdamW(weights, weight_decay=settings.weight_decay)

    def _put_in(self, base: BaseModel, part: str, config: Any, *, seed: int) -> Adapter:
        adapter, take_out = put_in(base.parts[part], config, part=part, seed=seed)
        base.undo_at_restore(take_out)
        self._adapters.append(adapter)
        return adapter

    def _steps(self, training: SubjectTraining, task: SubjectTask, context: MethodContext, last: int) -> Generator[int]:
        """The steps with the adapters' dropout on, drawn from the step's own seed; it is off whenever somebody looks."""
        tuners: Any = peft_library().tuners.tuners_utils.BaseTunerLayer
        layers = [layer for adapter in self._adapters for layer in adapter.model.modules() if isinstance(layer, tuners)]
        devices = [context.device] if context.device.type == "cuda" else []
        with closing(training.steps(last)) as steps:
            for number in range(last):
                with torch.random.fork_rng(devices=devices):
                    torch.manual_seed(derive_seed("dropout", context.seed, task.subject.id, number))
                    for layer in layers:
                        layer.train()
                    done = next(steps)
                    for layer in layers:
                        layer.eval()
                yield done

    def _learned(self, task: SubjectTask, context: MethodContext) -> Mapping[str, JSON]:
        """What the adapters are and how large; they are saved where that was asked for."""
        if self.settings.save is not None:
            save_adapters(self._adapters, expanded(self.settings.save) / task.subject.id, identifier=self._word)
        return self._described()

    def _begin(self, base: BaseModel) -> None:
        """Take the last subject's adapters out."""
        base.restore()
        self._adapters = []
        self._refuse_changed_weights(base)

    def _described(self) -> Mapping[str, JSON]:
        """What the adapters are and how large."""
        return {
            "adapter": str(self._adapters[0].config.peft_type.value).lower(),
            "trained_parameters": sum(weight.numel() for adapter in self._adapters for weight in adapter.weights),
            "adapter_bytes": sum(stored_bytes(adapter) for adapter in self._adapters),
            "peft": str(peft_library().__version__),
        }

    def _networks(self, base: BaseModel) -> list[tuple[str, Any]]:
        """The networks that get an adapter, by their names."""
        return [
            (part, network)
            for part, network in base.parts.items()
            if network is base.denoiser or self.settings.train_text_encoder
        ]

    def _refuse_changed_weights(self, base: BaseModel) -> None:
        """See that the base model's weights are what they were, bit by bit, after an adapter was taken out.

        Raises:
            UserError: they are not; no later subject can then be trusted.
        """
        present = [bits(network) for network in base.parts.values()]
        if self._own_bits is None or self._own_bits[0] is not base:
            self._own_bits = (base, present)
        elif self._own_bits[1] != present:
            raise UserError(
                f"The adapter {self.settings.adapter} changed the base model's own weights, so that nothing after it can be "
                "trusted; use another adapter, or report it."
            )
