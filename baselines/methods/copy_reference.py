"""The cheat: the reference images themselves, whatever the prompt asks. It tops subject fidelity and ignores the text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from dreambench.baselines.method import ImageRequest, Method, MethodContext, SubjectTask, TrainingRecord
from dreambench.baselines.model.pictures import fit_square
from dreambench.baselines.settings import CopyReferenceSettings
from dreambench.dataset.subjects import Subject


@dataclass(frozen=True)
class CopiedSubject:
    """A subject whose images are its references, cropped and resized to the sampler's resolution."""

    subject: Subject
    record: TrainingRecord
    references: tuple[Image.Image, ...]
    resolution: int

    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        """Image k of prompt p is reference (k + p) mod n.

        Every reference is returned about equally often, and one prompt's images differ as long as there are references left:
        DIV is then the references' own.

        Raises:
            ValueError: a prior image is asked for; there is no model to draw it from.
        """
        for request in requests:
            if request.prompt is None:
                raise ValueError("copy_reference has no prior images")
            index = (request.image_index + request.prompt.index) % len(self.references)
            yield fit_square(self.references[index], self.resolution)


class CopyReference(Method[CopyReferenceSettings]):
    """The cheat: returns the reference images, whatever the prompt."""

    settings_type = CopyReferenceSettings
    uses_sampler = True  # for its resolution

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[CopiedSubject]:
        """Nothing to train."""
        resolution = context.sampler.resolution
        return [CopiedSubject(task.subject, TrainingRecord(), task.references, resolution) for task in tasks]
