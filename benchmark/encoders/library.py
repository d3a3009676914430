"""A library of encoders: what knows how to recognise, find and load some kind of network. An open set."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from dreambench.benchmark.declarations.encoder import Output
from dreambench.benchmark.encoders.encoder import ImageEncoder, PictureDistance
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.source import WeightSource

if TYPE_CHECKING:
    import torch


class EncoderLibrary(ABC):
    """A kind of encoder, named by `library` in [encoders.ROLE] of a protocol or a suite.

    A class says its name and builds encoders in `load`. It becomes known by the entry-point group `dreambench.encoders`. All
    methods but `load` read configurations at most: no weights, and no network is asked.
    """

    name: ClassVar[str]
    """What `library` says."""
    takes: ClassVar[frozenset[str]] = frozenset()
    """Which of a suite's optional keys it understands: "activation", "revision"."""
    outputs: ClassVar[frozenset[Output]] = frozenset({"own"})
    """Which values of the protocol's `output` it can give."""
    resamples_positions: ClassVar[bool] = False
    """Whether it can do what the protocol's positions = "resampled" asks for."""
    usual_weights: ClassVar[str | None] = None
    """Where the weights come from if neither suite nor protocol says it. A library without weights gives any word, such as
    "none"."""
    distributions: ClassVar[tuple[str, ...]] = ()
    """Whose versions stand for the weights that it fetches, in the hash by which a finished run is recognised."""

    def recognises(self, request: EncoderRequest) -> bool:
        """Whether a request that names no library looks like this one's: by the files of its folder, or its architecture."""
        return False

    def architecture(self, request: EncoderRequest) -> str | None:
        """The library's name of the network that is there, with its tag if it is known; None for one without a name.

        A protocol that is defined for another one refuses it.
        """
        return request.architecture

    def locate(self, request: EncoderRequest) -> WeightSource:
        """Where the weights come from. As it stands: from nowhere, the encoder needs none.

        Raises:
            UserError: the files are not there, or names are unknown; the message names them.
        """
        return WeightSource(what=request.architecture or self.name)

    @abstractmethod
    def load(self, request: EncoderRequest, source: WeightSource, device: "torch.device") -> ImageEncoder | PictureDistance:
        """Build the encoder.

        Args:
            request: what is asked for; its `wanted.transform` may be "own", and so may mean and std in it.
            source: as `locate` gave it.
            device: where it runs.

        Raises:
            UserError: the weights are damaged, another network's or cannot be fetched, or the protocol's crop is not the size
                that the network takes.
        """
