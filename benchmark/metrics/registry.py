"""What each metric is called and which way is up: the one place that tables, gates and summaries ask."""

from dataclasses import dataclass
from typing import Final, Literal

from dreambench.benchmark.metrics import clip_i, clip_t, copy_index, dino, div, identification, pres

Divergence = Literal["lpips", "dino"]
Level = Literal["image", "subject"]


@dataclass(frozen=True)
class MetricInfo:
    """A metric as readers meet it.

    Attributes:
        key: its column in scores.parquet or subjects.parquet.
        label: what tables call it.
        higher_is_better: False for PRES and the copy index.
        level: "image" if every image has a value, "subject" if only a subject has one.
        measures: one phrase for a page's legend.
    """

    key: str
    label: str
    higher_is_better: bool
    level: Level
    measures: str


METRICS: Final[tuple[MetricInfo, ...]] = (
    MetricInfo(dino.KEY, "DINO", True, "image", "subject fidelity: cosine with the reference images in DINO's space"),
    MetricInfo(clip_i.KEY, "CLIP-I", True, "image", "subject fidelity: cosine with the reference images in CLIP's space"),
    MetricInfo(clip_t.KEY, "CLIP-T", True, "image", "prompt fidelity: cosine of image and prompt in CLIP's space"),
    MetricInfo(pres.KEY, "PRES", False, "subject", "prior collapse: cosine of the class's images with the reference images"),
    MetricInfo(div.KEY, "DIV", True, "subject", "diversity: LPIPS between images of one prompt"),
    MetricInfo(
        identification.KEY,
        "Subj. ID",
        True,
        "image",
        "subject fidelity: share of images whose nearest reference image among all subjects' is one of their own",
    ),
    MetricInfo(
        copy_index.KEY,
        "Copy",
        False,
        "image",
        "copying: 0 no nearer to a reference image than real images are to each other, 1 an exact copy",
    ),
)
METRIC_KEYS: Final[tuple[str, ...]] = tuple(info.key for info in METRICS)

_DIV_DINO: Final = MetricInfo(div.KEY, "DIV (DINO)", True, "subject", "diversity: cosine distance between images of one prompt")


def metric_infos(divergence: Divergence) -> tuple[MetricInfo, ...]:
    """The metrics under a protocol whose DIV is measured so; a DIV that is not LPIPS carries that in its label."""
    return tuple(_DIV_DINO if info.key == div.KEY and divergence == "dino" else info for info in METRICS)
