"""The base model: read once, kept resident, its weights restored in place between subjects."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import torch
from torch import Tensor

from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.model.diffusion import TrainingSchedule
from dreambench.baselines.model.families.layout import Layout
from dreambench.baselines.model.families.registry import family_of
from dreambench.baselines.model.files.contents import hash_files, model_files
from dreambench.baselines.model.files.sources import resolve_folder
from dreambench.baselines.model.latents import LatentCodec, MomentsCache
from dreambench.baselines.model.snapshot import Snapshot, SnapshotStore, choose_store
from dreambench.baselines.model.text_towers import TextTower
from dreambench.baselines.settings import SamplerSettings


class BaseModel(ABC):
    """A latent diffusion model with text conditioning in diffusers' layout, as float32 masters; families derive from it.

    Nothing trains until a method says so: every weight comes with `requires_grad` off, every part in evaluation mode.
    There is no safety checker; it would answer some prompts with black images. A new family says its `layout`, writes what is
    abstract here, and is found through an entry point: see `dreambench.baselines.model.families.registry`.
    """

    layout: ClassVar[Layout]
    """What its checkpoints are made of."""
    longest_text: ClassVar[int] = 77
    """Tokens of a prompt that the published checkpoints read."""

    parts: dict[str, torch.nn.Module]
    """The networks that a method may train, by their folders' names, the denoiser first; the VAE is never among them."""
    codec: LatentCodec
    """Pictures to latents and back."""
    tokenizer: Any
    """The first tokenizer: what identifiers are looked for with."""
    towers: tuple[TextTower, ...]
    """The text encoders whose embedding tables can take learned words; empty where none can."""
    device: torch.device
    weights_hash: str
    """SHA-256 over the files' names and contents; 64 hex digits."""
    moments: MomentsCache
    """The VAE moments of images seen so far."""

    def __init__(
        self,
        parts: Mapping[str, torch.nn.Module],
        *,
        codec: LatentCodec,
        tokenizer: Any,
        towers: Sequence[TextTower],
        device: torch.device,
        weights_hash: str,
        snapshot: SnapshotStore | None = None,
    ) -> None:
        """Move the parts to the device; `snapshot` None: it goes where there is room when `keep_weights` makes it."""
        for network in (*parts.values(), codec.vae):
            network.float().to(device).eval().requires_grad_(False)
        self.parts = dict(parts)
        self.codec = codec
        self.tokenizer = tokenizer
        self.towers = tuple(towers)
        self.device = device
        self.weights_hash = weights_hash
        self.moments = MomentsCache(codec, device)
        # The VAE never trains, so it needs no copy.
        self._masters: list[Tensor] = [weight for part in self.parts.values() for weight in part.parameters()]
        self._wanted_store = snapshot
        self._snapshots: list[Snapshot] = []
        self._kept: set[int] = set()
        self._undo: list[Callable[[], None]] = []
        self._versions = self._present_versions()

    @staticmethod
    def load(
        source: str | Path,
        *,
        device: torch.device,
        revision: str | None = None,
        snapshot: SnapshotStore | None = None,
    ) -> "BaseModel":
        """Read a model: "mini" (packaged), a local diffusers folder, or a hub id at a revision. Safetensors only.

        The family is the one that loads the pipeline class of its model_index.json. Weights may be stored in any float type;
        they become float32. Where full-precision files are missing, those of the fp16 variant are read. A safety checker is
        never read.

        Args:
            source: see `dreambench.baselines.model.files.sources`, which knows where it is looked for.
            device: where it runs.
            revision: commit or tag on the hub; a folder has none.
            snapshot: where the weights to go back to are kept; None: on the device if it has room, else on the host, else in
                a temporary file. It changes no result.

        Raises:
            UserError: a file is missing, damaged or does not fit its config, or no family loads such a model.
        """
        folder = resolve_folder(source, revision)
        weights_hash = hash_files(folder, model_files(folder))
        model: BaseModel = family_of(folder).read(folder, device=device, weights_hash=weights_hash, snapshot=snapshot)
        return model

    @classmethod
    @abstractmethod
    def read(cls, folder: Path, *, device: torch.device, weights_hash: str, snapshot: SnapshotStore | None) -> Self:
        """The model in a folder that has all files of the layout; arguments as for the constructor.

        Raises:
            UserError: a file is damaged, does not fit its config, or asks for what the family cannot do.
        """

    @classmethod
    @abstractmethod
    def trial_inputs(cls, denoiser: Any, *, rows: int, side: int, tokens: int) -> dict[str, Any]:
        """The denoiser's keyword arguments in the right shapes, on torch's default device, to count or time a call.

        Args:
            denoiser: the network.
            rows: samples.
            side: of a latent as the VAE makes it.
            tokens: of a prompt.
        """

    @property
    def denoiser(self) -> torch.nn.Module:
        """The network that takes the noise out: what methods train first, and where adapters go."""
        return next(iter(self.parts.values()))

    @property
    def snapshot_store(self) -> SnapshotStore | None:
        """Where the weights to go back to are kept; None while no method has asked for that."""
        return self._snapshots[0].store if self._snapshots else None

    def keep_weights(self, weights: Sequence[Tensor] | None = None) -> None:
        """Keep a copy of weights as they were loaded; a method calls it after `restore` and before it trains them.

        Each weight is copied once. A method that leaves the weights alone saves the memory of a second model by not calling it.

        Args:
            weights: those that are going to be trained; None: all of them.
        """
        wanted = self._masters if weights is None else weights
        new = [weight for weight in wanted if id(weight) not in self._kept]
        if new:
            self._refuse_altered()
            size = sum(4 * weight.numel() for weight in new)
            self._snapshots.append(Snapshot(new, self._wanted_store or choose_store(size, self.device)))
            self._kept |= {id(weight) for weight in new}

    def is_own(self, weight: Tensor) -> bool:
        """Whether a weight is one of the model's, and not of what a method put in."""
        return any(weight is master for master in self._masters)

    def undo_at_restore(self, undo: Callable[[], None]) -> None:
        """Have the next `restore` call this first: what a method put into the networks comes out of them again."""
        self._undo.append(undo)

    def restore(self) -> None:
        """Put networks and weights back as they were loaded, in place: optimisers, compiled code and CUDA graphs stay valid.

        Raises:
            RuntimeError: a method changed the weights without having called `keep_weights`.
        """
        while self._undo:
            self._undo.pop()()
        for snapshot in self._snapshots:
            snapshot.restore()
        self._refuse_altered()
        for master in self._masters:
            master.requires_grad_(False)
            master.grad = None

    def _present_versions(self) -> list[int]:
        """How often each weight was changed in place, as autograd counts it."""
        return [master._version for master in self._masters]

    def _refuse_altered(self) -> None:
        """Refuse a change of a weight that is not kept."""
        for master, known, present in zip(self._masters, self._versions, self._present_versions(), strict=True):
            if known != present and id(master) not in self._kept:
                raise RuntimeError(
                    "the base model's weights were changed and not kept; call keep_weights() before training them"
                )

    @property
    @abstractmethod
    def text_length(self) -> int:
        """Tokens of a prompt that are read, marks among them."""

    @abstractmethod
    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Token ids int64 [n, ...], a row a text, padded, on the model's device.

        Raises:
            UserError: a text is longer than the text encoder reads; cutting it would change the prompt silently.
        """

    @abstractmethod
    def encode_tokens(self, token_ids: Tensor) -> Conditioning:
        """What the denoiser is told for ids as `tokenize` makes them, a row a text; differentiable."""

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Conditioning:
        """What the denoiser is told for prompts, a row a prompt, from the text encoders' present weights."""
        return self.encode_tokens(self.tokenize(texts))

    def unconditional(self) -> Conditioning | None:
        """What guidance leads away from, one row: here the empty prompt. None: the model is not guided."""
        return self.encode_text([""])

    @abstractmethod
    def latent_shape(self, resolution: int) -> tuple[int, int, int]:
        """Shape [channels, height, width] of the latent that the denoiser works on.

        Raises:
            UserError: the networks do not divide the resolution.
        """

    @abstractmethod
    def training_schedule(self) -> TrainingSchedule:
        """How noise is mixed in while training, and what the denoiser should answer then.

        Raises:
            UserError: the model predicts what cannot be trained.
        """

    @abstractmethod
    def solver(self, settings: SamplerSettings) -> Any:
        """A fresh solver in the form of diffusers' schedulers, its timesteps set, on the model's own noise schedule.

        Raises:
            UserError: the settings ask for one that does not fit the family.
        """

    @abstractmethod
    def predict(self, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        """The denoiser's answer [b, c, h, w] at x_t; differentiable.

        Args:
            noisy: x_t [b, c, h, w].
            timesteps: one for all or [b], as the schedule or the solver gives them.
            conditioning: a row a sample.
        """
