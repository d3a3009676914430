"""Is a dataset whole? Every file compared with a manifest, or, where there is none, every reference image opened."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

from dreambench.dataset.collection import Dataset
from dreambench.dataset.declared import SUBJECTS_FILE, printable
from dreambench.dataset.declared_prompts import PROMPTS_FILE
from dreambench.dataset.errors import UserError
from dreambench.dataset.hashing import sha256_file, sha256_text
from dreambench.dataset.images import is_litter, left_out, list_images, open_image
from dreambench.dataset.reading import NotRead, read_json
from dreambench.dataset.release import READ_ME, images_root, load_release, local_path

#: Beside the subjects' folders: path below the dataset's folder -> SHA-256 of the file.
MANIFEST: Final = "manifest.json"
#: A line for each of half a million files.
_MAX_MANIFEST_BYTES: Final = 64_000_000


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: `file` is its path below the dataset's folder, `sentence` says what and how to mend it."""

    what: Literal["missing", "changed", "extra", "unreadable", "too few"]
    file: str
    sentence: str

    def record(self) -> dict[str, str]:
        """The problem as JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Verification:
    """What was looked at and what is wrong with it.

    Attributes:
        root: the folder of subject folders.
        images: how many reference images are there and right.
        compared: with what the files were compared; None: there was no manifest, so images were only opened.
        problems: sorted by file; empty: the dataset is whole.
    """

    root: Path
    images: int
    compared: str | None
    problems: tuple[Problem, ...]


def verify_release(folder: Path) -> Verification:
    """Compare a copy of the released dataset with the shipped manifest: every image, the licence and the two lists."""
    release, root = load_release(), images_root(folder)
    problems, right = [], 0
    for file in release.everything:
        path = local_path(file, folder)
        digest = sha256_text if file in release.texts else sha256_file
        mend = "let `bench dataset fetch` fetch it anew."
        problem = _compare(path, file.path, file.sha256, "the released file", mend=mend, digest=digest)
        if problem is not None:
            problems.append(problem)
        elif file in release.images:
            right += 1
    known = {local_path(file, folder) for file in release.everything} | {folder / READ_ME}
    for path in _files_below(root):
        if path not in known:
            name = printable(path.relative_to(root.parent if root != folder else root).as_posix())
            problems.append(Problem("extra", name, f"{name} is not of the release; remove it."))
    release_name = f"{release.repository.removeprefix('https://')} at {release.commit[:12]}"
    return Verification(root, right, release_name, _sorted(problems))


def verify_dataset(dataset: Dataset, *, min_references: int = 1) -> Verification:
    """Look at the miniature, or at a folder that a person brings.

    Where a manifest.json lies beside the subjects, every file is compared with it. Every image is opened.

    Args:
        dataset: what to look at.
        min_references: a subject with fewer reference images that can be read is a problem, 1 or more.
    """
    problems: list[Problem] = []
    expected = _read_manifest(dataset.root / MANIFEST, problems)
    images = 0
    for subject in dataset.subjects:
        readable = 0
        folder = dataset.root / subject.id
        for path in list_images(folder) if folder.is_dir() else []:
            name = path.relative_to(dataset.root).as_posix()
            if expected is not None and name not in expected:
                continue  # extra; named below
            problem = _look_at(path, name, expected)
            if problem is None:
                readable += 1
            else:
                problems.append(problem)
        images += readable
        if readable < min_references:
            sentence = f"{subject.id} has {_count(readable)}, but {_asked(min_references)} asked for; add more."
            problems.append(Problem("too few", subject.id, sentence))
        for left in left_out(folder) if expected is None and folder.is_dir() else []:
            name = printable(left.path.relative_to(dataset.root).as_posix())
            problems.append(Problem("unreadable", name, f"{name} {left.why}."))
    if expected is not None:
        there = {path.relative_to(dataset.root).as_posix() for path in _files_below(dataset.root)}
        for name in sorted(expected.keys() - there):
            problems.append(Problem("missing", printable(name), f"{printable(name)} is missing; restore it."))
        for name in sorted(there - expected.keys() - {MANIFEST, SUBJECTS_FILE, PROMPTS_FILE}):
            problems.append(Problem("extra", printable(name), f"{printable(name)} is not in {MANIFEST}; remove it."))
    return Verification(dataset.root, images, None if expected is None else MANIFEST, _sorted(problems))


def _look_at(path: Path, name: str, expected: Mapping[str, str] | None) -> Problem | None:
    shown = printable(name)
    if expected is not None:
        problem = _compare(path, shown, expected[name], f"the file that {MANIFEST} records", mend="restore it.")
        if problem is not None:
            return problem
    try:
        open_image(path)
    except UserError as error:
        return Problem("unreadable", shown, printable(str(error)))
    return None


def _compare(
    path: Path, name: str, sha256: str, original: str, *, mend: str, digest: Callable[[Path], str] = sha256_file
) -> Problem | None:
    try:
        found = digest(path)
    except (FileNotFoundError, NotADirectoryError):
        return Problem("missing", name, f"{name} is missing; {mend}")
    except OSError as error:
        return Problem("unreadable", name, f"{name} cannot be read ({error.strerror}); mend that, or remove it.")
    return None if found == sha256 else Problem("changed", name, f"{name} is not {original}; {mend}")


def _read_manifest(path: Path, problems: list[Problem]) -> dict[str, str] | None:
    """The manifest, or None where there is none."""
    try:
        manifest = read_json(path, mend="restore it.", max_bytes=_MAX_MANIFEST_BYTES)
    except NotRead as error:
        if error.trouble == "absent":
            return None
        problems.append(Problem("unreadable", MANIFEST, str(error)))
        return None
    if not isinstance(manifest, dict):
        problems.append(Problem("unreadable", MANIFEST, f"{path} is not a table of hashes; restore it."))
        return None
    return {str(name): str(digest) for name, digest in manifest.items()}


def _files_below(root: Path) -> Iterator[Path]:
    """Every file below a folder, except what operating systems leave and what is hidden, where no image is read: .git."""
    for path in sorted(root.iterdir()) if root.is_dir() else []:
        if is_litter(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files_below(path)
        else:
            yield path


def _count(images: int) -> str:
    return f"{images} reference image" + ("" if images == 1 else "s") + " that can be read"


def _asked(images: int) -> str:
    return f"{images} {'is' if images == 1 else 'are'}"


def _sorted(problems: list[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.file, problem.what)))
