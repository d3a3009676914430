"""The released DreamBooth dataset as the manifest that ships with the package records it; the photos do not ship.

Source: google/dreambooth at the commit that the manifest names. Licences and creators are those of the release's own
`references_and_licenses.txt`; its remaining images are under the repository's CC BY 4.0.
"""

from functools import cache, cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dreambench.dataset.credits import Credit
from dreambench.dataset.hashing import sha256_text
from dreambench.dataset.local_folders import cache_root, local_copy
from dreambench.dataset.reading import read_json

MANIFEST_FILE: Final = Path(__file__).parent / "data" / "dreambooth.json"
#: The repository's folder that holds a folder of images a subject.
IMAGES_FOLDER: Final = "dataset"
#: In a clone beside the folder of subjects; it is compared with nothing.
READ_ME: Final = "README.md"
#: Held while a folder is filled, so that two fetches do not fill it at once.
LOCK_FILE: Final = ".fetch.lock"

LicenceId = Literal["CC-BY-4.0", "Unsplash"]
_Path = Annotated[str, Field(pattern=r"^([a-z0-9_]+/)*[A-Za-z0-9_]+\.(jpg|txt|md)$")]


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReleasedFile(_Declared):
    """One file: `path` in the repository, its size in `bytes` and its `sha256`."""

    path: _Path
    bytes: Annotated[int, Field(gt=0)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class ReleasedImage(ReleasedFile):
    """One reference image: licence, who made it, where it was taken from, and which image it nearly repeats (a path)."""

    licence: LicenceId
    creator: str
    creator_url: str | None = None
    source: str | None = None
    note: str | None = None
    near_duplicate_of: _Path | None = None

    @property
    def name(self) -> str:
        """The path below the folder of subjects: "cat/03.jpg"."""
        return self.path.removeprefix(f"{IMAGES_FOLDER}/")

    @property
    def subject(self) -> str:
        """The id of the subject it shows."""
        return self.name.partition("/")[0]

    @property
    def credit(self) -> Credit:
        """Licence and attribution."""
        return Credit(licence=self.licence, creator=self.creator, source=self.source or self.creator_url, note=self.note)


class Licence(_Declared):
    """A licence's full name and where its text is."""

    name: str
    url: str


class Release(_Declared):
    """The whole release.

    Attributes:
        repository: its page.
        commit: the pinned commit.
        date: that commit's day.
        files: the address that a file's path is appended to.
        citation: how the authors want to be cited.
        licences: the licences by the ids that images name.
        texts: the licence and the two lists that belong with the images.
        images: the 158 reference images, sorted by path.
    """

    repository: str
    commit: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    date: str
    files: str
    citation: str
    licences: dict[LicenceId, Licence]
    texts: tuple[ReleasedFile, ...]
    images: tuple[ReleasedImage, ...]

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        paths = [file.path for file in self.everything]
        if len(set(paths)) != len(paths):
            raise ValueError("a file stands twice in the manifest")
        if not {image.near_duplicate_of for image in self.images} - {None} <= set(paths):
            raise ValueError("a near-duplicate repeats an image that is not in the manifest")
        return self

    @property
    def everything(self) -> tuple[ReleasedFile, ...]:
        """Texts, then images."""
        return (*self.texts, *self.images)

    @cached_property
    def by_name(self) -> dict[str, ReleasedImage]:
        """The images by their names ("cat/03.jpg")."""
        return {image.name: image for image in self.images}

    @property
    def near_duplicates(self) -> dict[str, str]:
        """Images that nearly repeat another one of their subject, and which: {"cat/03.jpg": "cat/02.jpg", ...}."""
        prefix = f"{IMAGES_FOLDER}/"
        return {
            image.name: image.near_duplicate_of.removeprefix(prefix)
            for image in self.images
            if image.near_duplicate_of is not None
        }


@cache
def load_release() -> Release:
    """Read the shipped manifest."""
    return Release.model_validate(read_json(MANIFEST_FILE, mend="install dreambench again."))


def release_cache() -> Path:
    """The folder in the cache that `bench dataset fetch` fills; each commit has its own. May not exist."""
    return cache_root() / f"dreambooth-{load_release().commit[:12]}"


def release_folder(data: Path | None = None) -> Path:
    """Where the released dataset is looked for: `data`, else DREAMBENCH_DATA, else the cache. May not exist."""
    return local_copy(data) or release_cache()


def images_root(folder: Path) -> Path:
    """The folder of subject folders in a copy of the release: its `dataset/`, or itself where the subjects lie right in it."""
    inner = folder / IMAGES_FOLDER
    if inner.is_dir():
        return inner
    subjects = {image.subject for image in load_release().images}
    return folder if any((folder / subject).is_dir() for subject in subjects) else inner


def local_path(file: ReleasedFile, folder: Path) -> Path:
    """Where a file of the release belongs in a copy of it.

    The licence lies beside the folder of subjects, not in it: where that folder itself is named, as the `dataset/` of a clone,
    the file is looked for one folder up, and counts there if it is the released one, with whichever ends of lines.
    """
    prefix = f"{IMAGES_FOLDER}/"
    if file.path.startswith(prefix):
        return images_root(folder) / file.path.removeprefix(prefix)
    path = folder / file.path
    if images_root(folder) == folder and not path.exists():
        for above in (folder.absolute().parent, folder.resolve().parent):  # the folder may be a link, or lie beside the licence
            if _is(above / file.path, file):
                return above / file.path
    return path


def absent_images(folder: Path) -> tuple[str, ...]:
    """Names of the images that a copy of the release lacks or holds in another size. Reads no image: it costs 158 look-ups."""
    root = images_root(folder)
    return tuple(image.name for image in load_release().images if _size(root / image.name) != image.bytes)


def _is(path: Path, file: ReleasedFile) -> bool:
    try:
        return sha256_text(path) == file.sha256
    except OSError:
        return False


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except OSError:
        return None
