"""What all tests share: where the real dataset lies, if it is here."""

import os
from pathlib import Path

import hypothesis
import pytest
from repository import SHARED

#: Fixtures that several folders of tests share.
pytest_plugins = ["release_fixtures", "run_fakes", "engine_jobs", "metric_plugin", "handed_in"]

hypothesis.settings.register_profile("no clock", deadline=None)  # the first call imports a library, the second does not
hypothesis.settings.load_profile("no clock")


def _shared_dataset() -> Path | None:
    place = Path(os.environ.get("DREAMBENCH_DATA", SHARED / "dreambooth"))
    return place if (place / "dataset").is_dir() else None


@pytest.fixture(scope="session")
def dreambooth_folder() -> Path:
    """The released dataset's folder; the test is skipped where it is missing."""
    place = _shared_dataset()
    if place is None:
        pytest.skip("the DreamBooth photos are not here; set DREAMBENCH_DATA to a copy of github.com/google/dreambooth")
    return place
