"""Numbers in few words, as --prompts takes them."""

from collections.abc import Sequence


def ranges(numbers: Sequence[int]) -> str:
    """ "0-4,7" for 0, 1, 2, 3, 4 and 7, which ascend."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ",".join(f"{run[0]}" if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
