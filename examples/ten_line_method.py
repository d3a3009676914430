"""A method in ten lines: a reference image, mirrored or not, with its colours shifted by the seed. The prompt is ignored."""

from PIL import Image, ImageOps


def draw(references: list[Image.Image], prompt: str, seed: int) -> Image.Image:
    """A reference image in other colours."""
    image = references[seed % len(references)].resize((64, 64))
    hue, saturation, value = image.convert("HSV").split()
    image = Image.merge("HSV", (hue.point(lambda level: (level + seed) % 256), saturation, value)).convert("RGB")
    return ImageOps.mirror(image) if seed % 2 else image
