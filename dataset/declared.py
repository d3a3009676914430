"""Subjects that people bring: `subjects.toml` beside the folders of images, and whether the folders fit it.

[my_dog]                      # the folder's name
class_noun = "dog"
kind = "live"                 # or "object": it chooses the prompts
licence = "CC-BY-4.0"         # optional, as is
attribution = "Ada Lovelace"  # who made the pictures

A table [prompts] in it is no subject but a list of prompts, see `dreambench.dataset.declared_prompts`.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from dreambench.dataset.credits import Credit
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import left_out, list_images
from dreambench.dataset.kinds import KINDS, Kind
from dreambench.dataset.reading import read_toml
from dreambench.dataset.subjects import SUBJECTS, Subject, id_trouble
from dreambench.dataset.words import did_you_mean, nearest, shortened

SUBJECTS_FILE: Final = "subjects.toml"
#: The table of `subjects.toml` that is no subject.
PROMPTS_TABLE: Final = "prompts"
MAX_TEXT: Final = 500
_SHOWN: Final = 80
#: Words of letters, digits, dashes and apostrophes: it stands in prompts, tables and the names of cache folders.
_CLASS_NOUN: Final = re.compile(r"\w[\w'-]*( \w[\w'-]*)*")
_KEYS: Final = ("class_noun", "kind", "licence", "attribution")


@dataclass(frozen=True)
class SubjectEntry:
    """What `subjects.toml` says of one subject, as far as it says it; None is what it leaves out."""

    id: str
    class_noun: str | None = None
    kind: Kind | None = None
    credit: Credit | None = None


@dataclass(frozen=True)
class DeclaredSubject:
    """A subject of `subjects.toml`, and what it says of its images' licence and maker."""

    subject: Subject
    credit: Credit | None


def subjects_in(root: Path) -> tuple[DeclaredSubject, ...]:
    """The subjects of a folder of subject folders, sorted by id; the 30 of the release need no declaration.

    Raises:
        UserError: a folder is not declared, a declared one is not there, one has no images, or `subjects.toml` is wrong.
    """
    file = root / SUBJECTS_FILE
    declared = {name: _complete(entry, file) for name, entry in read_entries(file).items()}
    known = {subject.id: DeclaredSubject(subject, None) for subject in SUBJECTS} | declared
    present = subject_folders(root)
    for name in present:
        if name not in known:
            _refuse_undeclared(name, root, declared)
    refuse_absent(declared, present, root)
    for name in present:
        if not list_images(root / name):
            raise UserError(no_images(root / name))
    return tuple(known[name] for name in present)


def undescribed_subjects(root: Path) -> tuple[SubjectEntry, ...]:
    """The subjects that lack a class noun or a kind, with what is said of them; sorted by id.

    Raises:
        UserError: the folder is not laid out as one of subjects, one of these has no images, or `subjects.toml` is wrong.
    """
    entries, released = read_entries(root / SUBJECTS_FILE), {subject.id for subject in SUBJECTS}
    present = subject_folders(root)
    refuse_absent(entries, present, root)
    found = []
    for name in present:
        entry = entries.get(name)
        if (entry is None and name in released) or (entry is not None and entry.class_noun and entry.kind):
            continue
        if not list_images(root / name):
            raise UserError(no_images(root / name))
        found.append(entry or SubjectEntry(name))
    return tuple(found)


