"""Writing `subjects.toml`: what was found out about subjects, beside what stands there, of which nothing is changed."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Table

from dreambench.dataset.declared import SUBJECTS_FILE, read_table
from dreambench.dataset.errors import UserError
from dreambench.dataset.files import atomic_write_text
from dreambench.dataset.os_errors import NotWritten
from dreambench.dataset.reading import MAX_TOML_BYTES, NotRead, parse_toml, read_text
from dreambench.dataset.subjects import Subject

_HEAD: Final = "# Class nouns that `bench dataset describe` suggests: look at every line.\n\n"


def completed(root: Path, found: Mapping[Subject, str]) -> str:
    """The text of a dataset's `subjects.toml` with the class nouns and kinds that it lacks.

    Args:
        root: the folder of subject folders.
        found: subjects with their class nouns and kinds, each with a remark that becomes a comment.

    Raises:
        UserError: the file cannot be read, says something else of a subject by now, or is laid out so that nothing can be
            added to it.
    """
    file = root / SUBJECTS_FILE
    before = read_table(file)
    wanted = {subject.id: {"class_noun": subject.class_noun, "kind": subject.kind} for subject in found}
    for name, values in wanted.items():
        for key, there in (before or {}).get(name, {}).items():
            if values.get(key, there) != there:
                raise UserError(f"{file} has changed meanwhile: [{name}] has the {key} {there!r}; give the command again.")
    text = _with_added("" if before is None else read_text(file, mend="mend it.", max_bytes=MAX_TOML_BYTES), found)
    expected: dict[str, Any] = dict(before or {})
    for name, values in wanted.items():
        expected[name] = {**expected.get(name, {}), **values}
    if text is None or _read(text) != expected:
        lines = "; ".join(f"[{name}] class_noun = {v['class_noun']!r}, kind = {v['kind']!r}" for name, v in wanted.items())
        raise UserError(f"{file} is laid out so that nothing can be added to it; write into it yourself: {lines}.")
    return text


def write_completed(root: Path, found: Mapping[Subject, str]) -> Path:
    """Write `completed` into the dataset's folder, whole or not at all; returns the file.

    Raises:
        UserError: as `completed`, or the folder cannot be written.
    """
    file = root / SUBJECTS_FILE
    text = completed(root, found)
    try:
        atomic_write_text(file, text)
    except NotWritten as error:
        raise UserError(f"{file} cannot be written ({error.reason}); name another file with --out.") from error
    return file


def _with_added(text: str, found: Mapping[Subject, str]) -> str | None:
    """A TOML text with the keys that subjects lack; None where it cannot take them."""
    try:
        document = tomlkit.parse(text or _HEAD)
        for subject, remark in found.items():
            if subject.id not in document:
                document.add(subject.id, tomlkit.table())
            entry: Any = document[subject.id]
            values = {"class_noun": subject.class_noun, "kind": subject.kind}
            for index, key in enumerate([key for key in values if key not in entry]):
                item = tomlkit.item(values[key])
                if index == 0 and isinstance(entry, Table):  # an inline table has no room for comments
                    item.comment(remark)
                entry.add(key, item)
        return tomlkit.dumps(document)
    except (TOMLKitError, ValueError, TypeError, AttributeError):
        return None


def _read(text: str) -> dict[str, Any] | None:
    try:
        return parse_toml(text)
    except NotRead:
        return None
