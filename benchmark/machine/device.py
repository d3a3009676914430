"""Devices: how a person names one, and which one a run takes. A device is its torch name: "cpu", "cuda" or "cuda:3"."""

import re
from typing import Final, TypeAlias

from dreambench.dataset.errors import UserError
from dreambench.dataset.words import did_you_mean

Device: TypeAlias = str
"""A device that is there, as torch calls it; "cuda" is the first GPU."""
DeviceChoice: TypeAlias = str
"""What a person may ask for: a device, or "auto"."""
CHOICES: Final = ("auto", "cpu", "cuda")
_NUMBERED: Final = re.compile(r"cuda:\d{1,3}")


def check_device(choice: DeviceChoice) -> DeviceChoice:
    """The choice, if it is the name of a device or "auto"; whether it is there is not looked at, and torch is not loaded.

    Raises:
        UserError: it is neither; the message names the nearest.
    """
    if choice in CHOICES or _NUMBERED.fullmatch(choice):
        return choice
    hint = did_you_mean(choice, CHOICES, otherwise="give one of auto, cpu, cuda, or a GPU's number as in cuda:1.")
    raise UserError(f"--device cannot be '{choice}'; {hint}")


def choose_device(choice: DeviceChoice) -> Device:
    """The device to run on; "auto" takes a CUDA GPU where there is one.

    Raises:
        UserError: it is no device's name, or a GPU was asked for that is not there.
    """
    if check_device(choice) == "cpu":
        return "cpu"
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if choice == "auto":
        return "cuda" if count else "cpu"
    if not count:
        raise UserError(f"--device {choice}: this machine has no CUDA GPU that torch can use; leave --device out, or give cpu.")
    number = int(choice.partition(":")[2] or 0)
    if number >= count:
        raise UserError(f"--device {choice}: this machine has {count} GPU(s), numbered from 0; give cuda:{count - 1} or less.")
    return choice


def is_gpu(device: Device) -> bool:
    """Whether a device is a GPU."""
    return device.partition(":")[0] == "cuda"
