"""A method and its settings for people and programs: what it is, what each setting means, and what it is in a suite."""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from dreambench.baselines.description import Setting, describe_settings
from dreambench.baselines.registry import describe_method, method_plugin, settings_class
from dreambench.benchmark.declarations.suite import Suite, settings_so_far
from dreambench.benchmark.declarations.writing import to_toml

_WIDTH: Final = 118


@dataclass(frozen=True)
class MethodCard:
    """A method in a suite.

    Attributes:
        name: the method's.
        plugin: distribution and version that it comes from; None for a built-in method.
        description: one line.
        suite: the suite's name.
        settings: its settings in order.
        values: as they are in the suite, by key; one that must be set is missing where the suite leaves it open.
    """

    name: str
    plugin: str | None
    description: str
    suite: str
    settings: tuple[Setting, ...]
    values: Mapping[str, Any]

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "name": self.name,
            "plugin": self.plugin,
            "description": self.description,
            "suite": self.suite,
            "settings": {
                setting.key: {
                    "value": self.values.get(setting.key),
                    "default": setting.default,
                    "must_be_set": setting.must_be_set and setting.key not in self.values,
                    "doc": setting.doc,
                }
                for setting in self.settings
            },
        }

    def text(self) -> str:
        """As TOML with comments, for a [methods.NAME] table of a suite."""
        source = "" if self.plugin is None else f" (from {self.plugin})"
        lines = _comment(f"{self.name}{source}: {self.description}")
        if not self.settings:
            return "\n".join([*lines, "# nothing can be set"])
        lines += [f"# Its settings in the suite {self.suite}; change one with --set KEY=VALUE.", ""]
        # A table ends the keys that belong to the one above it.
        tables_last = sorted(self.settings, key=lambda setting: isinstance(self.values.get(setting.key), Mapping))
        for setting in tables_last:
            lines += self._lines(setting)
        return "\n".join(lines)

    def _lines(self, setting: Setting) -> list[str]:
        value = self.values.get(setting.key)
        if value is None:
            state = "must be set" if setting.must_be_set else "is not set"
            return _comment(f"{setting.key} {state}{': ' if setting.doc else ''}{setting.doc}")
        doc = setting.doc
        if not setting.must_be_set and value != setting.default:
            doc += f" Default: {json.dumps(setting.default) if setting.default is not None else 'not set'}."
        return [*_comment(doc), *to_toml({setting.key: value}).splitlines()]


def method_card(name: str, suite: Suite) -> MethodCard:
    """The card of a method in a suite. Loads no torch for a built-in method.

    Raises:
        UserError: there is no such method, or a plug-in cannot be loaded.
    """
    return MethodCard(
        name=name,
        plugin=method_plugin(name),
        description=describe_method(name),
        suite=suite.name,
        settings=describe_settings(settings_class(name)),
        values=settings_so_far(suite, name),
    )


def _comment(text: str) -> list[str]:
    return [f"# {line}" for line in textwrap.wrap(text.strip(), _WIDTH, break_on_hyphens=False)]
