"""`python -m benchmark` is `bench`."""

from benchmark.cli.app import main

if __name__ == "__main__":  # worker processes import this module too
    main()
