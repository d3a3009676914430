"""Whether a method gave back what it was asked for. What it did not is told in one sentence, for its author to mend."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from PIL import Image

from dreambench.baselines.method import ImageRequest, PreparedSubject, SubjectTask
from dreambench.dataset.errors import UserError
from dreambench.dataset.words import counted

#: Stands for a picture that did not come.
_MISSING: Final[Any] = object()


def check_prepared(found: Any, tasks: Sequence[SubjectTask], *, method: str) -> list[PreparedSubject]:
    """What `prepare` returned: one prepared subject a task, in order.

    Args:
        found: as returned.
        tasks: that were asked for.
        method: its name, for the message.

    Raises:
        UserError: it is something else.
    """
    names = ", ".join(task.subject.id for task in tasks)
    wanted = "it must return a list of one prepared subject a task, in order"
    if not isinstance(found, Iterable):
        raise UserError(f"The method {method} prepared {_called(found)} for {names}; {wanted}.")
    prepared = list(found)
    if len(prepared) != len(tasks):
        raise UserError(f"The method {method} prepared {counted(len(prepared), 'subject')} for {names}; {wanted}.")
    for task, subject in zip(tasks, prepared, strict=True):
        if not isinstance(subject, PreparedSubject):
            raise UserError(
                f"The method {method} prepared {_called(subject)} for {task.subject.id}; "
                "a prepared subject has `subject`, `record` and `sample`."
            )
        if subject.subject != task.subject:
            raise UserError(f"The method {method} prepared another subject where {task.subject.id} was due; {wanted}.")
    return prepared


def checked_images(
    found: Any, requests: Sequence[ImageRequest], *, method: str, size: tuple[int, int] | None
) -> Iterator[Image.Image]:
    """The pictures that `sample` returned, one by one, each checked before it is passed on.

    Args:
        found: as returned.
        requests: that were asked for.
        method: its name, for the message.
        size: width and height that they must have; None: that of the first.

    Raises:
        UserError: one is no RGB picture of the size, or there are too few or too many. The message names method, subject
            and prompt.
    """
    if not isinstance(found, Iterable):
        raise UserError(
            f"The method {method} gave {_called(found)} for {requests[0].subject.id}; `sample` must yield pictures."
        )
    pictures = iter(found)
    for done, request in enumerate(requests):
        picture = next(pictures, _MISSING)
        if picture is _MISSING:
            raise UserError(
                f"The method {method} gave {counted(done, 'picture')} for {request.subject.id} and {len(requests)} were asked "
                f"for; the first that is missing is {_asked(request)}."
            )
        problem = _problem(picture, size)
        if problem is not None:
            raise UserError(f"The method {method} gave {problem} for {request.subject.id}, {_asked(request)}.")
        size = picture.size
        yield picture
    if next(pictures, _MISSING) is not _MISSING:
        raise UserError(
            f"The method {method} gave more pictures for {requests[0].subject.id} than the {len(requests)} that were asked "
            f"for; the last was {_asked(requests[-1])}."
        )


def _problem(picture: Any, size: tuple[int, int] | None) -> str | None:
    """What a picture is instead of what it should be; None where nothing is wrong."""
    if not isinstance(picture, Image.Image):
        return f"{_called(picture)} instead of a PIL picture"
    if picture.mode != "RGB":
        return f"a picture in the mode {picture.mode} instead of RGB"
    if size is not None and picture.size != size:
        return f"a picture of {picture.width} x {picture.height} pixels instead of {size[0]} x {size[1]}"
    return None


def _asked(request: ImageRequest) -> str:
    """A request in words."""
    if request.prompt is None:
        return f"prior image {request.image_index}"
    return f'prompt {request.prompt.index} ("{request.prompt.request}"), image {request.image_index}'


def _called(value: Any) -> str:
    return "nothing" if value is None else f"an object of the type {type(value).__name__}"
