"""Weights & Biases: a run of dreambench is a run there, in the project that WANDB_PROJECT names."""

import os
from pathlib import Path
from typing import Any

from dreambench.benchmark.api.hooks import Event, RunDone, RunStarted, RunStopped, ScoresReady, SubjectDone, SubjectFailed


class WeightsAndBiases:
    """Sends settings, every subject's seconds and losses and its first image, and the scores to Weights & Biases."""

    def __init__(self) -> None:
        """Fail now, and not after an hour, where the library is missing."""
        import wandb

        self.wandb: Any = wandb
        self.run: Any = None

    def __call__(self, event: Event) -> None:
        """Send an event on."""
        name = Path(event.folder).name
        match event:
            case RunStarted():
                config = {key: value for key, value in event.record().items() if key not in ("event", "folder")}
                # A run that goes on after an interruption is another one there; the group keeps them together.
                self.run = self.wandb.init(
                    project=os.environ.get("WANDB_PROJECT", "dreambench"), name=name, group=name, config=config
                )
            case SubjectDone(subject=subject):
                numbers = {"train_seconds": event.train_seconds, "sample_seconds": event.sample_seconds}
                if event.losses:
                    numbers["mean_loss"] = sum(event.losses) / len(event.losses)
                pictures = {f"images/{subject}": self.wandb.Image(image, caption=subject) for image in event.images[:1]}
                self.run.log(numbers | pictures, step=event.n_done)
            case SubjectFailed(subject=subject, message=message):
                self.run.summary[f"failed/{subject}"] = message
            case ScoresReady(overall=overall):
                for key, score in overall.items():
                    low, high = score["ci95"]
                    self.run.summary.update({key: score["mean"], f"{key}_low": low, f"{key}_high": high})
            case RunDone():
                self.run.finish()
            case RunStopped(message=message):
                self.run.summary["stopped"] = message
                self.run.finish(exit_code=1)
