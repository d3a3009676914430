"""Where the script `bench` begins: are the packages ours? Only then are the commands imported, which use them."""

import sys

from benchmark.cli.own_packages import foreign_package

_WRONG_INPUT = 2  # `exits` says so too, but must not be imported before the check: it uses our `dataset`


def main() -> None:
    """Check that the packages are ours, then run the command."""
    problem = foreign_package()
    if problem is not None:
        sys.stderr.write(f"bench: {problem}\n")
        sys.exit(_WRONG_INPUT)
    from benchmark.cli.commands import app

    app(prog_name="bench")
