"""Which prompt of a subject a text is: with or without the identifier, in any spelling that file names give it."""

import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from dreambench.dataset.collection import Dataset
from dreambench.dataset.declared import printable
from dreambench.dataset.errors import UserError
from dreambench.dataset.prompts import SUBJECT_FIELDS, Prompt
from dreambench.dataset.subjects import Subject
from dreambench.dataset.words import did_you_mean

#: Names of files write spaces so.
_SPACES: Final = re.compile(r"[\s_+-]+")
_BRACKETED: Final = r"<[^<>]{1,60}>|\[[^\[\]]{1,60}\]"
#: "sks", "[V]", "<my dog>": one word or two before the class noun.
_IDENTIFIER: Final = rf"(?:(?:{_BRACKETED}|\S+) ){{1,2}}"
#: "<my-dog>", "S*": a learned word in place of the class noun. A plain word would be another class noun.
_LEARNED: Final = rf"(?:{_BRACKETED}|[sv]\*)"


class PromptTexts:
    """The prompts of a dataset by their texts."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._known: dict[tuple[str, str], Sequence[_Spelled]] = {}

    def find(self, text: str, subject: Subject) -> int | None:
        """The number of the subject's prompt that a text is; None where it is none, or could be several."""
        found = self._all(text, subject)
        return found[0] if len(found) == 1 else None

    def require(self, text: str, subject: Subject, *, where: str) -> int:
        """The number of the subject's prompt that a text is.

        Args:
            text: the prompt, as a name or a row has it.
            subject: whose prompt it is.
            where: of the text, for the message.

        Raises:
            UserError: it is none (the message names the nearest), or could be several.
        """
        found = self._all(text, subject)
        if len(found) == 1:
            return found[0]
        shown = printable(text[:120])
        if found:
            several = ", ".join(f"{index} ('{self._text(index, subject)}')" for index in found[:5])
            raise UserError(f"{where}: '{shown}' may be the prompt {several} of {subject.id}; give the prompt's number.")
        texts = [spelled.text for spelled in self._spelled(subject)]
        hint = did_you_mean(plain(text), texts, otherwise="`bench dataset show` lists the prompts.")
        raise UserError(f"{where}: '{shown}' is no prompt of {subject.id}; {hint}")

    def _all(self, text: str, subject: Subject) -> list[int]:
        """The numbers of all prompts that a text may be; a text without an identifier goes before one with."""
        written, spelled = plain(text), self._spelled(subject)
        exact = [one.index for one in spelled if one.plain == written]
        return exact or [one.index for one in spelled if one.identified.fullmatch(written)]

    def _text(self, index: int, subject: Subject) -> str:
        return next(spelled.text for spelled in self._spelled(subject) if spelled.index == index)

    def _spelled(self, subject: Subject) -> "Sequence[_Spelled]":
        key = subject.kind, subject.class_noun
        if key not in self._known:
            self._known[key] = [_Spelled(prompt, subject.class_noun) for prompt in self._dataset.prompts(subject)]
        return self._known[key]


class _Spelled:
    """A prompt for a class noun: its text, as names write it, and as it is with an identifier."""

    def __init__(self, prompt: Prompt, class_noun: str) -> None:
        self.index = prompt.index
        self.text = prompt.text(class_noun)
        self.plain = plain(self.text)
        before, _, after = (plain(part) for part in prompt.template.partition(SUBJECT_FIELDS))
        subject = rf"(?:{_IDENTIFIER}{re.escape(plain(class_noun))}|{_LEARNED})"
        self.identified = re.compile(" ".join(part for part in (re.escape(before), subject, re.escape(after)) if part))


def plain(text: str) -> str:
    """A text without capitals, final dots, and the signs that names write spaces with; accents as one letter, unlike macOS."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text).casefold()).strip(" .")
