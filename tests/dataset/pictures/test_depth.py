"""Grey of more than 8 bits is scaled by the range that its file states, whatever range that is."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odd_files import tiff

from dreambench.dataset.images import open_image


@settings(max_examples=60, deadline=None)
@given(
    black=st.integers(0, 60_000),
    width=st.integers(16, 5_535),
    kind=st.sampled_from([("<", False), ("<", True), (">", False)]),
    is_packed=st.booleans(),
)
def test_a_stated_range_is_black_to_white(
    tmp_path_factory: pytest.TempPathFactory, black: int, width: int, kind: tuple[str, bool], is_packed: bool
) -> None:
    order, inverted = kind  # Pillow reads no big-endian grey where 0 is white
    path = tmp_path_factory.getbasetemp() / "stated.tif"
    values = np.linspace(black, black + width, 15 * 11).astype(np.uint16).reshape(11, 15)
    path.write_bytes(
        tiff(
            values,
            bits=16,
            order=order,
            deflate=is_packed,
            photometric=0 if inverted else 1,
            extra={340: ("H", [black]), 341: ("H", [black + width])},
        )
    )
    levels = (values.astype(float) - black) / width
    means = 255 * (1 - levels if inverted else levels)
    seen = np.asarray(open_image(path)).astype(float)
    assert np.abs(seen - means[..., None]).max() <= 1
