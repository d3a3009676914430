"""All that commands load, for the process that they are forked from; nothing of it starts a thread."""

import gc
import importlib
import pkgutil

import diffusers  # noqa: F401
import jinja2  # noqa: F401
import matplotlib.backends.backend_agg
import matplotlib.backends.backend_svg
import matplotlib.pyplot  # noqa: F401
import open_clip  # noqa: F401
import psutil  # noqa: F401
import pyarrow.parquet  # noqa: F401
import rich.progress  # noqa: F401
import scipy.stats  # noqa: F401
import timm  # noqa: F401
import torch
from PIL import Image

import dreambench.benchmark

#: What only those who make the shipped models need, and Ray.
_LEFT_OUT = ("miniature", "ray_engine")

for module in pkgutil.walk_packages(dreambench.benchmark.__path__, "dreambench.benchmark."):
    if not any(name in module.name for name in _LEFT_OUT):
        importlib.import_module(module.name)
Image.init()
torch.set_num_threads(1)
gc.collect()
gc.freeze()  # a collection in a forked process would copy every page that an object lies in
