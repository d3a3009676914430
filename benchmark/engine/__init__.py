"""Engines: how units of work are done, in worker processes on a CPU or in this process on a GPU."""
