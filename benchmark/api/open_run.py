"""`open_run`: a finished run, or a folder that `score` wrote, as typed records and frames."""

from pathlib import Path

from dreambench.benchmark.results.finished import FinishedRun, read_finished


def open_run(folder: str | Path) -> FinishedRun:
    """Open a finished run.

    Args:
        folder: a run's folder, or one that `score` wrote.

    Returns:
        Its summary (`.summary`), its record (`.record`), its metrics (`.metrics`) and its tables (`.scores().images`,
        `.scores().subjects`).

    Raises:
        UserError: there is none, it is not finished, or another version of dreambench wrote it.

    Examples:
        >>> import dreambench
        >>> run = dreambench.open_run("mine")
        >>> run.method, run.protocol, [metric.label for metric in run.metrics]
        ('Mine', 'miniature', ['DINO'])
        >>> run.scores().subjects["subject"].tolist()
        ['can', 'cat', 'clock', 'dog', 'teapot', 'vase']
    """
    return read_finished(Path(folder))
