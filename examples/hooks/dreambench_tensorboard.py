"""TensorBoard: a folder a run below the one that TENSORBOARD_LOGDIR names, for `tensorboard --logdir tensorboard`."""

import json
import os
from pathlib import Path
from typing import Any

from dreambench.benchmark.api.hooks import Event, RunDone, RunStarted, RunStopped, ScoresReady, SubjectDone, SubjectFailed


class TensorBoard:
    """Writes settings, every subject's seconds and its curve of losses, and the scores for TensorBoard."""

    def __init__(self) -> None:
        """Fail now, and not after an hour, where the library is missing."""
        from torch.utils.tensorboard import SummaryWriter

        self.open: Any = SummaryWriter
        self.writer: Any = None

    def __call__(self, event: Event) -> None:
        """Write an event."""
        match event:
            case RunStarted():
                # Not in the run's folder, which is nobody's but the benchmark's.
                folder = Path(os.environ.get("TENSORBOARD_LOGDIR", "tensorboard"), Path(event.folder).name)
                self.writer = self.open(str(folder))
                self.writer.add_text("run", f"```\n{json.dumps(event.record(), indent=1)}\n```")
            case SubjectDone(subject=subject):
                self.writer.add_scalar("seconds/train", event.train_seconds, event.n_done)
                self.writer.add_scalar("seconds/sample", event.sample_seconds, event.n_done)
                for step, loss in enumerate(event.losses, start=1):
                    self.writer.add_scalar(f"loss/{subject}", loss, step)
            case SubjectFailed(subject=subject, message=message):
                self.writer.add_text(f"failed/{subject}", message)
            case ScoresReady(overall=overall):
                for key, score in overall.items():
                    if score["mean"] is not None:
                        self.writer.add_scalar(f"score/{key}", score["mean"])
            case RunDone() | RunStopped():
                self.writer.close()
