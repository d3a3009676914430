"""Hugging Face transformers: whatever its AutoModel makes of a folder or of a repository on the hub, safetensors only."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from dreambench.benchmark.declarations.encoder import Output
from dreambench.benchmark.declarations.transform import ImageTransform
from dreambench.benchmark.encoders import hugging_face
from dreambench.benchmark.encoders.library import EncoderLibrary
from dreambench.benchmark.encoders.network import NetworkEncoder, true_float32
from dreambench.benchmark.encoders.request import EncoderRequest
from dreambench.benchmark.encoders.source import WeightSource
from dreambench.benchmark.encoders.tokenizing import LateTokenizer
from dreambench.benchmark.encoders.transformers_network import (
    Reading,
    as_tensor,
    fit_positions,
    quiet,
    read_network,
    reading_of,
    stored_hash,
)
from dreambench.benchmark.encoders.transformers_processing import resolved_transform
from dreambench.benchmark.encoders.weights import reason
from dreambench.dataset.errors import UserError

if TYPE_CHECKING:
    import torch

_HUB: Final = "hub"
_WEIGHTS: Final = ("model.safetensors", "model.safetensors.index.json")
_FETCHED: Final = (*_WEIGHTS, "model-*-of-*.safetensors", "config.json", "preprocessor_config.json", "processor_config.json")
_TOKENIZERS: Final = ("tokenizer*", "special_tokens_map.json", "added_tokens.json", "vocab.*", "merges.txt", "*.model")


class TransformersEncoder(NetworkEncoder):
    """A model of transformers: its joint image features, its CLS token or its pooled output."""

    def __init__(
        self,
        *,
        name: str,
        architecture: Mapping[str, Any],
        network: "torch.nn.Module",
        reading: Reading,
        options: Mapping[str, Any],
        tokenizer: LateTokenizer,
        transform: ImageTransform,
        device: "torch.device",
        weights_hash: str,
    ) -> None:
        super().__init__(
            name=name,
            architecture=architecture,
            network=network,
            transform=transform,
            device=device,
            weights_hash=weights_hash,
        )
        self._reading = reading
        self._options = dict(options)
        self._tokenizer = tokenizer

    @property
    def embeds_text(self) -> bool:
        """Whether the model has a text half."""
        return self._reading == "joint"

    def _features(self, pixels: "torch.Tensor") -> "torch.Tensor":
        network: Any = self._network
        if self._reading == "joint":
            return as_tensor(network.get_image_features(pixel_values=pixels, **self._options))
        output = network(pixel_values=pixels, **self._options)
        if self._reading == "cls":
            tokens: torch.Tensor = output.last_hidden_state
            return tokens[:, 0]
        return as_tensor(output).flatten(1)

    def tokens(self, texts: Sequence[str]) -> NDArray[np.int64]:
        """Token ids of texts as the text half reads them, with its start, end and padding: [n, context length]."""
        return np.asarray(self._tokenizer(texts)["input_ids"], dtype=np.int64)

    def embed_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Embeddings of texts, padded to and cut off at the model's context length: [n, d], rows of length 1."""
        import torch

        network: Any = self._network
        rows: list[NDArray[np.float32]] = []
        with torch.inference_mode(), true_float32():
            for start in range(0, len(texts), self._batch_size):
                tokens = self._tokenizer(texts[start : start + self._batch_size])
                rows.append(self._unit_rows(as_tensor(network.get_text_features(**tokens.to(self._device)))))
        return np.concatenate(rows)


