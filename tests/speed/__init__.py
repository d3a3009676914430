"""Speed benchmarks: whole figures, and the ratio of our way against the plain way. `python -m tests.speed` prints them."""
