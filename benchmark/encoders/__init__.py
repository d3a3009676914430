"""Encoders: what turns pictures (and texts) into vectors; libraries of them, an open set; embedding many files.

Nothing here imports torch until an encoder is loaded.
"""

from dreambench.benchmark.encoders.crop_encoder import CropEncoder
from dreambench.benchmark.encoders.embedding_cache import EmbeddingCache
from dreambench.benchmark.encoders.embeddings import embed_files
from dreambench.benchmark.encoders.encoder import Encoders, ImageEncoder, PictureDistance, TextEncoder
from dreambench.benchmark.encoders.library import EncoderLibrary
from dreambench.benchmark.encoders.loading import load_encoders
from dreambench.benchmark.encoders.locating import needed_roles
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.source import WeightSource

__all__ = [
    "CropEncoder",
    "EmbeddingCache",
    "EncoderLibrary",
    "EncoderRequest",
    "Encoders",
    "ImageEncoder",
    "PictureDistance",
    "TextEncoder",
    "WeightSource",
    "embed_files",
    "load_encoders",
    "needed_roles",
]
