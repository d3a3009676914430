"""Runs on disk: what a run is, its folder, its units of work, and what finished runs hold."""