class TransformersLibrary(EncoderLibrary):
    """transformers' image models.

    Weights are a folder as `save_pretrained` leaves it (config.json, model.safetensors or its shards,
    preprocessor_config.json, and a tokenizer where texts are embedded), or "hub" with a repository as the architecture
    ("facebook/dinov2-base"). No code of a repository is run, and only safetensors are read.
    """

    name: ClassVar[str] = "transformers"
    takes: ClassVar[frozenset[str]] = frozenset({"revision"})
    outputs: ClassVar[frozenset[Output]] = frozenset({"own", "cls", "pooled"})
    resamples_positions: ClassVar[bool] = True
    distributions: ClassVar[tuple[str, ...]] = ("transformers",)

    def recognises(self, request: EncoderRequest) -> bool:
        """By a configuration with a model type, or by an architecture that is a repository's name."""
        folder = request.folder()
        if folder is not None:
            return hugging_face.model_type(folder) is not None
        return request.spec.weights == _HUB and "/" in (request.architecture or "")

    def architecture(self, request: EncoderRequest) -> str | None:
        """The repository's name; of a folder, the one that the suite says it has."""
        return request.architecture if request.folder() is None else request.spec.architecture

    def locate(self, request: EncoderRequest) -> WeightSource:
        """A folder, or a repository on the hub."""
        folder = request.folder()
        if folder is not None:
            kind = hugging_face.model_type(folder)
            if kind is None:
                raise UserError(f"{folder} has no config.json with a model_type; give a folder in transformers' layout.")
            if not any((folder / name).is_file() for name in _WEIGHTS):
                raise UserError(
                    f"The weight file {folder / _WEIGHTS[0]} does not exist; put the encoder's weights there, as safetensors."
                )
            return WeightSource(what=f"{kind} in {folder.name}", path=folder)
        repository = request.named_architecture("the hub")
        if request.file() is not None or request.spec.weights != _HUB or repository.count("/") != 1:
            raise UserError(
                f'[{request.table}] is to be read by transformers, which takes a folder as weights, or "hub" with a '
                'repository as the architecture, such as "facebook/dinov2-base"; give one of the two, not '
                f"{request.spec.weights!r} of {repository!r}."
            )
        return WeightSource(
            what=repository,
            repository=repository,
            revision=request.spec.revision,
            names=_WEIGHTS,
            instead="a folder",
        )

    def load(self, request: EncoderRequest, source: WeightSource, device: "torch.device") -> TransformersEncoder:
        """Build the network that the configuration describes, in float32; the tokenizer is read when the first text comes."""
        source.refuse_out_of_reach(table=request.table)
        folder = _brought(source, _FETCHED, table=request.table)
        network, missing = read_network(folder)
        reading = reading_of(network, source.what, request)
        if reading == "cls" and getattr(network, "pooler", None) is not None:
            network.pooler = None  # not asked for; some checkpoints have no weights for it
            missing = {key for key in missing if not key.startswith("pooler.")}
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            raise UserError(
                f"The weights in {folder} lack {min(missing)}{more}, which the model of [{request.table}] needs; "
                "fetch them again, or give the protocol another output."
            )
        transform = resolved_transform(folder, request)
        options, is_resampled = fit_positions(network, transform.crop, name=source.what, request=request)
        architecture = {"library": self.name, "config": _described(folder), "output": reading}
        if is_resampled:
            architecture["positions"] = "resampled"
        return TransformersEncoder(
            name=source.what,
            architecture=architecture,
            network=network,
            reading=reading,
            options=options,
            tokenizer=_tokenizer(source, network.config, table=request.table),
            transform=transform,
            device=device,
            weights_hash=stored_hash(folder),
        )


def _brought(source: WeightSource, patterns: Sequence[str], *, table: str) -> Path:
    """The folder with the files that are asked for, fetched if need be."""
    if source.path is not None:
        return source.path
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(str(source.repository), revision=source.revision, allow_patterns=list(patterns)))
    except Exception as error:  # the hub's client raises many kinds
        raise UserError(
            f"{source.repository} cannot be fetched from the hub ({reason(error)}); check its name and revision in [{table}], "
            "or, without a network, give a folder as weights."
        ) from error


def _tokenizer(source: WeightSource, config: Any, *, table: str) -> LateTokenizer:
    text = getattr(config, "text_config", None)
    length = getattr(text, "max_position_embeddings", None)

    def read() -> Any:
        from transformers import AutoTokenizer

        folder = _brought(source, (*_TOKENIZERS, "config.json"), table=table)
        with quiet():
            return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)

    def encode(tokenizer: Any, texts: Sequence[str]) -> Any:
        tokens = tokenizer(list(texts), padding="max_length", max_length=length, truncation=True, return_tensors="pt")
        tokens.pop("token_type_ids", None)
        return tokens

    return LateTokenizer(
        read, encode=encode, vocabulary=getattr(text, "vocab_size", None), owner=f"of {source.path or source.repository}"
    )


def _described(folder: Path) -> Any:
    """The configuration without what says nothing of the network: who saved it, in which type, what its classes are called."""
    beside = {"_name_or_path", "architectures", "dtype", "id2label", "label2id", "torch_dtype", "transformers_version"}

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(inner) for key, inner in value.items() if key not in beside}
        return value

    return plain(hugging_face.read_config(folder) or {})
