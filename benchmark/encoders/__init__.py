"""Encoders: DINO through timm, CLIP through open_clip, what is done to a picture before them, and embedding many files.

Nothing here imports torch until an encoder is loaded.
"""

from dreambench.benchmark.encoders.embedding_cache import EmbeddingCache
from dreambench.benchmark.encoders.embeddings import embed_files
from dreambench.benchmark.encoders.encoder import Encoders, ImageEncoder, PictureDistance, TextEncoder
from dreambench.benchmark.encoders.loading import load_encoders

__all__ = [
    "EmbeddingCache",
    "Encoders",
    "ImageEncoder",
    "PictureDistance",
    "TextEncoder",
    "embed_files",
    "load_encoders",
]
