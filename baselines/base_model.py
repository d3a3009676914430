"""The base model: read once, kept resident, its weights restored in place between subjects."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dreambench.baselines.conditioning import Conditioning
from dreambench.baselines.diffusion import NoiseSchedule
from dreambench.baselines.latents import MomentsCache
from dreambench.baselines.model_files import SCHEDULER, hash_files, model_files, read_config, weight_files
from dreambench.baselines.model_sources import resolve_folder
from dreambench.baselines.snapshot import Snapshot, SnapshotStore, choose_store
from dreambench.dataset.errors import UserError


class BaseModel:
    """A latent diffusion model with text conditioning in diffusers' StableDiffusionPipeline layout, as float32 masters.

    Nothing trains until a method says so: every weight comes with `requires_grad` off, every part in evaluation mode.
    There is no safety checker; it would answer some prompts with black images.
    """

    unet: Any
    """UNet2DConditionModel."""
    vae: Any
    """AutoencoderKL."""
    text_encoder: Any
    """CLIPTextModel."""
    tokenizer: Any
    """CLIPTokenizer."""
    scheduler_config: dict[str, Any]
    """The model's own betas and prediction type."""
    device: torch.device
    weights_hash: str
    """SHA-256 over the files' names and contents; 64 hex digits."""
    moments: MomentsCache
    """The VAE moments of images seen so far."""

    def __init__(
        self,
        *,
        unet: Any,
        vae: Any,
        text_encoder: Any,
        tokenizer: Any,
        scheduler_config: dict[str, Any],
        device: torch.device,
        weights_hash: str,
        snapshot: SnapshotStore | None = None,
    ) -> None:
        """Move the parts to the device; `snapshot` None: it goes where there is room when `keep_weights` makes it."""
        self.unet, self.vae, self.text_encoder = (
            part.float().to(device).eval().requires_grad_(False) for part in (unet, vae, text_encoder)
        )
        self.tokenizer = tokenizer
        self.scheduler_config = scheduler_config
        self.device = device
        self.weights_hash = weights_hash
        self.vae_scale_factor: int = 2 ** (len(self.vae.config.block_out_channels) - 1)
        sample_size = self.unet.config.sample_size
        self.native_resolution: int = (
            sample_size if isinstance(sample_size, int) else max(sample_size)
        ) * self.vae_scale_factor
        self.text_length: int = min(int(tokenizer.model_max_length), int(self.text_encoder.config.max_position_embeddings))
        self.moments = MomentsCache(self.vae, device)
        # The VAE never trains, so it needs no copy.
        self._masters: list[Tensor] = [weight for part in self.parts.values() for weight in part.parameters()]
        self._wanted_store = snapshot
        self._snapshots: list[Snapshot] = []
        self._kept: set[int] = set()
        self._undo: list[Callable[[], None]] = []
        self._versions = self._present_versions()

    @classmethod
    def load(
        cls,
        source: str | Path,
        *,
        device: torch.device,
        revision: str | None = None,
        snapshot: SnapshotStore | None = None,
    ) -> "BaseModel":
        """Read a model: "mini" (packaged), a local diffusers folder, or a hub id at a revision. Safetensors only.

        Weights may be stored in any float type; they become float32. Where full-precision files are missing, those of the
        fp16 variant are read. A safety checker is never read.

        Args:
            source: see `dreambench.baselines.model_sources`, which knows where it is looked for.
            device: where it runs.
            revision: commit or tag on the hub; a folder has none.
            snapshot: where the weights to go back to are kept; None: on the device if it has room, else on the host, else in
                a temporary file. It changes no result.

        Raises:
            UserError: a file is missing, damaged or does not fit its config.
        """
        folder = resolve_folder(source, revision)
        files = model_files(folder)
        return cls(
            unet=read_part(folder, "unet"),
            vae=read_part(folder, "vae"),
            text_encoder=read_part(folder, "text_encoder"),
            tokenizer=read_part(folder, "tokenizer"),
            scheduler_config=read_config(folder / SCHEDULER),
            device=device,
            weights_hash=hash_files(folder, files),
            snapshot=snapshot,
        )

    @property
    def denoiser(self) -> torch.nn.Module:
        """The network that takes the noise out: what methods train first, and where adapters go."""
        denoiser: torch.nn.Module = self.unet
        return denoiser

    @property
    def parts(self) -> dict[str, torch.nn.Module]:
        """The networks that a method may train, by their folders' names, the denoiser first; the VAE is never among them."""
        return {"unet": self.unet, "text_encoder": self.text_encoder}

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

    def tokenize(self, texts: Sequence[str]) -> Tensor:
        """Token ids int64 [n, text_length], padded, on the model's device.

        Raises:
            UserError: a text is longer than the text encoder reads; cutting it would change the prompt silently.
        """
        rows = [self.tokenizer(text).input_ids for text in texts]
        for text, row in zip(texts, rows, strict=True):
            if len(row) > self.text_length:
                raise UserError(
                    f'The prompt "{text}" has {len(row)} tokens, the base model reads {self.text_length}; shorten it.'
                )
        pad = self.tokenizer.pad_token_id
        return torch.tensor([row + [pad] * (self.text_length - len(row)) for row in rows], device=self.device)

    def encode_tokens(self, token_ids: Tensor) -> Conditioning:
        """What the denoiser is told for ids [n, text_length], a row a text; differentiable.

        Without an attention mask, as Stable Diffusion is trained.
        """
        embeddings: Tensor = self.text_encoder(token_ids)[0]
        return Conditioning(embeddings)

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Conditioning:
        """What the denoiser is told for prompts, a row a prompt, from the text encoder's present weights."""
        return self.encode_tokens(self.tokenize(texts))

    def training_schedule(self) -> NoiseSchedule:
        """How noise is mixed in while training, and what the denoiser should answer then.

        Raises:
            UserError: the model predicts what cannot be trained.
        """
        return NoiseSchedule.from_config(self.scheduler_config, self.device)

    def predict(self, noisy: Tensor, timesteps: Tensor, conditioning: Conditioning) -> Tensor:
        """The denoiser's answer [b, c, h, w] at x_t; differentiable.

        Args:
            noisy: x_t [b, c, h, w].
            timesteps: one for all or [b], as the schedule or the sampler gives them.
            conditioning: a row a sample.
        """
        answer: Tensor = self.unet(noisy, timesteps, encoder_hidden_states=conditioning.text, return_dict=False)[0]
        return answer


