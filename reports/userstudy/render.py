"""From records to a study's folder: the key, and beside it a folder with one page a questionnaire."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from dreambench.dataset.errors import UserError
from dreambench.reports.page.document import environment, json_for_script, policy, script_of, static_text
from dreambench.reports.page.target_folder import FolderKind, check_target_folder, written_aside
from dreambench.reports.userstudy.pictures import COMPARED, REFERENCE, Pictures, in_neutral_order
from dreambench.reports.userstudy.questionnaire import QuestionnairePage

_STATIC: Final = Path(__file__).parent / "static"
_STYLES: Final[tuple[str | Path, ...]] = ("base.css", _STATIC / "questionnaire.css")
_HEAD_SCRIPT: Final = ("theme.js",)
_SCRIPTS: Final = tuple(_STATIC / name for name in ("answers.js", "screens.js", "keys.js"))


def write_pages(
    pages: Sequence[QuestionnairePage],
    out: Path,
    *,
    key: Mapping[str, Any],
    key_file: str,
    pages_folder: str,
    on_progress: Callable[[int, int], None],
) -> Path:
    """Write a study's folder, whole or not at all.

    Args:
        pages: the questionnaires.
        out: a folder that is not there, or empty: an earlier study's is not replaced, since its answers need its key.
        key: what the key's file holds; its "kind" says that it is one.
        key_file: its name.
        pages_folder: the name of the folder with the pages.
        on_progress: called with (pages done, pages in all).

    Returns:
        The folder with the pages.

    Raises:
        UserError: `out` cannot be used, or a picture cannot be read.
    """
    of = FolderKind("user study", key_file, str(key["kind"]), frozenset({key_file, pages_folder}))
    if (out / key_file).is_file():
        raise UserError(f"--out {out} holds a user study already, whose answers need its {key_file}; choose another folder.")
    check_target_folder(out, of=of)
    pictures = Pictures()
    digits = len(str(max(2, len(pages))))
    with written_aside(out, dict(key), of=of) as folder:
        (folder / pages_folder).mkdir()
        for done, page in enumerate(pages, start=1):
            name = f"{page.number:0{max(2, digits)}d}.html"
            (folder / pages_folder / name).write_text(render_questionnaire(page, pictures), encoding="utf-8", newline="\n")
            on_progress(done, len(pages))
    return out / pages_folder


def render_questionnaire(page: QuestionnairePage, pictures: Pictures) -> str:
    """One page's HTML, pictures inside."""
    from markupsafe import Markup

    style, early, script = static_text(*_STYLES), script_of(*_HEAD_SCRIPT), script_of(*_SCRIPTS)
    return (
        environment("dreambench.reports.userstudy")
        .get_template("questionnaire.html.j2")
        .render(
            page=page,
            policy=policy([style], [early, script]),
            style=Markup(style),
            early=Markup(early),
            script=Markup(script),
            data=json_for_script(_data(page, pictures)),
        )
    )


def _data(page: QuestionnairePage, pictures: Pictures) -> dict[str, Any]:
    """What the page's script needs: questions with numbers of pictures, and the pictures in an order that tells nothing."""
    shown = [
        (
            [pictures.address(path, side=REFERENCE) for path in question.references],
            pictures.address(question.left, side=COMPARED),
            pictures.address(question.right, side=COMPARED),
        )
        for question in page.questions
    ]
    addresses = in_neutral_order({address for own, left, right in shown for address in (*own, left, right)})
    number = {address: index for index, address in enumerate(addresses)}
    questions = [
        {
            "id": question.id,
            "text": question.text,
            "references": [number[address] for address in own],
            "left": number[left],
            "right": number[right],
        }
        for question, (own, left, right) in zip(page.questions, shown, strict=True)
    ]
    return {"study": page.study, "questionnaire": page.number, "questions": questions, "pictures": addresses}
