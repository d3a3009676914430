import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pydantic import ValidationError
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Resize

from dreambench.benchmark.declarations.transform import ImageTransform


def picture(width, height, seed=0):
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


@given(st.integers(20, 150), st.integers(20, 150), st.sampled_from([(64, 64), (64, 56), (33, 20)]))
@settings(max_examples=25, deadline=None)
def test_resizing_and_cropping_give_the_pixels_that_torchvision_gives(width, height, sizes):
    image = picture(width, height)
    reference = Compose([Resize(sizes[0], InterpolationMode.BICUBIC), CenterCrop(sizes[1])])
    ours = ImageTransform(resize=sizes[0], crop=sizes[1]).cropped(image)
    assert np.array_equal(ours, np.asarray(reference(image)))


@given(st.integers(20, 150), st.integers(20, 150), st.sampled_from(["bilinear", "bicubic"]))
@settings(max_examples=25, deadline=None)
def test_a_squashed_picture_has_the_pixels_of_torchvisions_resize_to_a_square(width, height, interpolation):
    image = picture(width, height)
    reference = Compose([Resize((48, 48), InterpolationMode(interpolation)), CenterCrop(40)])
    ours = ImageTransform(resize=48, crop=40, aspect="square", interpolation=interpolation).cropped(image)
    assert np.array_equal(ours, np.asarray(reference(image)))


def test_a_picture_of_the_right_size_is_not_touched():
    image = picture(64, 64)
    assert np.array_equal(ImageTransform(resize=64, crop=64).cropped(image), np.asarray(image))


def test_the_models_own_mean_and_std_are_filled_in_and_given_ones_kept():
    transform = ImageTransform(resize=64, crop=64, mean=(0.1, 0.2, 0.3))
    with pytest.raises(ValueError, match="not resolved"):
        transform.normalisation()
    resolved = transform.resolve(mean=(0.5, 0.5, 0.5), std=(0.2, 0.2, 0.2))
    assert resolved.normalisation() == ((0.1, 0.2, 0.3), (0.2, 0.2, 0.2))


def test_a_crop_larger_than_the_picture_is_refused():
    with pytest.raises(ValidationError, match="must not be larger"):
        ImageTransform(resize=224, crop=256)
