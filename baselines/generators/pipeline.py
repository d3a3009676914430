"""A zero-shot generator as a method: a declared diffusers pipeline is shown the references and told the prompt."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image

from dreambench.baselines.generators.declaration import Generator, PipelineSettings, ShownReferences
from dreambench.baselines.generators.loading import load_pipeline
from dreambench.baselines.method import JSON, ImageRequest, Method, MethodContext, SubjectTask, TrainingRecord, image_seed
from dreambench.baselines.model.pictures import fit_square
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject


@dataclass(frozen=True)
class ShownSubject:
    """A subject that a pipeline draws from its references."""

    subject: Subject
    generator: Generator
    pipeline: Any
    references: tuple[Image.Image, ...]
    seed: int
    told: dict[str, JSON] = field(default_factory=dict)
    """Prompt's number -> what the pipeline was told; filled as images are drawn."""

    @property
    def record(self) -> TrainingRecord:
        """What the pipeline was shown and told so far."""
        generator = self.generator
        details: dict[str, JSON] = {
            "pipeline": generator.pipeline,
            "source": generator.source,
            "revision": generator.revision,
            "without_revision": generator.unpinned(),
            "references_shown": list(range(len(self.references))),
            "told": self.told,
        }
        return TrainingRecord(details=details)

    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        """One call of the pipeline an image, each from a generator of its own: no batch size changes a picture.

        Raises:
            UserError: the pipeline gives no images.
            ValueError: a prior image is asked for.
        """
        shown = _shown(self.generator.references, self.references)
        for request in requests:
            if request.prompt is None:
                raise ValueError("a pipeline has no prior images")
            text = self.generator.told(request.prompt, self.subject.class_noun)
            self.told[f"{request.prompt.index:02d}"] = text
            # On the CPU even when the pipeline is on a GPU: the noise is then the same on both.
            noise = torch.Generator().manual_seed(image_seed(request, seed=self.seed))
            with torch.inference_mode():
                found = self.pipeline(prompt=text, generator=noise, **shown, **self.generator.given())
            images = getattr(found, "images", None)
            if images is None or len(images) != 1:
                raise UserError(f"The pipeline {self.generator.pipeline} gave no single image for {self.subject.id}.")
            yield images[0]


class Pipeline(Method[PipelineSettings]):
    """A zero-shot generator: any diffusers pipeline, as a TOML file declares it (docs/generators.md)."""

    settings_type = PipelineSettings

    def load(self, context: MethodContext) -> None:
        """Load the pipeline, once a worker."""
        self._pipeline = load_pipeline(self.settings.declaration, device=context.device, offload=self.settings.offload)

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[ShownSubject]:
        """Nothing is trained."""
        generator = self.settings.declaration
        return [
            ShownSubject(task.subject, generator, self._pipeline, _taken(generator.references, task.references), context.seed)
            for task in tasks
        ]


def _taken(shown: ShownReferences | None, references: tuple[Image.Image, ...]) -> tuple[Image.Image, ...]:
    """The references that are shown, at their size."""
    if shown is None:
        return ()
    number = {"first": 1, "all": len(references)}.get(str(shown.take), shown.take)
    taken = references[: int(number)]
    return taken if shown.resolution is None else tuple(fit_square(image, shown.resolution) for image in taken)


def _shown(shown: ShownReferences | None, references: tuple[Image.Image, ...]) -> Mapping[str, Any]:
    """The pipeline's argument with the references."""
    if shown is None:
        return {}
    forms: dict[str, Any] = {"image": references[0], "list": list(references), "nested": [list(references)]}
    return {shown.argument: forms[shown.form]}
