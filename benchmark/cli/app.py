"""Where the script `bench` begins."""


def main() -> None:
    """Run the command."""
    from dreambench.benchmark.cli.interruption import answer_signals
    from dreambench.benchmark.cli.streams import make_streams_safe

    answer_signals()
    make_streams_safe()
    from dreambench.benchmark.cli.hushing import hush
    from dreambench.benchmark.cli.talk import say

    hush(say)
    from dreambench.benchmark.cli.commands import app

    app(prog_name="bench")
