"""Engines: how units of work are done; in worker processes, in this process, or as a plug-in does it."""
