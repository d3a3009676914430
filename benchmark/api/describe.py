"""`describe`: what the subjects of a folder may be called, for a `subjects.toml` that does not say it yet."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from dreambench.benchmark.scoring.class_nouns import (
    NounGuess,
    everyday_nouns,
    guess_noun,
    kind_of,
    known_nouns,
    noun_embeddings,
)
from dreambench.dataset.collection import own_root, unread_in
from dreambench.dataset.declared import SubjectEntry, subject_folders, undescribed_subjects
from dreambench.dataset.description import in_columns
from dreambench.dataset.errors import UserError
from dreambench.dataset.images import list_images
from dreambench.dataset.subjects import Subject

if TYPE_CHECKING:
    from dreambench.benchmark.encoders.encoder import TextEncoder

_DECIMALS: Final = 6


@dataclass(frozen=True)
class DescribedSubject:
    """A subject as it may be declared.

    Attributes:
        subject: its id, class noun and kind; what `subjects.toml` says already is kept.
        guess: how the class noun was found; None where the file has it and only the kind is new.
        remark: where the new values come from, in a few words.
        n_references: the subject's images.
    """

    subject: Subject
    guess: NounGuess | None
    remark: str
    n_references: int


@dataclass(frozen=True)
class Description:
    """What is suggested for a folder.

    Attributes:
        root: the folder of subject folders.
        subjects: those that lack a class noun or a kind, sorted by id; empty where none does.
        encoder: the CLIP that chose; None where nothing had to be chosen.
        n_nouns: among how many nouns.
        unread: sentences on what lies in the subjects' folders, looks like a picture and is not read.
    """

    root: Path
    subjects: tuple[DescribedSubject, ...]
    encoder: str | None = None
    n_nouns: int = 0
    unread: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """The suggestions as JSON; cosine, margin and second noun are None where the class noun was there."""
        return {
            "folder": str(self.root),
            "encoder": self.encoder,
            "nouns": self.n_nouns,
            "unread": list(self.unread),
            "subjects": [
                {
                    "subject": described.subject.id,
                    "class_noun": described.subject.class_noun,
                    "kind": described.subject.kind,
                    "references": described.n_references,
                    "cosine": described.guess and round(described.guess.cosine, _DECIMALS),
                    "margin": described.guess and round(described.guess.margin, _DECIMALS),
                    "second": described.guess and described.guess.second,
                }
                for described in self.subjects
            ],
        }

    def lines(self) -> Iterator[str]:
        """The suggestions to read."""
        yield from self.unread
        if not self.subjects:
            yield f"every subject in {self.root} has a class noun and a kind"
            return
        rows = self.record()["subjects"]
        yield from in_columns([tuple(rows[0]), *([_cell(value) for value in row.values()] for row in rows)])
        if self.encoder is not None:
            yield f"chosen by {self.encoder} among {self.n_nouns} nouns"

    def toml(self) -> str:
        """The folder's `subjects.toml` with the suggestions; what stands there stays as it is."""
        from dreambench.dataset.declaring import completed

        return completed(self.root, self._found())

    def write(self) -> Path:
        """Write `toml()` to the folder's `subjects.toml`, whole or not at all; returns the file.

        Raises:
            UserError: it cannot be written, or was changed meanwhile.
        """
        from dreambench.dataset.declaring import write_completed

        return write_completed(self.root, self._found())

    def _found(self) -> dict[Subject, str]:
        return {described.subject: described.remark for described in self.subjects}


def describe(
    folder: str | Path,
    *,
    suite: str = "mini",
    device: str = "auto",
    say: Callable[[str], None] = lambda text: None,
) -> Description:
    """Suggest a class noun and a kind for every subject of a folder that lacks one.

    Args:
        folder: a dataset of one's own: a folder of images for each subject.
        suite: whose CLIP looks at the images: a name, or a suite's file.
        device: "auto", "cpu" or "cuda".
        say: told what is being done.

    Raises:
        UserError: the folder is not laid out so, a picture cannot be read, or the suite's CLIP cannot be loaded.
    """
    root = own_root(str(folder))
    entries = undescribed_subjects(root)
    unread = tuple(unread_in(root / name for name in subject_folders(root)))
    if all(entry.class_noun and kind_of(entry.class_noun) for entry in entries):
        return Description(root, tuple(_described(entry, None, root) for entry in entries), unread=unread)
    from dreambench.benchmark.encoders import EmbeddingCache, embed_files
    from dreambench.benchmark.machine.cache import cache_folder

    say("loading CLIP")
    cache = EmbeddingCache(cache_folder())
    clip = _text_encoder(suite, device)
    nouns = known_nouns(tuple(everyday_nouns()), clip)
    embeddings = noun_embeddings(nouns, clip.embed_texts)

    def guess(entry: SubjectEntry) -> NounGuess | None:
        if entry.class_noun and kind_of(entry.class_noun):
            return None
        fitting = [row for row, noun in enumerate(nouns) if entry.kind in (None, everyday_nouns()[noun])]
        if len(fitting) < 2:
            raise UserError(
                f"{clip.name} knows no two nouns for the subject '{entry.id}' to choose from; write its class_noun yourself, "
                "or name another suite with --suite."
            )
        (pictures,) = embed_files(list_images(root / entry.id), (clip,), cache=cache)
        return guess_noun(pictures, [nouns[row] for row in fitting], embeddings[fitting])

    say(f"looking at the images of {len(entries)} subject{'' if len(entries) == 1 else 's'}")
    described = tuple(_described(entry, guess(entry), root) for entry in entries)
    cache.trim()
    return Description(
        root,
        described,
        encoder=clip.name,
        n_nouns=len(nouns),
        unread=unread,
    )


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _described(entry: SubjectEntry, guess: NounGuess | None, root: Path) -> DescribedSubject:
    """What is said of a subject, completed. Where its noun is not in the list, its kind is that of the nearest one there."""
    noun = entry.class_noun or (guess.noun if guess else "")
    kind = entry.kind or kind_of(noun) or (guess and kind_of(guess.noun)) or "object"
    n_references = len(list_images(root / entry.id))
    if entry.class_noun is None and guess is not None:
        remark = f"suggested: cosine {guess.cosine:.3f}, {guess.margin:.3f} above '{guess.second}'"
        return DescribedSubject(Subject(entry.id, noun, kind), guess, remark, n_references)
    remark = "the kind follows from the class noun" if guess is None else f"the kind is that of '{guess.noun}'"
    return DescribedSubject(Subject(entry.id, noun, kind), None, f"suggested: {remark}", n_references)


def _text_encoder(suite: str, device: str) -> "TextEncoder":
    """The encoder that the suite's protocol compares pictures with texts by, and no other."""
    from dreambench.benchmark.declarations.protocol import load_protocol
    from dreambench.benchmark.declarations.suite import load_suite
    from dreambench.benchmark.encoders import load_encoders
    from dreambench.benchmark.machine.resources import choose_device

    declared = load_suite(suite)
    protocol = load_protocol(declared.protocol)
    reading = [key for key, metric in protocol.metrics.items() if "texts" in metric.needs]
    if not reading:
        raise UserError(
            f"The protocol '{protocol.name}' of the suite '{declared.name}' compares no picture with a text; name another "
            "suite with --suite."
        )
    encoders = load_encoders(declared.encoders, protocol.only(reading[:1]), choose_device(device))
    return encoders.text(protocol.metrics[reading[0]].role())
