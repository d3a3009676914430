"""`python -m dreambench` is `bench`."""

from dreambench.benchmark.cli.app import main

if __name__ == "__main__":  # worker processes import this module too
    main()
