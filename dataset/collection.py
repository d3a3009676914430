"""A dataset: subjects, their class nouns, prompts and reference images, wherever they lie."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from PIL import Image

from dreambench.dataset.credits import Credit
from dreambench.dataset.declared import no_images, printable, subjects_in
from dreambench.dataset.declared_prompts import prompts_in
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_file, sha256_json
from dreambench.dataset.images import left_out, list_images, open_image
from dreambench.dataset.kinds import KINDS, Kind
from dreambench.dataset.local_folders import DATA_VARIABLE, expanded, local_copy
from dreambench.dataset.prompts import Prompt, prompts_for
from dreambench.dataset.release import absent_images, images_root, load_release, release_folder
from dreambench.dataset.subjects import SUBJECTS, Subject
from dreambench.dataset.words import did_you_mean

MINIATURE_FOLDER: Final = Path(__file__).parent / "data" / "miniature"
#: How `load_dataset` calls the released photos.
RELEASED: Final = "dreambooth"
#: The datasets that a name stands for; any other is the path of a folder.
SHIPPED: Final = ("mini", RELEASED)


class Dataset:
    """Subjects with 1 or more reference images each, and the prompts that methods are asked.

    Attributes:
        name: what runs and tables call it.
        root: the folder that holds one folder of images a subject.
        subjects: in alphabetical order of their ids.
    """

    def __init__(
        self,
        name: str,
        root: Path,
        subjects: tuple[Subject, ...],
        *,
        prompts: Sequence[Prompt] | None = None,
        credits: Mapping[str, Credit] | None = None,
    ) -> None:
        """Take subjects whose images lie in `root`.

        Args:
            name: of the dataset.
            root: holds one folder of images a subject.
            subjects: sorted by id.
            prompts: its own, for every kind that it has subjects of, numbered from 0 in each kind; None: the official ones.
            credits: who made what: by an image's name ("cat/03.jpg") or, for all its images, a subject's id.

        Raises:
            ValueError: `prompts` leaves out a kind, or a number.
        """
        self.name = name
        self.root = root
        self.subjects = subjects
        self._credits = dict(credits or {})
        self._by_id = {subject.id: subject for subject in subjects}
        self._prompts: dict[Kind, tuple[Prompt, ...]] = {
            kind: prompts_for(kind) if prompts is None else _of_kind(kind, prompts) for kind in KINDS
        }
        lacking = {subject.kind for subject in subjects if not self._prompts[subject.kind]}
        if lacking:
            raise ValueError(f"the dataset '{name}' has no prompts for its {min(lacking)} subjects")

    def subject(self, subject_id: str) -> Subject:
        """The subject of that id.

        Raises:
            UserError: there is none; the message names the nearest one.
        """
        if subject_id not in self._by_id:
            hint = did_you_mean(subject_id, self._by_id, otherwise=f"it has {_some(self._by_id)}.", alike=0.4)
            raise UserError(f"The dataset '{self.name}' has no subject '{subject_id}'; {hint}")
        return self._by_id[subject_id]

    def reference_paths(self, subject: Subject) -> list[Path]:
        """The subject's reference images, sorted by name."""
        folder = self.root / subject.id
        paths = list_images(folder) if folder.is_dir() else []
        if not paths:
            raise UserError(no_images(folder))
        return paths

    def unread(self, subjects: Collection[str] | None = None) -> list[str]:
        """What lies in the subjects' folders, looks like a reference image and is not one, in sentences for people.

        Args:
            subjects: ids of those that are looked at; None for all.
        """
        return unread_in(self.root / subject.id for subject in self.subjects if subjects is None or subject.id in subjects)

    def references(self, subject: Subject) -> list[Image.Image]:
        """The subject's reference images as RGB pictures of their own size."""
        return [open_image(path) for path in self.reference_paths(subject)]

    def credit(self, path: Path) -> Credit:
        """Licence and attribution of a reference image; its fields are None where nobody told."""
        subject_id = path.parent.name
        return self._credits.get(f"{subject_id}/{path.name}") or self._credits.get(subject_id) or Credit()

    def prompts(self, subject: Subject) -> tuple[Prompt, ...]:
        """What is asked of a subject: the prompts for its kind and class noun, in the order of their numbers."""
        return tuple(prompt for prompt in self.prompts_of(subject.kind) if prompt.is_for(subject.class_noun))

    def asking(self, prompts: Sequence[Prompt]) -> "Dataset":
        """The same subjects and reference images with other prompts.

        Args:
            prompts: for every kind that it has subjects of, numbered from 0 in each kind.
        """
        return Dataset(self.name, self.root, self.subjects, prompts=prompts, credits=self._credits)

    def prompts_of(self, kind: Kind) -> tuple[Prompt, ...]:
        """The prompts for a kind of subjects, numbered from 0; none where the dataset has no subject of that kind and no
        prompts for it. Kinds may have lists of different lengths.
        """
        return self._prompts[kind]

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds that it has subjects of."""
        there = {subject.kind for subject in self.subjects}
        return tuple(kind for kind in KINDS if kind in there)

    @property
    def has_official_prompts(self) -> bool:
        """Whether its subjects are asked the benchmark's own prompts, word for word; families may be its own."""
        return all(_texts(self.prompts_of(kind)) == _texts(prompts_for(kind)) for kind in self.kinds)

    @property
    def own_prompts(self) -> tuple[Prompt, ...]:
        """What a run records of its prompts: all of them, of the kinds that it has subjects of; none where they and their
        families are the official ones.
        """
        if all(self.prompts_of(kind) == prompts_for(kind) for kind in self.kinds):
            return ()
        return tuple(prompt for kind in self.kinds for prompt in self.prompts_of(kind))

    @cached_property
    def checksum(self) -> str:
        """SHA-256 over ids, class nouns, kinds, the bytes of every reference image, and the prompts' texts where these are not
        the official ones: 64 hex digits. Families are not in it: they group scores and move none.
        """
        subjects = [[s.id, s.class_noun, s.kind, self.subject_checksum(s)] for s in self.subjects]
        if self.has_official_prompts:
            return sha256_json(subjects)
        return sha256_json({"subjects": subjects, "prompts": {kind: _texts(self.prompts_of(kind)) for kind in self.kinds}})

    def record(self) -> dict[str, str]:
        """Name and checksum as JSON: what says which reference images and prompts scores were made with."""
        return {"name": self.name, "checksum": self.checksum}

    def subject_checksum(self, subject: Subject) -> str:
        """SHA-256 over the bytes of one subject's reference images: 64 hex digits."""
        return sha256_json([sha256_file(path) for path in self.reference_paths(subject)])


