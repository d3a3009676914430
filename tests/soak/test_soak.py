"""Commands that are killed at random moments and given again: the same in the end as if nobody had touched them."""

import os
import random
import time
from pathlib import Path

import pytest
from soaking import SOAKED, Soak

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="commands are forked")]
#: Kills to deal; the shared run ends earlier where its machine is slow.
KILLS = int(os.environ.get("DREAMBENCH_SOAK", "16"))
#: Seconds after which the shared run is content with fewer.
PATIENCE = 60.0
SHORT = tuple(name for name, scenario in SOAKED.items() if not scenario.long)


def test_commands_that_are_killed_at_any_moment_end_as_if_undisturbed(tmp_path: Path) -> None:
    asked = "DREAMBENCH_SOAK" in os.environ
    names = tuple(SOAKED) if asked else SHORT
    dealt, wrong, began = 0, [], time.monotonic()
    for blow in Soak(tmp_path.resolve(), rng=random.Random(0), names=names).blows():
        dealt += 1
        wrong += [f"{blow.command}, {blow.signal} to the {blow.victim}: {text}" for text in blow.wrong]
        if dealt >= KILLS or (not asked and time.monotonic() - began > PATIENCE):
            break
    assert dealt
    assert not wrong, "\n".join(wrong)
