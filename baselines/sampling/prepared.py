"""A prepared subject of the methods that sample from the resident model."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from dreambench.baselines.method import ImageRequest, MethodContext, TrainingRecord, image_seed
from dreambench.baselines.model.conditioning import Conditioning
from dreambench.baselines.sampling.sampler import sample_images
from dreambench.dataset.prompts import Prompt
from dreambench.dataset.subjects import Subject


@dataclass(frozen=True)
class ModelSubject:
    """A subject sampled from the model's present weights."""

    subject: Subject
    record: TrainingRecord
    context: MethodContext
    embed: Callable[[Sequence[Prompt | None]], Conditioning]
    """What the denoiser is told of the subject in each prompt; None is the prior prompt."""

    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        """The requested images, in order; each prompt is encoded once, however many images it gets."""
        if not requests:
            return
        context = self.context
        prompts = list(dict.fromkeys(request.prompt for request in requests))
        row = {prompt: index for index, prompt in enumerate(prompts)}
        yield from sample_images(
            context.model,
            self.embed(prompts),
            [row[request.prompt] for request in requests],
            [image_seed(request, seed=context.seed) for request in requests],
            context.sampler,
            batch_size=context.batch_size,
            autocast=context.sample_autocast,
            on_halved=context.lower_batch_size,
        )