def load_dataset(name_or_path: str, *, data: Path | None = None) -> Dataset:
    """Open a dataset: "mini" (shipped), "dreambooth" (the 30 photo subjects) or a folder of subject folders.

    "dreambooth" is looked for in the local copy `data` or DREAMBENCH_DATA, else where `bench dataset fetch` puts it. It must
    hold the 158 images and no others; `bench dataset verify` compares every byte, which this does not.
    A folder holds one folder of images a subject; subjects that are not of the DreamBooth dataset are declared in a
    `subjects.toml` beside them, see `dreambench.dataset.declared`; it may bring prompts, `dreambench.dataset.declared_prompts`.

    Raises:
        UserError: the dataset is not there, or its folder is not laid out so.
    """
    if name_or_path == "mini":
        drawn = Credit(licence="Apache-2.0", creator="drawn by dreambench's renderer")
        return Dataset("mini", MINIATURE_FOLDER, SUBJECTS, credits={subject.id: drawn for subject in SUBJECTS})
    if name_or_path == RELEASED:
        return _load_release(data)
    root = own_root(name_or_path)
    found = subjects_in(root)
    subjects = tuple(declared.subject for declared in found)
    return Dataset(
        expanded(name_or_path).resolve().name,
        root,
        subjects,
        prompts=prompts_in(root, {subject.kind for subject in subjects}),
        credits={declared.subject.id: declared.credit for declared in found if declared.credit is not None},
    )


