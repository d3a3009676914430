"""A collage: a reference image pasted on a ground in a palette's colours. A method without a base model."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from dreambench.baselines.method import ImageRequest, Method, MethodContext, SubjectTask, TrainingRecord, image_seed
from dreambench.baselines.settings import MethodSettings
from dreambench.dataset.images import open_image
from dreambench.dataset.subjects import Subject


class CollageSettings(MethodSettings):
    """What a collage is made with."""

    palette: Path
    """A picture whose colours the grounds have."""
    size: int = 64
    """Height and width of the images in pixels."""


@dataclass
class Pasted:
    """A subject whose references are pasted."""

    subject: Subject
    record: TrainingRecord
    references: tuple[Image.Image, ...]
    colours: Any
    size: int
    seed: int

    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        """One picture a request, in order, each from its own seed."""
        for request in requests:
            random = np.random.default_rng(image_seed(request, seed=self.seed))
            image = Image.new("RGB", (self.size, self.size), tuple(random.choice(self.colours).tolist()))
            reference = self.references[random.integers(len(self.references))]
            side = self.size * 3 // 4
            left, top = random.integers(0, self.size - side, 2).tolist()
            image.paste(reference.resize((side, side)), (left, top))
            yield image


class Collage(Method[CollageSettings]):
    """Pastes a reference image on a ground in a palette's colours, whatever the prompt."""

    settings_type = CollageSettings

    def load(self, context: MethodContext) -> None:
        """Read the palette, once a worker."""
        self.colours = np.asarray(open_image(self.settings.palette).resize((8, 8))).reshape(-1, 3)

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[Pasted]:
        """One prepared subject a task, in order; nothing is trained."""
        return [
            Pasted(task.subject, TrainingRecord(), task.references, self.colours, self.settings.size, context.seed)
            for task in tasks
        ]
