"""One encoder that is asked for: what a protocol wants of a role, and where a suite says its weights are."""

from dataclasses import dataclass
from pathlib import Path

from dreambench.benchmark.declarations.encoder import MINI, EncoderRole, EncoderSpec
from dreambench.benchmark.encoders.weights import existing_file, is_file_name, packaged_folder
from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded


@dataclass(frozen=True)
class EncoderRequest:
    """What a library is given.

    Attributes:
        role: the encoder's name in the protocol.
        wanted: what the protocol wants of it: architecture, transform, output, positions.
        spec: the suite's word, or the protocol's where the suite has none.
    """

    role: str
    wanted: EncoderRole
    spec: EncoderSpec

    @property
    def table(self) -> str:
        """The table of the suite, for messages: "encoders.dinov2"."""
        return f"encoders.{self.role}"

    @property
    def architecture(self) -> str | None:
        """The network's name, as the suite or else the protocol gives it."""
        return self.spec.architecture or self.wanted.architecture

    def named_architecture(self, library: str) -> str:
        """The network's name, where the weights do not say it.

        Raises:
            UserError: neither suite nor protocol gives it.
        """
        if self.architecture is not None:
            return self.architecture
        self._refuse_absent_path()
        raise UserError(
            f"The weights '{self.spec.weights}' are not a folder, so [{self.table}] needs architecture = \"...\", "
            f"by {library}'s name."
        )

    def folder(self) -> Path | None:
        """The folder that `weights` means: the packaged one, or one on this machine; None if it means no folder.

        Raises:
            UserError: the packaged weights are missing.
        """
        if self.spec.weights == MINI:
            return packaged_folder(self.role)
        path = expanded(self.spec.weights)
        return path if path.is_dir() else None

    def file(self) -> Path | None:
        """The file that `weights` means; None if it means no file.

        Raises:
            UserError: it is not there.
        """
        if is_file_name(self.spec.weights):
            return existing_file(self.spec.weights)
        self._refuse_absent_path()
        return None

    def _refuse_absent_path(self) -> None:
        """Say that a path leads nowhere, where it would else be taken for the name of published weights."""
        weights = self.spec.weights
        if weights.startswith((".", "~", "/")) and not expanded(weights).exists():
            raise UserError(f"The weights {weights} do not exist; check the path of [{self.table}] in the suite.")
