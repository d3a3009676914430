"""Hundreds of odd pictures, each with the array that it means, or none where it must be refused."""

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from odd_files import (
    chunk,
    cmyk_profile,
    grey_profile,
    iccp,
    orientation_exif,
    png,
    rgb_profile,
    srgb_of_lab,
    through_cmyk_profile,
    through_grey_profile,
    through_rgb_profile,
    tiff,
)
from PIL import Image

Levels = NDArray[np.float64]
HEIGHT, WIDTH = 18, 26
#: Levels of a channel by which the decoders of a lossy format may miss.
LOSSY = 14.0
BAD_PROFILES = {
    "garbage": b"not a profile",
    "cut": rgb_profile()[:200],
    "headeronly": rgb_profile()[:128],
    "zeros": bytes(4000),
    "otherkind": rgb_profile().replace(b"mntr", b"link").replace(b"XYZ ", b"RGB ", 1),
}


@dataclass(frozen=True)
class OddPicture:
    """A file, and what it means.

    Attributes:
        name: of the file.
        data: its bytes.
        means: [h, w, 3], 0..255; None: it must be refused.
        within: how many levels a reader may be off.
    """

    name: str
    data: bytes
    means: Levels | None
    within: float = 1.0


def gradient(channels: int) -> Levels:
    """[h, w, channels] in 0..1, smooth, other in each corner, from black to white."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    down, across = y / (HEIGHT - 1), x / (WIDTH - 1)
    return np.stack([across, down, 1 - across * down, 0.2 + 0.8 * down * across][:channels], axis=-1)


def turned(levels: Levels, orientation: int) -> Levels:
    """What is shown of stored rows under an EXIF orientation (EXIF 2.3, tag 274), by what row 0 and column 0 are."""
    shown = {
        1: levels,
        2: levels[:, ::-1],
        3: levels[::-1, ::-1],
        4: levels[::-1],
        5: levels.transpose(1, 0, 2),
        6: levels.transpose(1, 0, 2)[:, ::-1],
        7: levels.transpose(1, 0, 2)[::-1, ::-1],
        8: levels.transpose(1, 0, 2)[::-1],
    }
    return shown[orientation]


def on_white(levels: Levels, alpha: Levels) -> Levels:
    """Colours 0..255 over white, by how much each pixel covers: 0..1."""
    return levels * alpha[..., None] + 255 * (1 - alpha[..., None])


def grey3(levels: Levels) -> Levels:
    """Grey 0..1 as RGB 0..255."""
    return np.repeat(255 * levels[..., None], 3, axis=-1)


def odd_pictures() -> Iterator[OddPicture]:
    """All of them."""
    yield from _pngs()
    yield from _tiffs()
    yield from _saved()


def _pngs() -> Iterator[OddPicture]:
    profiles = {"none": None, "right": "right", **BAD_PROFILES}
    for orientation in range(1, 9):
        exif = chunk(b"eXIf", orientation_exif(orientation)) if orientation > 1 else b""
        for word, profile in profiles.items():
            if orientation > 2 and word not in ("none", "right"):
                continue
            for bits, colour_type, channels in (
                (8, 0, 1),
                (16, 0, 1),
                (8, 2, 3),
                (16, 2, 3),
                (8, 4, 2),
                (16, 4, 2),
                (8, 6, 4),
                (16, 6, 4),
            ):
                samples = np.rint(gradient(channels) * (2**bits - 1)).astype(np.int64)
                levels = samples / (2**bits - 1)
                is_grey = colour_type in (0, 4)
                own = grey_profile() if is_grey else rgb_profile()
                data = own if profile == "right" else profile
                before = (iccp(data) if isinstance(data, bytes) else b"") + exif
                colours = _colours(levels, is_grey, has_profile=word == "right")
                means = on_white(colours, levels[..., -1]) if colour_type in (4, 6) else colours
                # Pillow cuts 16 bits to 8, which a profile's curve stretches where it is steep
                within = 3.0 if bits == 16 and word == "right" and channels > 1 else 1.5
                name = f"png_{bits}_{colour_type}_{word}_turn{orientation}.png"
                yield OddPicture(name, png(samples, bits, colour_type, before=before), turned(means, orientation), within)
    for bits in (1, 2, 4):
        samples = np.rint(gradient(1) * (2**bits - 1)).astype(np.int64)
        levels = samples[..., 0] / (2**bits - 1)
        yield OddPicture(f"png_{bits}_grey.png", png(samples, bits, 0), grey3(levels))
        yield OddPicture(
            f"png_{bits}_grey_profile.png",
            png(samples, bits, 0, before=iccp(grey_profile())),
            through_grey_profile(levels),
            1.5,
        )
        gone = (samples[..., 0] == 1).astype(float)
        clear = chunk(b"tRNS", (1).to_bytes(2))
        yield OddPicture(f"png_{bits}_grey_clear.png", png(samples, bits, 0, before=clear), on_white(grey3(levels), 1 - gone))
    yield from _indexed()
    for bits in (8, 16):
        samples = np.rint(gradient(3) * (2**bits - 1)).astype(np.int64)
        clear = chunk(b"tRNS", b"".join(int(number).to_bytes(2) for number in samples[5, 7]))
        gone = (samples == samples[5, 7]).all(axis=-1).astype(float)
        yield OddPicture(
            f"png_{bits}_rgb_clear.png", png(samples, bits, 2, before=clear), on_white(255 * samples / (2**bits - 1), 1 - gone)
        )
        grey = samples[..., :1]
        clear = chunk(b"tRNS", int(grey[5, 7, 0]).to_bytes(2))
        gone = (grey[..., 0] == grey[5, 7, 0]).astype(float)
        yield OddPicture(
            f"png_{bits}_grey_clear.png",
            png(grey, bits, 0, before=clear),
            on_white(grey3(grey[..., 0] / (2**bits - 1)), 1 - gone),
        )
    low = np.rint(gradient(4) * 4095).astype(np.int64)
    for colour_type, channels in ((2, 3), (4, 2), (6, 4)):
        yield OddPicture(f"png_12of16_{colour_type}.png", png(low[..., :channels], 16, colour_type), None)
    shape = np.rint(gradient(4) * [0, 0, 0, 65535]).astype(np.int64)
    yield OddPicture("png_16_black_shape.png", png(shape, 16, 6), on_white(0 * gradient(3), gradient(4)[..., 3]))
    plain = np.rint(gradient(3) * 255).astype(np.int64)
    broken = chunk(b"eXIf", b"II*\0\xff\xff\xff\xff broken")
    yield OddPicture("png_broken_exif.png", png(plain, 8, 2, before=broken), plain.astype(float))


def _indexed() -> Iterator[OddPicture]:
    """Colours by number, with and without transparency and a profile."""
    for bits in (1, 2, 4, 8):
        n = 2**bits
        index = np.rint(gradient(1)[..., 0] * (n - 1)).astype(np.int64)
        palette = np.stack([np.arange(n) * 255 // (n - 1), 255 - np.arange(n) * 255 // (n - 1), np.full(n, 90)], axis=-1)
        alpha = np.linspace(0, 255, n).astype(int)
        for has_alpha in (False, True):
            for has_profile in (False, True):
                before = iccp(rgb_profile()) if has_profile else b""
                before += chunk(b"PLTE", palette.astype(np.uint8).tobytes())
                before += chunk(b"tRNS", bytes(alpha.tolist())) if has_alpha else b""
                colours = _colours(palette[index] / 255, False, has_profile=has_profile)
                means = on_white(colours, alpha[index] / 255) if has_alpha else colours
                name = f"png_{bits}_indexed_{'alpha' if has_alpha else 'solid'}_{'right' if has_profile else 'none'}.png"
                yield OddPicture(name, png(index[..., None], bits, 3, before=before), means, 1.5)


def _tiffs() -> Iterator[OddPicture]:
    grey = gradient(1)[..., 0]
    for order, word in (("<", "ii"), (">", "mm")):
        for deflate in (False, True):
            about = f"{word}_{'deflate' if deflate else 'raw'}"
            for inverted in (0, 1):
                means = grey3(grey if inverted else 1 - grey)
                made = np.rint(grey * 65535).astype(np.uint16)
                common = {"order": order, "deflate": deflate, "photometric": inverted}
                if inverted or order == "<":
                    yield OddPicture(f"tiff_16_{about}_{inverted}.tif", tiff(made, bits=16, **common), means)
                yield OddPicture(
                    f"tiff_8_{about}_{inverted}.tif", tiff(np.rint(grey * 255).astype(np.uint8), bits=8, **common), means
                )
                floats = tiff(grey.astype(np.float32), bits=32, sample_format=3, **common)
                yield OddPicture(f"tiff_float_{about}_{inverted}.tif", floats, means)
            common = {"order": order, "deflate": deflate}
            low = np.rint(grey * 4095).astype(np.uint16)
            yield OddPicture(f"tiff_12of16_{about}.tif", tiff(low, bits=16, **common), None)
            yield OddPicture(
                f"tiff_12of16_stated_{about}.tif", tiff(low, bits=16, extra={341: ("H", [4095])}, **common), grey3(grey)
            )
            yield OddPicture(
                f"tiff_12of16_maximum_{about}.tif", tiff(low, bits=16, extra={281: ("H", [4095])}, **common), grey3(grey)
            )
            deep = np.rint(grey * (2.0**32 - 1)).astype(np.uint32)
            yield OddPicture(f"tiff_u32_{about}.tif", tiff(deep, bits=32, **common), grey3(grey) if order == "<" else None)
            yield OddPicture(
                f"tiff_i32_{about}.tif", tiff((deep // 2).astype(np.int32), bits=32, sample_format=2, **common), grey3(grey)
            )
            yield OddPicture(
                f"tiff_u32_of_16_{about}.tif", tiff(np.rint(grey * 65535).astype(np.uint32), bits=32, **common), None
            )
            yield OddPicture(
                f"tiff_i16_{about}.tif",
                tiff(np.rint(grey * 32767).astype(np.int16), bits=16, sample_format=2, **common),
                grey3(grey),
            )
            yield OddPicture(
                f"tiff_i16_below_{about}.tif",
                tiff(np.rint(grey * 9000 - 4000).astype(np.int16), bits=16, sample_format=2, **common),
                None,
            )
            yield OddPicture(
                f"tiff_float255_{about}.tif", tiff((grey * 255).astype(np.float32), bits=32, sample_format=3, **common), None
            )
            stated = tiff((grey * 255).astype(np.float32), bits=32, sample_format=3, extra={341: ("f", [255.0])}, **common)
            yield OddPicture(f"tiff_float255_stated_{about}.tif", stated, grey3(grey))
            both = {340: ("f", [-1.0]), 341: ("f", [1.0])}
            signed = tiff((grey * 2 - 1).astype(np.float32), bits=32, sample_format=3, extra=both, **common)
            yield OddPicture(f"tiff_float_signed_{about}.tif", signed, grey3(grey))
            for number in (np.nan, np.inf):
                holed = grey.astype(np.float32)
                holed[3, 4] = number
                yield OddPicture(f"tiff_float_{number}_{about}.tif", tiff(holed, bits=32, sample_format=3, **common), None)
            yield from _coloured_tiffs(about, common)


def _coloured_tiffs(about: str, common: Mapping[str, Any]) -> Iterator[OddPicture]:
    grey = gradient(1)[..., 0]
    rgb16 = np.rint(gradient(3) * 65535).astype(np.uint16)
    yield OddPicture(f"tiff_rgb16_{about}.tif", tiff(rgb16, bits=16, photometric=2, **common), 255 * gradient(3))
    low = np.rint(gradient(3) * 4095).astype(np.uint16)
    yield OddPicture(f"tiff_rgb_12of16_{about}.tif", tiff(low, bits=16, photometric=2, **common), None)
    stated = tiff(low, bits=16, photometric=2, extra={341: ("H", [4095] * 3)}, **common)
    yield OddPicture(f"tiff_rgb_12of16_stated_{about}.tif", stated, None)
    signed = tiff(np.rint(grey * 127).astype(np.int8), bits=8, sample_format=2, **common)
    yield OddPicture(f"tiff_i8_{about}.tif", signed, None)
    for bits, kind in ((8, np.uint8), (16, np.uint16)):
        levels = np.rint(gradient(4) * (2**bits - 1)).astype(kind)
        planes = tiff(levels[..., :3], bits=bits, photometric=2, planes=True, **common)
        yield OddPicture(f"tiff_rgb{bits}_planes_{about}.tif", planes, 255 * gradient(3), 1.5)
        planes = tiff(levels, bits=bits, photometric=2, planes=True, extra={338: ("H", [2])}, **common)
        means = on_white(255 * gradient(4)[..., :3], gradient(4)[..., 3])
        yield OddPicture(f"tiff_rgba{bits}_planes_{about}.tif", planes, means, 2.0)
    yield OddPicture(
        f"tiff_lab_planes_{about}.tif",
        tiff(levels.astype(np.uint8)[..., :3], bits=8, photometric=8, planes=True, **common),
        None,
    )
    floats = tiff(gradient(3).astype(np.float32), bits=32, photometric=2, sample_format=3, **common)
    yield OddPicture(f"tiff_rgb_float_{about}.tif", floats, None)
    icc = {34675: ("B", list(rgb_profile()))}
    rgb8 = np.rint(gradient(3) * 255).astype(np.uint8)
    right = tiff(rgb8, bits=8, photometric=2, extra=icc, **common)
    yield OddPicture(f"tiff_rgb_profile_{about}.tif", right, through_rgb_profile(rgb8 / 255), 1.5)
    icc = {34675: ("B", list(grey_profile()))}
    yield OddPicture(
        f"tiff_16_profile_{about}.tif",
        tiff(np.rint(grey * 65535).astype(np.uint16), bits=16, extra=icc, **common),
        through_grey_profile(grey),
        1.5,
    )
    yield OddPicture("tiff_12.tif", tiff(np.rint(grey * 4095).astype(np.uint16), bits=12), grey3(grey))
    lab = np.stack([gradient(1)[..., 0] * 255, np.full(grey.shape, 5.0), np.full(grey.shape, -8.0)], axis=-1)
    stored = np.stack([np.rint(lab[..., 0]), lab[..., 1], lab[..., 2] % 256], axis=-1).astype(np.uint8)
    shown = srgb_of_lab(np.stack([stored[..., 0] * (100 / 255), lab[..., 1], lab[..., 2]], axis=-1))
    yield OddPicture("tiff_lab.tif", tiff(stored, bits=8, photometric=8), shown, 2.5)
    for extra_kind in (0, 1, 2):
        levels = np.rint(gradient(4) * 255)
        alpha = levels[..., 3] / 255
        held = np.rint(levels[..., :3] * alpha[..., None]) if extra_kind == 1 else levels[..., :3]
        data = tiff(
            np.concatenate([held, levels[..., 3:]], axis=-1).astype(np.uint8),
            bits=8,
            photometric=2,
            extra={338: ("H", [extra_kind])},
        )
        means = levels[..., :3] if extra_kind == 0 else on_white(levels[..., :3], alpha)
        yield OddPicture(f"tiff_rgba_{extra_kind}.tif", data, means, 2.0)
    for kind in (1, 2):
        levels = np.rint(gradient(2) * 255)
        alpha = levels[..., 1] / 255
        held = np.rint(levels[..., 0] * alpha) if kind == 1 else levels[..., 0]
        data = tiff(np.stack([held, levels[..., 1]], axis=-1).astype(np.uint8), bits=8, extra={338: ("H", [kind])})
        yield OddPicture(f"tiff_la_{kind}.tif", data, on_white(grey3(levels[..., 0] / 255), alpha), 2.0)


def _saved() -> Iterator[OddPicture]:
    """What Pillow writes: JPEG, WebP and BMP, with profiles, orientations, CMYK and transparency."""
    rgb = np.rint(gradient(3) * 255).astype(np.uint8)
    for orientation in range(1, 9):
        for word, profile in {"none": None, "right": rgb_profile(), "grey": grey_profile(), **BAD_PROFILES}.items():
            means = turned(_colours(rgb / 255, False, has_profile=word == "right"), orientation)
            options = {} if profile is None else {"icc_profile": profile}
            exif = b"Exif\0\0" + orientation_exif(orientation)
            yield _save(
                f"jpeg_{word}_turn{orientation}.jpg",
                rgb,
                "JPEG",
                means,
                LOSSY,
                quality=100,
                subsampling=0,
                exif=exif,
                **options,
            )
            yield _save(f"webp_{word}_turn{orientation}.webp", rgb, "WEBP", means, 1.5, lossless=True, exif=exif, **options)
    whole = rgb.astype(float)
    yield _save(
        "jpeg_broken_exif.jpg", rgb, "JPEG", whole, LOSSY, quality=100, subsampling=0, exif=b"Exif\0\0II*\0\xff\xff\xff\xff"
    )
    yield _save("jpeg_mpo.mpo", rgb, "JPEG", whole, LOSSY, quality=100, subsampling=0)
    yield _save("bmp.bmp", rgb, "BMP", whole, 0.0)
    grey = rgb[..., 0]
    yield _save(
        "jpeg_grey_profile.jpg", grey, "JPEG", through_grey_profile(grey / 255), LOSSY, quality=100, icc_profile=grey_profile()
    )
    yield _save("jpeg_grey_of_rgb.jpg", grey, "JPEG", grey3(grey / 255), LOSSY, quality=100, icc_profile=rgb_profile())
    rgba = np.rint(gradient(4) * 255).astype(np.uint8)
    alpha = rgba[..., 3] / 255
    yield _save("webp_alpha.webp", rgba, "WEBP", on_white(rgba[..., :3].astype(float), alpha), 1.5, lossless=True, exact=True)
    seen = on_white(through_rgb_profile(rgba[..., :3] / 255), alpha)
    yield _save("webp_alpha_profile.webp", rgba, "WEBP", seen, 1.5, lossless=True, exact=True, icc_profile=rgb_profile())
    inks = Image.fromarray(np.rint(gradient(4) * 200).astype(np.uint8), "CMYK")
    held = np.asarray(inks).astype(float) / 255
    means = 255 * (1 - held[..., :3]) * (1 - held[..., 3:])
    printed = through_cmyk_profile(held)
    profiles = {"none": None, "rgb": rgb_profile(), "garbage": b"not a profile", "right": cmyk_profile()}
    for word, profile in profiles.items():
        options = {} if profile is None else {"icc_profile": profile}
        for form, ending, within in (("TIFF", "tif", 1.5), ("JPEG", "jpg", LOSSY)):
            file = io.BytesIO()
            inks.save(file, form, **options, **({"quality": 100} if form == "JPEG" else {}))
            seen = printed if word == "right" else means
            yield OddPicture(f"{form.lower()}_cmyk_{word}.{ending}", file.getvalue(), seen, within)


def _save(name: str, samples: NDArray[np.uint8], form: str, means: Levels, within: float, **options: object) -> OddPicture:
    file = io.BytesIO()
    Image.fromarray(samples).save(file, form, **options)
    return OddPicture(name, file.getvalue(), means, within)


def _colours(levels: Levels, is_grey: bool, *, has_profile: bool) -> Levels:
    """sRGB 0..255 of levels 0..1, the first channel or the first three of them."""
    if is_grey:
        return through_grey_profile(levels[..., 0]) if has_profile else grey3(levels[..., 0])
    return through_rgb_profile(levels[..., :3]) if has_profile else 255 * levels[..., :3]
