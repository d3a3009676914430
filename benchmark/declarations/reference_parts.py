"""A protocol for a run that keeps reference images back: its usual metrics, and the same against the two parts."""

import re

from dreambench.benchmark.declarations.protocol import Protocol
from dreambench.benchmark.metrics import Metric
from dreambench.benchmark.metrics.features import PARTS
from dreambench.benchmark.metrics.info import KEY
from dreambench.dataset.errors import UserError


def with_parts(protocol: Protocol) -> Protocol:
    """The protocol, with metrics `dino_seen` and `dino_unseen` at the end for every metric that can compare with a part.

    The usual metrics, their numbers and their fingerprints stay what they are; the fingerprint of the whole is another one.

    Raises:
        UserError: such a key is taken, or would be too long.
    """
    more: dict[str, Metric] = {}
    for key, metric in protocol.metrics.items():
        for part in PARTS:
            other, name = metric.against(part), f"{key}_{part}"
            if other is None:
                continue
            if name in protocol.metrics or not re.fullmatch(KEY, name):
                raise UserError(
                    f"The protocol '{protocol.name}' leaves no room for the metric '{name}', which a run that keeps reference "
                    "images back needs; rename a metric in a copy of the protocol."
                )
            label = metric.info(key, scale=1.0).label
            more[name] = other.model_copy(update={"label": f"{label[:33]} {part}"})
    return protocol.model_copy(update={"metrics": dict(protocol.metrics) | more})
