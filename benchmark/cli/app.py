"""Where the script `bench` begins."""


def main() -> None:
    """Run the command."""
    from dreambench.benchmark.cli.streams import make_streams_safe

    make_streams_safe()
    from dreambench.benchmark.cli.commands import app

    app(prog_name="bench")
