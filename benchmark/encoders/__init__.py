"""Encoders: DINO through timm, CLIP through open_clip, what is done to a picture before them, and embedding many files.

Nothing here imports torch until an encoder is loaded.
"""

from benchmark.encoders.embedding_cache import EmbeddingCache
from benchmark.encoders.embeddings import embed_files
from benchmark.encoders.encoder import ClipEncoder, Encoders, ImageEncoder
from benchmark.encoders.loading import load_encoders
from benchmark.encoders.spec import EncoderSpec, EncodersSpec
from benchmark.encoders.transforms import ImageTransform

__all__ = [
    "ClipEncoder",
    "EmbeddingCache",
    "EncoderSpec",
    "Encoders",
    "EncodersSpec",
    "ImageEncoder",
    "ImageTransform",
    "embed_files",
    "load_encoders",
]
