"""Methods that train on class images: the images of a class noun are made ahead, once for all its subjects."""

from abc import abstractmethod

from dreambench.baselines.method import Method, MethodContext, SettingsT
from dreambench.baselines.sampling.class_images import ClassImages, as_shared, make_ahead
from dreambench.baselines.settings import SamplerSettings
from dreambench.baselines.work import Shared
from dreambench.dataset.subjects import Subject


class MethodWithClassImages(Method[SettingsT]):
    """A method whose `work()` names class images; it says which, and they are shared as `Method.shared` describes."""

    @abstractmethod
    def class_images_of(self, subject: Subject) -> ClassImages:
        """The class images that the subject is trained with."""

    def shared(self, subject: Subject, sampler: SamplerSettings | None) -> Shared | None:
        """The class images of its noun, where there is a prior-preservation loss."""
        if not self.work().class_images or sampler is None:
            return None
        return as_shared(self.class_images_of(subject), sampler)

    def make_shared(self, subject: Subject, context: MethodContext, *, part: int | None) -> None:
        """Make the class images, or a part of them."""
        make_ahead(self.class_images_of(subject), context, part=part)
