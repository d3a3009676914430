"""Where an encoder's weights come from: the one answer that loading, the files' hash and `bench doctor` all ask for."""

from dataclasses import dataclass
from pathlib import Path

from dreambench.baselines.model.files.hub import address_problem, has_files_of, hub_cache, hub_problem, without_hub
from dreambench.dataset.errors import UserError


@dataclass(frozen=True)
class WeightSource:
    """A file or folder that is here, or a repository on the hub, or an address on the web.

    One with none of the three is an encoder that needs no weights.

    Attributes:
        what: the encoder, as people call it, for messages: "vit_small_patch16_224.dino".
        path: the file or folder, if it is here. It exists.
        repository: on the hub; it goes before the address.
        revision: of the repository; None for its main branch.
        names: of the files in which the repository may keep the weights, best first.
        address: on the web.
        kept_at: where what is fetched from the address is kept.
        instead: what a suite can give as weights where they cannot be fetched, for messages.
    """

    what: str
    path: Path | None = None
    repository: str | None = None
    revision: str | None = None
    names: tuple[str, ...] = ()
    address: str | None = None
    kept_at: Path | None = None
    instead: str = '"FILE.safetensors" or a folder'

    @property
    def is_fetched(self) -> bool:
        """Whether a library fetches the weights, now or earlier."""
        return self.repository is not None or self.address is not None

    @property
    def origin(self) -> str:
        """Where they are fetched from, in words."""
        return f"the hub, {self.repository}" if self.repository is not None else str(self.address)

    def found(self) -> Path | None:
        """The file or folder with the weights on this machine, the libraries' caches included; None if there is none yet."""
        if self.path is not None:
            return self.path
        if self.repository is not None:
            return self._in_hub_cache()
        return self.kept_at if self.kept_at is not None and self.kept_at.is_file() else None

    def problem(self) -> str | None:
        """Why they cannot be fetched now, as a clause; None if they can. Asks the network."""
        if self.repository is not None:
            return hub_problem()
        if self.address is not None:
            return address_problem(self.address)
        return None

    def refuse_out_of_reach(self, *, table: str) -> None:
        """Stop before weights are asked of a server that does not answer.

        What is in the hub's cache, even in part, is left to its client.

        Args:
            table: of the suite, as "encoders.clip".

        Raises:
            UserError: they are not here, and what has them cannot be reached; one sentence says where it was looked and what
                to do.
        """
        if self.found() is not None or (self.repository is not None and has_files_of(self.repository)):
            return
        problem = self.problem()
        if problem is None:
            return
        if self.repository is not None:
            raise UserError(
                f"{self.what} is not on this machine (looked in the hub's cache, {hub_cache()}) and not to be had from the "
                f"hub, {self.repository}: {problem}; without a network, give weights = {self.instead} in [{table}] of a copy "
                f"of the suite, or {without_hub()}."
            )
        raise UserError(
            f"{self.what} is not on this machine (looked for: {self.kept_at}) and not to be had: {problem}; without a network, "
            f"put the file there, or give [{table}] weights = {self.instead} in a copy of the suite."
        )

    def _in_hub_cache(self) -> Path | None:
        from huggingface_hub import try_to_load_from_cache

        for name in self.names:
            found = try_to_load_from_cache(str(self.repository), name, revision=self.revision)
            if isinstance(found, str):
                return Path(found)
        return None


def torch_cache_file(address: str) -> Path:
    """Where torch.hub keeps what it fetches from an address."""
    import torch

    return Path(torch.hub.get_dir()) / "checkpoints" / address.rpartition("/")[2]
