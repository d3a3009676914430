"""The benchmark: suites, protocols, encoders, metrics, statistics, runs on disk, engines and the command line."""
