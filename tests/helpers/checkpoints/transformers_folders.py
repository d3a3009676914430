"""Small models of transformers with random weights, as `save_pretrained` leaves them, each with its image processor's file."""

import json
from pathlib import Path
from typing import Any

SIDE = 32
_TOWER = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 64}
_VISION = _TOWER | {"image_size": SIDE, "patch_size": 8}
WORDS = ("<pad>", "<unk>", "<start>", "<end>", "a", "dog", "can", "teapot", "in", "the", "snow", "jungle")
_TEXT = _TOWER | {
    "vocab_size": len(WORDS),
    "max_position_embeddings": 8,
    "bos_token_id": 2,
    "eos_token_id": 3,
    "pad_token_id": 0,
}
_HALF, _OTHER = [0.5, 0.5, 0.5], [0.48, 0.46, 0.41]

#: What the makers' preprocessor_config.json say, but for the sizes: squeezed by DINO and SigLIP, cut by DINOv2 and CLIP.
PROCESSORS: dict[str, dict[str, Any]] = {
    "vit": {"feature_extractor_type": "ViTFeatureExtractor", "size": SIDE, "resample": 2},
    "dinov2": {
        "image_processor_type": "BitImageProcessor",
        "size": {"shortest_edge": 64},
        "do_center_crop": True,
        "crop_size": {"height": 56, "width": 56},
        "resample": 3,
    },
    "dinov3": {"image_processor_type": "DINOv3ViTImageProcessorFast", "size": {"height": SIDE, "width": SIDE}, "resample": 2},
    "clip": {"feature_extractor_type": "CLIPFeatureExtractor", "size": SIDE, "crop_size": SIDE, "do_center_crop": True},
    "siglip": {"image_processor_type": "SiglipImageProcessor", "size": {"height": SIDE, "width": SIDE}, "resample": 2},
    "siglip vision": {"image_processor_type": "SiglipImageProcessor", "size": {"height": SIDE, "width": SIDE}},
}
for _name, _values in PROCESSORS.items():
    _values |= {"do_resize": True, "do_normalize": True, "image_mean": _OTHER, "image_std": [0.27, 0.26, 0.28]}
    if "siglip" in _name:
        _values |= {"image_mean": _HALF, "image_std": _HALF}


def save_model(folder: Path, kind: str, *, seed: int = 0) -> Path:
    """Save a model of one of the kinds in `PROCESSORS`, and a tokenizer where it embeds texts."""
    import torch

    from checkpoints.timm_folders import spread

    torch.manual_seed(seed)
    model = _build(kind)
    spread(model, seed=seed)
    model.save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(PROCESSORS[kind]))
    if kind in ("clip", "siglip"):
        save_tokenizer(folder)
    return folder


def save_tokenizer(folder: Path) -> None:
    """Words by spaces; ids by their place in `WORDS`."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: index for index, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    ends = [(token, vocabulary[token]) for token in ("<start>", "<end>")]
    tokenizer.post_processor = processors.TemplateProcessing(single="<start> $A <end>", special_tokens=ends)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", bos_token="<start>", eos_token="<end>"
    )
    fast.save_pretrained(folder)


def _build(kind: str) -> Any:
    import transformers as hf

    match kind:
        case "vit":  # DINO v1's checkpoints have no pooler
            return hf.ViTModel(hf.ViTConfig(**_VISION), add_pooling_layer=False)
        case "dinov2":
            small = {key: _TOWER[key] for key in ("hidden_size", "num_hidden_layers", "num_attention_heads")}
            return hf.Dinov2Model(hf.Dinov2Config(**small, image_size=84, patch_size=14))
        case "dinov3":
            return hf.DINOv3ViTModel(hf.DINOv3ViTConfig(**_VISION | {"patch_size": 16}, num_register_tokens=2))
        case "clip":
            return hf.CLIPModel(hf.CLIPConfig(vision_config=_VISION, text_config=_TEXT, projection_dim=16))
        case "siglip":
            text = _TEXT | {"projection_size": 32}
            return hf.SiglipModel(hf.SiglipConfig(vision_config=_VISION, text_config=text))
        case "siglip vision":
            return hf.SiglipVisionModel(hf.SiglipVisionConfig(**_VISION))
    raise ValueError(kind)