def subject_folders(root: Path) -> list[str]:
    """The names of the subjects' folders, sorted.

    Raises:
        UserError: there are none, or one has a name that no subject can have.
    """
    present = sorted(path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    if not present and list_images(root):
        raise UserError(f"{root} holds images, not subjects; put them into a folder of the subject's name there.")
    if not present:
        raise UserError(f"{root} has no subject folders; lay it out as <subject>/<image>.jpg.")
    for name in present:
        trouble = id_trouble(name)
        if trouble is not None:
            raise UserError(f"The folder '{printable(name)}' in {printable(str(root))} {trouble}")
    by_folded = {name.lower(): name for name in present}
    if len(by_folded) < len(present):  # a run's folders would be one on macOS and Windows
        first = next(name for name in present if by_folded[name.lower()] != name)
        raise UserError(
            f"The folders '{first}' and '{by_folded[first.lower()]}' in {root} differ in capitals alone; rename one."
        )
    if PROMPTS_TABLE in present:
        raise UserError(
            f"{root / PROMPTS_TABLE} cannot be a subject's folder: in {SUBJECTS_FILE} that is the table of prompts; rename it."
        )
    return present


def refuse_absent(declared: Iterable[str], present: Collection[str], root: Path) -> None:
    """Refuse a subject that is declared and has no folder.

    Raises:
        UserError: there is one; the message names the folder that may be meant.
    """
    for name in declared:
        if name not in present:
            hint = did_you_mean(name, present, otherwise="add its images.", alike=0.6)
            raise UserError(f"{root / SUBJECTS_FILE} declares '{name}', but there is no folder {root / name}; {hint}")


def no_images(folder: Path) -> str:
    """The sentence about a subject's folder without a picture that can be read; it names what is there instead."""
    what = f"The subject '{printable(folder.name)}' has no reference images in {printable(str(folder))};"
    if not folder.is_dir():
        return f"{what} there is no such folder: add it with at least one picture."
    unread = left_out(folder)
    if unread:
        return f"{what} {printable(unread[0].path.name)} {unread[0].why}."
    return f"{what} put at least one picture there."


def read_entries(path: Path) -> dict[str, SubjectEntry]:
    """What `subjects.toml` says of subjects, by id; nothing where the file is not there.

    Raises:
        UserError: it cannot be read, or an entry has something unknown or wrong.
    """
    table = read_table(path) or {}
    return {name: _entry(name, entry, path) for name, entry in table.items() if name != PROMPTS_TABLE}


def read_table(path: Path) -> dict[str, Any] | None:
    """A TOML file from anyone; None where there is none.

    Raises:
        UserError: it is no file, too large, or no TOML.
    """
    if not path.exists():
        return None
    if not path.is_file():
        raise UserError(f"{path} is not a file; name the folder otherwise and write a file of that name.")
    return read_toml(path, mend="mend it; only subjects and prompts belong in it.")


def _entry(name: str, entry: Any, path: Path) -> SubjectEntry:
    if not name.isprintable():
        raise UserError(f"{path}: the subject {shown(name)} has characters that cannot be printed; rename its folder.")
    if not isinstance(entry, dict):
        hint = "write it below a line [subject]." if name in _KEYS else "a subject is a table: [subject], then its class_noun."
        raise UserError(f"{path}: '{name}' stands outside of any subject; {hint}")
    for key in entry:
        if key not in _KEYS:
            hint = did_you_mean(key, _KEYS, otherwise=f"give {', '.join(_KEYS)}.")
            raise UserError(f"{path}: [{name}] has the unknown key {shown(key)}; {hint}")
    noun, kind = entry.get("class_noun"), entry.get("kind")
    if noun is not None and (not isinstance(noun, str) or not _CLASS_NOUN.fullmatch(noun) or len(noun) > MAX_TEXT):
        raise UserError(
            f'{path}: [{name}] cannot have the class_noun {shown(noun)}; give plain words such as "stuffed animal".'
        )
    if kind is not None and kind not in KINDS:
        raise UserError(f'{path}: [{name}] cannot have the kind {shown(kind)}; give "object" or "live".')
    told = {key: entry[key] for key in ("licence", "attribution") if key in entry}
    for key, text in told.items():
        if not isinstance(text, str) or not text.strip() or not text.isprintable() or len(text) > MAX_TEXT:
            raise UserError(f"{path}: [{name}] cannot have the {key} {shown(text)}; give a line of text, or leave it out.")
    credit = Credit(licence=told.get("licence"), creator=told.get("attribution")) if told else None
    return SubjectEntry(name, noun, kind, credit)


def _complete(entry: SubjectEntry, path: Path) -> DeclaredSubject:
    describe = "or let `bench dataset describe` suggest it"
    if entry.class_noun is None:
        raise UserError(
            f'{path}: [{entry.id}] has no class_noun; add what it is called in prompts: class_noun = "dog", {describe}.'
        )
    if entry.kind is None:
        raise UserError(
            f'{path}: [{entry.id}] has no kind; add kind = "object", or kind = "live" for an animal or a person, {describe}.'
        )
    return DeclaredSubject(Subject(entry.id, entry.class_noun, entry.kind), entry.credit)


def _refuse_undeclared(name: str, root: Path, declared: Iterable[str]) -> None:
    file = root / SUBJECTS_FILE
    if not file.exists():
        raise UserError(
            f"{root / name} is not a subject of the DreamBooth dataset; declare it in {file}: "
            f'a line [{toml_key(name)}], then class_noun = "dog" and kind = "live" or "object"; '
            "`bench dataset describe` suggests both."
        )
    declare_it = f"declare its class_noun and kind there under [{toml_key(name)}]."
    near = nearest(name, declared, alike=0.6)
    meant = f"did you mean it with [{toml_key(near)}]? Else " if near is not None else ""
    raise UserError(f"{root / name} is not declared in {file}; {meant}{declare_it}")


def toml_key(name: str) -> str:
    """A name as a key in TOML."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else f'"{name}"'


def printable(text: str) -> str:
    """A name from a stranger's folder, fit for a terminal: what cannot be printed becomes a question mark."""
    return "".join(character if character.isprintable() else "?" for character in text)


def dotted(keys: Iterable[object]) -> str:
    """Where a value stands in a stranger's file, fit for a terminal: "sampler.steps"."""
    return shortened(printable(".".join(map(str, keys))), _SHOWN)


def shown(value: object) -> str:
    """A value from a stranger's file as it stands there, cut where it is long: part of a sentence."""
    text = printable(repr(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
