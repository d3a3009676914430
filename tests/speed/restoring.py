"""The base model's weights put back in place between two subjects, against the model read from disk again."""

from .setting import Setting
from .timing import Figure, median_pair, seconds


def restoring(setting: Setting, *, repeats: int) -> list[Figure]:
    """Seconds until the next subject can start from the base model's own weights."""
    base = setting.base
    ours, plain = median_pair(
        lambda: seconds(base.restore, setting.device),
        lambda: seconds(setting.load_base, setting.device),
        repeats=repeats,
    )
    return [Figure("next subject's weights", "restored in place", ours, "s", "read from disk", plain)]
