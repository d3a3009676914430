"""Every mode, format, depth, profile and orientation gives the right picture or one sentence, and nothing on stderr."""

from pathlib import Path

import numpy as np
import pytest
from odd_metadata import odd_metadata
from odd_pictures import OddPicture, odd_pictures

from dreambench.dataset.errors import UserError
from dreambench.dataset.images import open_image

PICTURES = [*odd_pictures(), *odd_metadata()]


@pytest.mark.parametrize("odd", PICTURES, ids=[odd.name for odd in PICTURES])
def test_an_odd_picture_means_what_it_says_or_is_refused_in_a_sentence(
    odd: OddPicture, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / odd.name
    path.write_bytes(odd.data)
    if odd.means is None:
        with pytest.raises(UserError, match=odd.name.replace(".", r"\.")) as refused:
            open_image(path)
        assert "\n" not in str(refused.value)
    else:
        opened = open_image(path)
        assert opened.mode == "RGB"
        seen = np.asarray(opened).astype(float)
        assert seen.shape == odd.means.shape
        assert np.abs(seen - odd.means).max() <= odd.within
    assert capfd.readouterr() == ("", "")
