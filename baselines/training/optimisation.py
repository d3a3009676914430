"""AdamW over float32 masters whose state is allocated once, and a record of losses that stops at the first bad one."""

from collections.abc import Sequence
from math import inf

import torch
from torch import Tensor

from dreambench.dataset.errors import UserError


class ResidentAdamW:
    """Fused AdamW with linear warm-up. `reset` starts afresh for the next subject by zeroing the state in place."""

    def __init__(self, parameters: Sequence[Tensor], *, weight_decay: float) -> None:
        self.parameters = list(parameters)
        self._adamw = torch.optim.AdamW(self.parameters, lr=0.0, weight_decay=weight_decay, fused=True)

    @torch.no_grad()
    def reset(self) -> None:
        """Forget everything learned about the gradients; a zero state is what AdamW starts from."""
        for state in self._adamw.state.values():
            for value in state.values():
                value.zero_()
        self.forget_gradients()

    def step(self, learning_rate: float) -> None:
        """Apply the gradients, then forget them."""
        for group in self._adamw.param_groups:
            group["lr"] = learning_rate
        self._adamw.step()
        self.forget_gradients()

    def forget_gradients(self) -> None:
        """Free the gradients."""
        for parameter in self.parameters:
            parameter.grad = None


def warmed_up(learning_rate: float, *, step: int, warmup_steps: int) -> float:
    """The rate at a step counted from 0: rises linearly to `learning_rate` over the first `warmup_steps`, then stays."""
    return learning_rate * min(1.0, (step + 1) / warmup_steps) if warmup_steps else learning_rate


def refuse_broken(weights: Sequence[Tensor], *, method: str, subject: str, step: int, learning_rate: float) -> None:
    """See that weights are numbers after a training: the last update may break them after the last loss was looked at.

    Args:
        weights: that were trained.
        method: its name, for the message.
        subject: the subject's id.
        step: steps that were taken.
        learning_rate: of the settings.

    Raises:
        UserError: some are infinite or no numbers.
    """
    largest = [torch.linalg.vector_norm(weight.detach(), ord=inf) for weight in weights]
    if largest and not bool(torch.stack(largest).isfinite().all()):
        raise UserError(
            f"{method}: the weights trained for subject {subject} are not finite after step {step}; "
            f"lower learning_rate (now {learning_rate:g})."
        )


class LossRecord:
    """The losses of one training, one row a step and one column a subject, checked to be finite.

    On a GPU reading a number waits for the device, so losses are looked at every 50 steps there; on the CPU at every one.
    """

    def __init__(self, *, method: str, subjects: Sequence[str], learning_rate: float, device: torch.device) -> None:
        self._method, self._subjects, self._learning_rate = method, tuple(subjects), learning_rate
        self._every = 1 if device.type == "cpu" else 50
        self._pending: list[Tensor] = []
        self._rows: list[list[float]] = []

    def add(self, losses: Tensor) -> None:
        """Note one step's losses [subjects].

        Raises:
            UserError: a loss is not finite (the weights are lost; the message says which subject, step and rate).
        """
        self._pending.append(losses.detach())
        if len(self._pending) >= self._every:
            self._read()

    def of(self, column: int) -> tuple[float, ...]:
        """All losses of one subject, in step order."""
        self._read()
        return tuple(row[column] for row in self._rows)

    def _read(self) -> None:
        if not self._pending:
            return
        rows: list[list[float]] = torch.stack(self._pending).tolist()
        self._pending.clear()
        for row in rows:
            for subject, loss in zip(self._subjects, row, strict=True):
                if not abs(loss) < float("inf"):
                    raise UserError(
                        f"{self._method}: the loss of subject {subject} is not finite at step {len(self._rows)}; "
                        f"lower learning_rate (now {self._learning_rate:g})."
                    )
            self._rows.append(row)
