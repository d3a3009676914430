"""MLflow: a run of dreambench is a run there, on the server that MLFLOW_TRACKING_URI names."""

import os
from pathlib import Path
from typing import Any

from dreambench.benchmark.api.hooks import Event, RunDone, RunStarted, RunStopped, ScoresReady, SubjectDone, SubjectFailed


class MLflow:
    """Sends settings, every subject's seconds and losses, and the scores to MLflow."""

    def __init__(self) -> None:
        """Fail now, and not after an hour, where the library is missing."""
        import mlflow

        self.mlflow: Any = mlflow

    def __call__(self, event: Event) -> None:
        """Send an event on."""
        match event:
            case RunStarted():
                if "MLFLOW_EXPERIMENT_NAME" not in os.environ:
                    self.mlflow.set_experiment("dreambench")
                self.mlflow.start_run(run_name=Path(event.folder).name)
                about = {"suite": event.suite, "method": event.method, "seed": event.seed, "fingerprint": event.fingerprint}
                kept = {"subjects": len(event.subjects), "kept": len(event.kept), "part": event.part or "whole"}
                self.mlflow.log_params(about | kept | {f"set.{key}": value for key, value in event.settings.items()})
            case SubjectDone():
                numbers = {"train_seconds": event.train_seconds, "sample_seconds": event.sample_seconds}
                if event.losses:
                    numbers["mean_loss"] = sum(event.losses) / len(event.losses)
                self.mlflow.log_metrics(numbers, step=event.n_done)
            case SubjectFailed(subject=subject, message=message):
                self.mlflow.set_tag(f"failed.{subject}", message)
            case ScoresReady(overall=overall):
                for key, score in overall.items():
                    ends = dict(zip((key, f"{key}_low", f"{key}_high"), (score["mean"], *score["ci95"]), strict=True))
                    self.mlflow.log_metrics({name: value for name, value in ends.items() if value is not None})
            case RunDone():
                self.mlflow.end_run()
            case RunStopped(message=message):
                self.mlflow.set_tag("stopped", message)
                self.mlflow.end_run(status="FAILED")
