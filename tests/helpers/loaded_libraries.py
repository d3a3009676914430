"""All that commands load, for the process that they are forked from; nothing of it starts a thread."""

import gc

import diffusers  # noqa: F401
import matplotlib.pyplot  # noqa: F401
import open_clip  # noqa: F401
import pandas  # noqa: F401
import pyarrow.parquet  # noqa: F401
import scipy.stats  # noqa: F401
import timm  # noqa: F401
import torch

import dreambench.benchmark.api.run
import dreambench.benchmark.cli.commands  # noqa: F401

torch.set_num_threads(1)
gc.collect()
gc.freeze()  # a collection in a forked process would copy every page that an object lies in
