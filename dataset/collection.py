"""A dataset: subjects, their class nouns and reference images, wherever they lie."""

import difflib
import os
import re
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Final

from PIL import Image

from dataset.errors import UserError
from dataset.hashing import sha256_file, sha256_json
from dataset.images import list_images, open_image
from dataset.prompts import Prompt, prompts_for
from dataset.subjects import SUBJECTS, Subject

MINIATURE_FOLDER: Final = Path(__file__).parent / "data" / "miniature"
SUBJECTS_FILE: Final = "subjects.toml"
#: Words of letters, digits, dashes and apostrophes: it stands in prompts, tables and the names of cache folders.
_CLASS_NOUN: Final = re.compile(r"\w[\w'-]*( \w[\w'-]*)*")


class Dataset:
    """Subjects with 1 or more reference images each.

    Attributes:
        name: what runs and tables call it.
        root: the folder that holds one folder of images a subject.
        subjects: in alphabetical order of their ids.
    """

    def __init__(self, name: str, root: Path, subjects: tuple[Subject, ...]) -> None:
        self.name = name
        self.root = root
        self.subjects = subjects
        self._by_id = {subject.id: subject for subject in subjects}

    def subject(self, subject_id: str) -> Subject:
        """The subject of that id.

        Raises:
            UserError: there is none; the message names the nearest one.
        """
        if subject_id not in self._by_id:
            near = difflib.get_close_matches(subject_id, self._by_id, n=1, cutoff=0.4)
            hint = f"did you mean '{near[0]}'?" if near else "`bench dataset show` lists them."
            raise UserError(f"The dataset '{self.name}' has no subject '{subject_id}'; {hint}")
        return self._by_id[subject_id]

    def reference_paths(self, subject: Subject) -> list[Path]:
        """The subject's reference images, sorted by name."""
        folder = self.root / subject.id
        paths = list_images(folder) if folder.is_dir() else []
        if not paths:
            raise UserError(f"The subject '{subject.id}' has no reference images in {folder}; put at least one picture there.")
        return paths

    def references(self, subject: Subject) -> list[Image.Image]:
        """The subject's reference images as RGB pictures of their own size."""
        return [open_image(path) for path in self.reference_paths(subject)]

    def prompts(self, subject: Subject) -> tuple[Prompt, ...]:
        """The 25 prompts for the subject's kind."""
        return prompts_for(subject.kind)

    @cached_property
    def checksum(self) -> str:
        """SHA-256 over ids, class nouns, kinds and the bytes of every reference image: 64 hex digits."""
        return sha256_json([[s.id, s.class_noun, s.kind, self.subject_checksum(s)] for s in self.subjects])

    def record(self) -> dict[str, str]:
        """Name and checksum as JSON: what says which reference images scores were measured against."""
        return {"name": self.name, "checksum": self.checksum}

    def subject_checksum(self, subject: Subject) -> str:
        """SHA-256 over the bytes of one subject's reference images: 64 hex digits."""
        return sha256_json([sha256_file(path) for path in self.reference_paths(subject)])


def load_dataset(name_or_path: str) -> Dataset:
    """Open a dataset: "mini" (shipped), "dreambooth" (the 30 photo subjects) or a folder laid out like the latter.

    "dreambooth" is looked for where the environment variable DREAMBENCH_DATA points. A folder holds one folder of
    images a subject; subjects that are not of the DreamBooth dataset are declared in a `subjects.toml` beside them:
    `[my_dog]`, `class_noun = "dog"`, `kind = "live"`.

    Raises:
        UserError: the dataset is not there, or its folder is not laid out so.
    """
    if name_or_path == "mini":
        return Dataset("mini", MINIATURE_FOLDER, SUBJECTS)
    if name_or_path == "dreambooth":
        place = os.environ.get("DREAMBENCH_DATA")
        if not place:
            raise UserError(
                "The dataset 'dreambooth' is not here; set DREAMBENCH_DATA to a copy of github.com/google/dreambooth."
            )
        return _load_folder("dreambooth", Path(place))
    folder = Path(name_or_path).expanduser()
    if not folder.is_dir():
        raise UserError(f"There is no dataset '{name_or_path}'; give 'mini', 'dreambooth' or the path of a folder.")
    return _load_folder(folder.resolve().name, folder)


def _load_folder(name: str, folder: Path) -> Dataset:
    root = folder / "dataset" if (folder / "dataset").is_dir() else folder
    if not root.is_dir():
        raise UserError(f"{folder} is not a folder; point it at a copy of the DreamBooth dataset.")
    declared = _declared_subjects(root / SUBJECTS_FILE)
    known = {subject.id: subject for subject in SUBJECTS} | declared
    present = sorted(path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))
    unknown = [subject_id for subject_id in present if subject_id not in known]
    if unknown:
        raise UserError(
            f"{root / unknown[0]} is not a subject of the DreamBooth dataset; "
            f"declare its class_noun and kind in {root / SUBJECTS_FILE}."
        )
    missing = [subject_id for subject_id in declared if subject_id not in present]
    if missing:
        raise UserError(
            f"{root / SUBJECTS_FILE} declares '{missing[0]}', but there is no folder {root / missing[0]}; add its images."
        )
    if not present:
        raise UserError(f"{root} has no subject folders; lay it out as <subject>/<image>.jpg.")
    return Dataset(name, root, tuple(known[subject_id] for subject_id in present))


def _declared_subjects(path: Path) -> dict[str, Subject]:
    if not path.is_file():
        return {}
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError(f"{path} is not valid TOML ({error}); mend it.") from error
    subjects = {}
    for subject_id, entry in table.items():
        if (
            not isinstance(entry, dict)
            or not isinstance(entry.get("class_noun"), str)
            or entry.get("kind") not in ("object", "live")
        ):
            raise UserError(f'{path}: [{subject_id}] needs class_noun = "..." and kind = "object" or "live".')
        if not subject_id.isprintable():
            raise UserError(f"{path}: the subject {subject_id!r} has characters that cannot be printed; rename its folder.")
        if not _CLASS_NOUN.fullmatch(entry["class_noun"]):
            raise UserError(
                f"{path}: [{subject_id}] cannot have the class_noun {entry['class_noun']!r}; "
                'give plain words such as "stuffed animal".'
            )
        subjects[subject_id] = Subject(subject_id, entry["class_noun"], entry["kind"])
    return subjects