def unread_in(folders: Iterable[Path]) -> list[str]:
    """What lies in subjects' folders, looks like a reference image and is not one, in sentences for people."""
    return [
        f"{printable(f'{folder.name}/{left.path.name}')} is no reference image: it {left.why}."
        for folder in folders
        if folder.is_dir()
        for left in left_out(folder)
    ]


def own_root(path: str) -> Path:
    """The folder of subject folders in a dataset of one's own: its `dataset/`, as in the release, or itself.

    Raises:
        UserError: there is no such folder.
    """
    folder = expanded(path)
    if folder.is_file():
        raise UserError(f"{path} is a file; a dataset is a folder with a folder of images for each subject.")
    if not folder.is_dir():
        otherwise = f"give 'mini', '{RELEASED}' or the path of a folder."
        hint = did_you_mean(path, ("mini", RELEASED), otherwise=otherwise, alike=0.6)
        raise UserError(f"There is no dataset '{printable(path)}'; {hint}")
    return folder / "dataset" if (folder / "dataset").is_dir() else folder


def how_to_get_it() -> str:
    """The clause that tells a person how to come by the released photos."""
    return (
        f"run `bench dataset fetch`, or set {DATA_VARIABLE} to a copy of {load_release().repository.removeprefix('https://')}."
    )


def looked_in(folder: Path, data: Path | None) -> str:
    """The folder where the released photos are looked for, who says so, and whether it is one: part of a sentence.

    Args:
        folder: as `release_folder(data)` gives it.
        data: the local copy that was named, if one was.
    """
    where = printable(str(folder)) + ("" if data or not local_copy() else f", where {DATA_VARIABLE} points")
    if folder.is_dir():
        return where
    return f"{where} ({'that is a file' if folder.is_file() else 'there is no such folder'})"


def _load_release(data: Path | None) -> Dataset:
    release, folder = load_release(), release_folder(data)
    absent = absent_images(folder)
    root = images_root(folder)
    if len(absent) == len(release.images):
        raise UserError(f"The dataset '{RELEASED}' is not in {looked_in(folder, data)}; {how_to_get_it()}")
    if absent:
        lacks = f"{len(absent)} of its {len(release.images)} images {'is' if len(absent) == 1 else 'are'} missing or changed"
        raise UserError(
            f"The dataset '{RELEASED}' in {folder} is not whole: {lacks}, such as {absent[0]}; `bench dataset verify` names "
            "them, `bench dataset fetch` fetches them."
        )
    for subject in SUBJECTS:
        for path in list_images(root / subject.id):
            if f"{subject.id}/{path.name}" not in release.by_name:
                raise UserError(
                    f"{printable(str(path))} is not of the released dataset and would be taken for a reference image; remove "
                    f"it, or give the folder's path in place of '{RELEASED}'."
                )
    return Dataset(RELEASED, root, SUBJECTS, credits={name: image.credit for name, image in release.by_name.items()})


def _of_kind(kind: Kind, prompts: Sequence[Prompt]) -> tuple[Prompt, ...]:
    mine = tuple(sorted((prompt for prompt in prompts if prompt.kind == kind), key=lambda prompt: prompt.index))
    if [prompt.index for prompt in mine] != list(range(len(mine))):
        raise ValueError(f"the {kind} prompts are not numbered 0, 1, 2 and so on")
    return mine


def _texts(prompts: Sequence[Prompt]) -> list[Any]:
    """What is asked, and of which class nouns where it is not asked of all."""
    return [[prompt.template, list(prompt.class_nouns)] if prompt.class_nouns else prompt.template for prompt in prompts]


def _some(names: Mapping[str, object]) -> str:
    listed = list(names)
    return ", ".join(listed[:8]) + (f" and {len(listed) - 8} more" if len(listed) > 8 else "")
