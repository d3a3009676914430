"""How a folder's files become a table of subject, prompt, index and path: by a pattern, a ready layout, or a manifest."""

from dreambench.benchmark.layouts.find import find_images, find_priors
from dreambench.benchmark.layouts.found import Found
from dreambench.benchmark.layouts.layout import Layout, layout_names, load_layout
from dreambench.benchmark.layouts.manifest import find_listed
from dreambench.benchmark.layouts.pattern import IMAGE_PATTERN
from dreambench.benchmark.layouts.planned import Planned, planned_in

__all__ = [
    "IMAGE_PATTERN",
    "Found",
    "Layout",
    "Planned",
    "find_images",
    "find_listed",
    "find_priors",
    "layout_names",
    "load_layout",
    "planned_in",
]
