"""A plain function `(references, prompt, seed) -> image` as a method."""

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from PIL import Image

from dreambench.baselines.description import first_line
from dreambench.baselines.method import ImageRequest, Method, MethodContext, SubjectTask, TrainingRecord, image_seed
from dreambench.baselines.model.files.hub import first_line as first_words
from dreambench.baselines.settings import MethodSettings
from dreambench.dataset.errors import UserError
from dreambench.dataset.subjects import Subject


@dataclass(frozen=True)
class FunctionSubject:
    """A subject that a function draws."""

    subject: Subject
    references: tuple[Image.Image, ...]
    function: Any
    name: str
    seed: int
    record: TrainingRecord = field(default_factory=TrainingRecord)

    def sample(self, requests: Sequence[ImageRequest]) -> Iterator[Image.Image]:
        """One call a request, with the prompt's text and the image's own seed, 63 bits.

        Raises:
            FunctionFailed: the function raises; the message names the subject and the prompt.
            ValueError: a prior image is asked for.
        """
        for request in requests:
            if request.prompt is None:
                raise ValueError("a function has no prior images")
            text = request.prompt.text(self.subject.class_noun)
            try:
                # Copies: a function may draw on what it gets.
                image = self.function([image.copy() for image in self.references], text, image_seed(request, seed=self.seed))
            except UserError:
                raise
            except Exception as error:  # full memory and a full disk are found in what caused it
                raise FunctionFailed(
                    f"{self.name} raised {type(error).__name__} for {self.subject.id}, prompt {request.prompt.index} "
                    f'("{text}"), image {request.image_index}: {first_words(error)}'
                ) from error
            yield image


class FunctionFailed(Exception):
    """A person's function raised; the message says what, and for which image. No UserError, so that its traceback is kept."""


class FunctionMethod(Method[MethodSettings]):
    """A function of a person's own."""

    function: ClassVar[Any]
    name: ClassVar[str]

    def prepare(self, tasks: Sequence[SubjectTask], context: MethodContext) -> list[FunctionSubject]:
        """Nothing is prepared: the function gets the references with every prompt."""
        kind = type(self)
        return [FunctionSubject(task.subject, task.references, kind.function, kind.name, context.seed) for task in tasks]


def function_method(function: Any, *, name: str) -> type[Method[MethodSettings]]:
    """The class of a method that calls a function for each image.

    Args:
        function: takes the reference images (a list of RGB pictures), the prompt ("a dog in the snow") and a seed, in this
            order, and returns an RGB picture of PIL; all of a run have one size.
        name: for messages.

    Raises:
        UserError: it is no function, or cannot be called so.
    """
    if not callable(function) or isinstance(function, type):
        raise UserError(f"{name} is neither a function nor a class derived from dreambench.baselines.method.Method.")
    try:
        inspect.signature(function).bind([], "", 0)
    except (TypeError, ValueError) as error:
        raise UserError(f"{name} cannot be called with (references, prompt, seed): {error}.") from error
    doc = first_line(inspect.getdoc(function)) or f"The function {name}."
    return type("FunctionMethod", (FunctionMethod,), {"function": staticmethod(function), "name": name, "__doc__": doc})
