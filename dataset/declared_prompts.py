"""Prompts that people bring: `prompts.toml` beside the folders of images, or the same below [prompts] in `subjects.toml`.

[[object]]                    # one of the kinds "object" and "live"; [[prompts.object]] in subjects.toml
prompt = "a {identifier} {class_noun} in the jungle"   # or, as the release writes it, "a {0} {1} in the jungle"
family = "recontextualisation"                         # optional: any lower-case words
class_nouns = ["dog", "cat"]                           # optional: asked of subjects of these class nouns alone
"""

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from dreambench.dataset.declared import PROMPTS_TABLE, SUBJECTS_FILE, printable, read_table, shown
from dreambench.dataset.errors import UserError
from dreambench.dataset.kinds import FAMILY_PATTERN, KINDS, MAX_FAMILY, NO_FAMILY, Kind
from dreambench.dataset.prompts import MAX_PROMPTS, MAX_TEMPLATE, SUBJECT_FIELDS, Prompt
from dreambench.dataset.words import did_you_mean

PROMPTS_FILE: Final = "prompts.toml"
_KEYS: Final = ("prompt", "family", "class_nouns")
_READABLE: Final = "{identifier} {class_noun}"
_EXAMPLE: Final = f'"a {_READABLE} in the snow"'


def prompts_in(root: Path, kinds: Collection[Kind]) -> tuple[Prompt, ...] | None:
    """The prompts that a dataset's folder brings, kind by kind in the file's order; None where it brings none.

    Args:
        root: the folder of subject folders.
        kinds: that the dataset has subjects of; each needs prompts, if there are any at all.

    Raises:
        UserError: a file cannot be read, both files list prompts, or an entry is wrong; the message names file and entry.
    """
    file, subjects_file = root / PROMPTS_FILE, root / SUBJECTS_FILE
    table = read_table(file)
    below = (read_table(subjects_file) or {}).get(PROMPTS_TABLE)
    if table is not None and below is not None:
        raise UserError(f"{file} and [{PROMPTS_TABLE}] in {subjects_file} both list prompts; keep one of the two.")
    if below is not None:
        table, file, where = below, subjects_file, f"{PROMPTS_TABLE}."
    else:
        where = ""
    if table is None:
        return None
    return prompts_of_table(table, kinds, file=file, where=where)


def prompts_of_table(table: Any, kinds: Collection[Kind], *, file: Path, where: str = "") -> tuple[Prompt, ...]:
    """The prompts of a table as such files have it, kind by kind in its order.

    Args:
        table: kind -> list of prompts.
        kinds: that need prompts.
        file: that it stands in.
        where: the name of the table, with a dot, where it is not the whole file.

    Raises:
        UserError: an entry is wrong, or a kind has no prompts; the message names file and entry.
    """
    if not isinstance(table, dict):
        raise UserError(f"{file}: '{PROMPTS_TABLE}' is no table of prompts; list them by kind, [[{PROMPTS_TABLE}.object]].")
    for name in table:
        if name not in KINDS:
            raise UserError(f"{file}: {_no_kind(name, where)}")
    prompts = tuple(prompt for kind in KINDS if kind in table for prompt in _of_kind(kind, table[kind], file, where))
    for kind in KINDS:
        if kind in kinds and kind not in table:
            raise UserError(
                f"{file} has no prompts for {kind} subjects, which the dataset has; add some under [[{where}{kind}]]."
            )
    return prompts


def _no_kind(name: str, where: str) -> str:
    shown = printable(name)
    if name in _KEYS:
        return f"'{name}' stands outside of any prompt; write it below a line [[{where}object]] or [[{where}live]]."
    if where and name in ("class_noun", "kind"):
        return f"a subject cannot be called '{PROMPTS_TABLE}', which is the table of prompts; rename its folder."
    hint = did_you_mean(name, KINDS, otherwise=f"list prompts under [[{where}object]] and [[{where}live]].")
    return f"'{shown}' is no kind of subject; {hint}"


def _of_kind(kind: Kind, entries: Any, file: Path, where: str) -> list[Prompt]:
    if not isinstance(entries, list) or not entries:
        raise UserError(f'{file}: {kind} is no list of prompts; write a line [[{where}{kind}]] and below it prompt = "...".')
    if len(entries) > MAX_PROMPTS:
        raise UserError(f"{file} has {len(entries):,} prompts for {kind} subjects; keep at most {MAX_PROMPTS:,}.")
    prompts: list[Prompt] = []
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        where_it_is = f"{file}: {kind} prompt {index}, counted from 0,"
        prompt = _prompt(kind, index, entry, where_it_is)
        first = seen.setdefault(prompt.template.casefold(), index)
        if first != index:
            raise UserError(f"{where_it_is} repeats prompt {first}; remove one of them.")
        prompts.append(prompt)
    return prompts


def _prompt(kind: Kind, index: int, entry: Any, where: str) -> Prompt:
    if not isinstance(entry, Mapping):
        raise UserError(f"{where} is no table; write prompt = {_EXAMPLE} below a line of its own.")
    for key in entry:
        if key not in _KEYS:
            hint = did_you_mean(key, _KEYS, otherwise=f"give {' and '.join(_KEYS)}.")
            raise UserError(f"{where} has the unknown key '{printable(key)}'; {hint}")
    if "prompt" not in entry:
        raise UserError(f"{where} has no text; add prompt = {_EXAMPLE}.")
    return Prompt(
        kind=kind,
        index=index,
        template=_template(entry["prompt"], where),
        family=_family(entry.get("family", NO_FAMILY), where),
        class_nouns=_class_nouns(entry.get("class_nouns", []), where),
    )


def _template(text: Any, where: str) -> str:
    """The text as a template of the release, runs of spaces made one."""
    if not isinstance(text, str) or not text.isprintable() or len(text) > MAX_TEMPLATE:
        raise UserError(f"{where} is no line of at most {MAX_TEMPLATE} characters; write it like {_EXAMPLE}.")
    template = " ".join(text.split()).replace(_READABLE, SUBJECT_FIELDS)
    before, found, after = template.partition(SUBJECT_FIELDS)
    if not found or any(brace in part for part in (before, after) for brace in "{}"):
        raise UserError(
            f"{where} must name the subject once, as {_READABLE}, and have no other braces; write it like {_EXAMPLE}."
        )
    return template


def _family(value: Any, where: str) -> str:
    if not isinstance(value, str) or len(value) > MAX_FAMILY or not re.fullmatch(FAMILY_PATTERN, value):
        raise UserError(
            f"{where} cannot have the family {shown(value)}; give a word or words in lower case such as "
            '"accessory", or leave it out.'
        )
    return value


def _class_nouns(value: Any, where: str) -> tuple[str, ...]:
    nouns = value if isinstance(value, list) and len(value) <= MAX_PROMPTS else [""]
    if not all(isinstance(noun, str) and noun.strip() and noun.isprintable() for noun in nouns):
        raise UserError(f'{where} cannot have the class nouns {shown(value)}; give a list of words such as ["dog", "cat"].')
    return tuple(dict.fromkeys(" ".join(noun.split()) for noun in nouns))
