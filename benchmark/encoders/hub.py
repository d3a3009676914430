"""Where the libraries fetch an encoder's weights from, and a quick refusal where that cannot be reached."""

from pathlib import Path
from typing import Any

from dreambench.baselines.hub import address_problem, has_files_of, hub_cache, hub_problem, without_hub
from dreambench.dataset.errors import UserError


def timm_address(architecture: str) -> tuple[str | None, str | None]:
    """Hub repository and address of timm's weights; both None for an unknown architecture."""
    import timm

    try:
        config: Any = timm.models.get_pretrained_cfg(architecture) if architecture else None
    except RuntimeError:  # a known architecture with an unknown tag
        config = None
    if config is None:
        return None, None
    repository = config.hf_hub_id
    if repository and repository.endswith("/"):
        repository += architecture
    return repository, config.url


def open_clip_address(architecture: str, tag: str) -> tuple[str | None, str | None]:
    """Hub repository and address of open_clip's weights; both None for an unknown pair."""
    import open_clip

    config = open_clip.pretrained.get_pretrained_cfg(architecture, tag)
    repository = str(config.get("hf_hub", "")).rpartition("/")[0]  # what follows is a file's name, or nothing
    return repository or None, config.get("url") or None


def torch_cache_file(url: str) -> Path:
    """Where torch.hub keeps what it fetches from an address."""
    import torch

    return Path(torch.hub.get_dir()) / "checkpoints" / url.rpartition("/")[2]


def refuse_without_hub(what: str, repository: str | None, *, table: str) -> None:
    """Stop before weights are asked of a hub that does not answer. What is in its cache, even in part, is left to its client.

    Args:
        what: the encoder and its weights, for the message.
        repository: on the hub; None for weights that do not come from there.
        table: of the suite, as "encoders.clip".

    Raises:
        UserError: nothing of the repository is in the cache, and the hub cannot be reached; one sentence says where it was
            looked for and what to do.
    """
    if repository is None or has_files_of(repository):
        return
    problem = hub_problem()
    if problem is not None:
        raise UserError(
            f"{what} is not on this machine (looked in the hub's cache, {hub_cache()}) and not to be had from the hub, "
            f'{repository}: {problem}; without a network, give weights = "FILE.safetensors" or a folder in [{table}] of a copy '
            f"of the suite, or {without_hub()}."
        )


def refuse_without_address(what: str, url: str, *, table: str) -> None:
    """The same for weights that torch.hub fetches from an address.

    Raises:
        UserError: they are not in torch's cache, and the address does not answer.
    """
    place = torch_cache_file(url)
    if place.is_file():
        return
    problem = address_problem(url)
    if problem is not None:
        raise UserError(
            f"{what} is not on this machine (looked for: {place}) and not to be had: {problem}; without a network, put the "
            f'file there, or give [{table}] weights = "FILE.pth" in a copy of the suite.'
        )
