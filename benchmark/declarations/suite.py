"""Suites: what is run. Dataset, base model, sampler, encoders, protocol and each method's settings, declared in TOML."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from dreambench.baselines.settings import MethodSettings, SamplerSettings
from dreambench.benchmark.declarations.encoder import EncoderSpec
from dreambench.benchmark.declarations.reading import check_given, declare, read_toml, refuse_unknown_keys
from dreambench.benchmark.declarations.writing import field_comments, to_toml
from dreambench.dataset.collection import Dataset, load_dataset
from dreambench.dataset.errors import UserError
from dreambench.dataset.local_folders import expanded
from dreambench.dataset.prompt_sets import load_prompt_set
from dreambench.dataset.reading import NotRead, parse_toml
from dreambench.dataset.words import did_you_mean

if TYPE_CHECKING:
    from dreambench.baselines.description import Setting

Overrides: TypeAlias = Sequence[str] | Mapping[str, Any]
"""Settings of a method as a person gives them: KEY=VALUE texts, or values by key."""
_FOLDER: Final = Path(__file__).parents[1] / "data" / "suites"
_FILE_SUFFIXES: Final = (".safetensors", ".pth", ".pt", ".bin", ".toml")
_RESERVED: Final = frozenset({"mini", "dreambooth", "hub", "torchvision"})


class ModelSpec(BaseModel):
    """The base model."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    source: str = Field(min_length=1)
    """"mini" (packaged), a local diffusers folder, or a hub id."""
    revision: str | None = None
    """Commit or tag of the hub's repository; pin it, or the model may change under the same name."""

    @property
    def in_words(self) -> str:
        """ "mini", or "some/model at some-revision"."""
        return self.source if self.revision is None else f"{self.source} at {self.revision}"


class Suite(BaseModel):
    """A suite, as its TOML file declares it. Methods' settings are checked when a method is asked for."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    """Names run folders, so letters, digits, dots, dashes and underscores only."""
    description: str = ""
    dataset: str = Field(min_length=1)
    """"mini", "dreambooth", or a folder laid out like the released dataset."""
    protocol: str = Field(min_length=1)
    """A built-in protocol's name, or the path of a protocol's TOML file."""
    prompt_set: str | None = None
    """What subjects are asked in place of the dataset's own prompts: a built-in prompt set, or the path of a TOML file."""
    model: ModelSpec | None = None
    """The base model; left out where no method needs one."""
    sampler: SamplerSettings | None = None
    """How images are drawn; left out where no method uses it."""
    encoders: dict[str, EncoderSpec] = Field(default_factory=dict)
    """Where the encoders of the protocol's roles come from."""
    methods: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Settings by method; a method that is not named here runs with its defaults."""

    def open_dataset(self) -> Dataset:
        """Its dataset, with the prompts of its prompt set where it has one.

        Raises:
            UserError: the dataset or the prompt set is not there, or not laid out as such.
        """
        dataset = load_dataset(self.dataset)
        if self.prompt_set is None:
            return dataset
        return dataset.asking(load_prompt_set(self.prompt_set, kinds=dataset.kinds))

    def model_for(self, who: str) -> ModelSpec:
        """The base model, for someone who needs one.

        Raises:
            UserError: the suite has none; the sentence begins with `who`.
        """
        if self.model is None:
            raise UserError(f"{who} works on a base model, and the suite '{self.name}' has none; add [model] with its source.")
        return self.model

    def sampler_for(self, who: str) -> SamplerSettings:
        """The sampler, for someone who uses it.

        Raises:
            UserError: the suite has none; the sentence begins with `who`.
        """
        if self.sampler is None:
            raise UserError(
                f"{who} uses the sampler, and the suite '{self.name}' has none; add [sampler] with its steps, guidance_scale "
                "and resolution."
            )
        return self.sampler


def suite_names() -> tuple[str, ...]:
    """The built-in suites, in alphabetical order."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.toml")))


def load_suite(name_or_path: str | Path) -> Suite:
    """A built-in suite by name, or a user's by the path of its TOML file.

    Paths inside a file (dataset, model, weights, protocol) are relative to that file.

    Raises:
        UserError: there is no such suite, a key is unknown (the message names the nearest), missing or has a wrong value.
    """
    if str(name_or_path) in suite_names():
        path = _FOLDER / f"{name_or_path}.toml"
    else:
        path = expanded(name_or_path)
        if path.suffix != ".toml" or not path.is_file():
            raise UserError(
                f"There is no suite '{name_or_path}'; {did_you_mean(str(name_or_path), suite_names())} "
                "A suite of your own is given by the path of its .toml file."
            )
    suite = declare(Suite, read_toml(path), where=str(path))
    if suite.methods:
        from dreambench.baselines.registry import settings_class  # imports the plug-ins

        for method, values in suite.methods.items():
            check_given(settings_class(method), values, where=f"{path}, [methods.{method}]")
    return _with_paths_from(suite, path.resolve().parent)