def read_part(folder: Path, part: str) -> Any:
    """One part of a model in a folder: "unet", "vae", "text_encoder" or "tokenizer", on the CPU, as it is stored.

    Raises:
        UserError: a file is missing, damaged or does not fit its config.
    """
    try:
        if part == "tokenizer":
            from transformers import CLIPTokenizer

            return CLIPTokenizer.from_pretrained(folder / part)
        variant = weight_files(folder, part)[1]
        if part == "text_encoder":
            model, info = _read_text_encoder(folder / part, variant)
        else:
            from diffusers import AutoencoderKL, UNet2DConditionModel

            kind: Any = UNet2DConditionModel if part == "unet" else AutoencoderKL
            model, info = kind.from_pretrained(folder / part, use_safetensors=True, variant=variant, output_loading_info=True)
    except Exception as error:  # the libraries raise many kinds for a damaged file; each means the same to the user
        said = " ".join(str(error).split()).partition(". ")[0].rstrip(".")  # what follows is advice to programmers
        reason = said or type(error).__name__
        raise UserError(
            f"The base model's {folder / part} cannot be read ({reason}); fetch or copy the model again."
        ) from error
    missing = sorted(info["missing_keys"])
    if missing or info["mismatched_keys"]:
        what = missing[0] if missing else info["mismatched_keys"][0]
        raise UserError(f"The weights in {folder / part} do not fit their config.json ({what}); fetch or copy the model again.")
    return model


def _read_text_encoder(folder: Path, variant: str | None) -> tuple[Any, Any]:
    from transformers import CLIPTextModel
    from transformers.utils import logging

    # Its progress bar would break into the command line's own.
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        pair: tuple[Any, Any] = CLIPTextModel.from_pretrained(
            folder, use_safetensors=True, variant=variant, output_loading_info=True
        )
    finally:
        if shown:
            logging.enable_progress_bar()
    return pair
