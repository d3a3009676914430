"""Where the script `bench` begins."""

import sys
from types import ModuleType


def main() -> None:
    """Run the command."""
    from dreambench.benchmark.terminal.interruption import answer_signals
    from dreambench.benchmark.terminal.streams import make_streams_safe

    answer_signals()
    make_streams_safe()
    from dreambench.benchmark.cli.talk import say
    from dreambench.benchmark.terminal.hushing import hush

    hush(say)
    _refuse_another_package(sys.modules.get("dreambench"))
    from dreambench.benchmark.cli.commands import app

    app(prog_name="bench")


def _refuse_another_package(found: ModuleType | None) -> None:
    """End with a sentence where a stranger's `dreambench` is found before ours, which an editable install survives half-way."""
    if found is not None and "load_suite" in getattr(found, "__all__", ()):
        return
    from dreambench.benchmark.cli.talk import complain

    where = getattr(found, "__file__", None) or "Something else"
    complain(
        f"{where} hides the package dreambench; rename it, or leave its folder out of PYTHONPATH and start `bench` elsewhere."
    )
    raise SystemExit(2)