def method_settings(suite: Suite, method: str, overrides: Overrides = ()) -> MethodSettings:
    """A method's settings: its defaults, over them the suite's, over them the command line's.

    Args:
        suite: whose [methods.NAME] table is read.
        method: the method's name.
        overrides: values by key, or "KEY=VALUE" of the method's own settings, the value written as in TOML; what TOML does not
            understand is taken as text, so that identifier=sks needs no quotes.

    Raises:
        UserError: the method or a key is unknown (the message names the nearest), a value is wrong, or a setting without a
            default is not given.
    """
    unset = unset_settings(suite, method, overrides)
    if unset:
        setting = unset[0]
        about = f" ({setting.doc.rstrip('.')})" if setting.doc else ""
        raise UserError(
            f"{method} needs its setting '{setting.key}'{about}; give it with --set {setting.key}=VALUE, or below "
            f"[methods.{method}] in a suite of your own."
        )
    kind, given = _given(suite, method, overrides)
    return declare(kind, given, where=f"the settings of {method}")


def unset_settings(suite: Suite, method: str, overrides: Overrides = ()) -> "tuple[Setting, ...]":
    """The settings without a default that neither the suite nor the overrides give; arguments as in `method_settings`.

    Raises:
        UserError: the method or a key is unknown, or a value is wrong.
    """
    from dreambench.baselines.description import describe_settings

    kind, given = _given(suite, method, overrides)
    check_given(kind, given, where=f"the settings of {method}")
    return tuple(setting for setting in describe_settings(kind) if setting.must_be_set and setting.key not in given)


def settings_so_far(suite: Suite, method: str) -> dict[str, Any]:
    """Every setting that has a value in a suite, as JSON: its own, or the default. One that must be set may be missing."""
    from dreambench.baselines.description import describe_settings

    kind, given = _given(suite, method, ())
    if not unset_settings(suite, method):
        return method_settings(suite, method).model_dump(mode="json")
    known = {setting.key: setting.default for setting in describe_settings(kind) if not setting.must_be_set}
    return known | given


def resolved_toml(suite: Suite, *, comments: Mapping[str, str] | None = None) -> str:
    """The suite as a TOML file with every default written out; loading it gives the same suite and settings."""
    fields = suite.model_dump(mode="json", exclude={"methods"})
    methods = {method: settings_so_far(suite, method) for method in suite.methods}
    return to_toml(fields | {"methods": methods}, comments=comments)


def explained_toml(suite: Suite) -> str:
    """`resolved_toml` with what each key means above it, to start a file of one's own from."""
    from dreambench.baselines.description import describe_settings
    from dreambench.baselines.registry import settings_class

    comments = field_comments(suite)
    for method in suite.methods:
        comments |= {f"methods.{method}.{setting.key}": setting.doc for setting in describe_settings(settings_class(method))}
    return resolved_toml(suite, comments=comments)


def _given(suite: Suite, method: str, overrides: Overrides) -> tuple[type[MethodSettings], dict[str, Any]]:
    """A method's class of settings, and what of them is given: the suite's, over them the command line's."""
    from dreambench.baselines.registry import settings_class  # imports the plug-ins

    kind = settings_class(method)
    from_suite = suite.methods.get(method, {})
    from_user = given_values(overrides)
    whole = kind.merged(from_suite, from_user)
    ours, theirs = kind.other_keys(from_suite), kind.other_keys(whole)  # the user's may depend on what the suite says
    refuse_unknown_keys(kind, from_suite, where=f"the suite '{suite.name}', [methods.{method}]", beside=ours)
    refuse_unknown_keys(kind, from_user, where=f"--set for {method}", beside=theirs)
    return kind, whole


def given_values(overrides: Overrides, *, option: str = "--set", example: str = "steps=300") -> dict[str, Any]:
    """Values by key, as a mapping gives them or "KEY=VALUE" texts; see `method_settings`.

    Args:
        overrides: either of them.
        option: which takes the texts, for the message.
        example: of a text.

    Raises:
        UserError: a text is no KEY=VALUE, or its value is too large to be read.
    """
    if isinstance(overrides, Mapping):
        return dict(overrides)
    return dict(_override(text, option, example) for text in overrides)


def _override(text: str, option: str, example: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    key = key.strip()
    if not equals or not key:
        raise UserError(f"'{text}' is not a setting; write {option} KEY=VALUE, for example {option} {example}.")
    try:
        table = parse_toml(f"value = {value}")
    except NotRead as error:
        if error.trouble == "beyond":
            raise error.about(f"{option} {key[:60]!r}", "give a smaller value.") from None
        return key, value.strip()
    return key, (table["value"] if len(table) == 1 else value)  # a second line must not be dropped unseen


def _with_paths_from(suite: Suite, folder: Path) -> Suite:
    """Make the paths in a suite file independent of the working directory."""
    model = suite.model
    if model is not None:
        model = model.model_copy(update={"source": path_from(folder, model.source)})
    encoders = {
        role: spec.model_copy(update={"weights": path_from(folder, spec.weights)}) for role, spec in suite.encoders.items()
    }
    return suite.model_copy(
        update={
            "dataset": path_from(folder, suite.dataset),
            "protocol": path_from(folder, suite.protocol),
            "prompt_set": None if suite.prompt_set is None else path_from(folder, suite.prompt_set),
            "model": model,
            "encoders": encoders,
        }
    )


def path_from(folder: Path, value: str) -> str:
    """A path relative to `folder` made absolute; names and hub ids (owner/name with no such folder here) left alone."""
    if value in _RESERVED:
        return value
    path = expanded(value)
    marked = value.startswith((".", "~", "/"))
    if marked or (("/" in value or value.endswith(_FILE_SUFFIXES)) and (folder / path).exists()):
        return str((folder / path).resolve())
    return value
