"""The model card beside the weights: data, steps, sizes, curves, held-out figures and the hash of the recipe."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib import pyplot as plt

from dreambench.benchmark.miniature.figures import ReadBack
from dreambench.benchmark.miniature.recipe import RECIPE_FILE, Recipe
from dreambench.dataset.files import atomic_write_text
from dreambench.dataset.miniature.appearance import EXCLUSION_RADIUS

Curve = list[tuple[int, float]]
_SMALL_DINO_HEADING: Final = "## The second DINO"
_LICENCE: Final = "Licence:"


def draw_curves(curves: Mapping[str, Curve], path: Path) -> None:
    """A small plot a stage: mean training loss against steps."""
    with mpl.rc_context({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False}):
        figure, axes = plt.subplots(1, len(curves), figsize=(2.4 * len(curves), 2.0), layout="constrained", squeeze=False)
        for axis, (name, curve) in zip(axes[0], curves.items(), strict=True):
            axis.plot([step for step, _ in curve], [loss for _, loss in curve], color="#1f4e79", linewidth=1)
            axis.set_title(name)
            axis.set_xlabel("step")
        axes[0, 0].set_ylabel("loss")
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=110)
        plt.close(figure)


def write_model_card(
    folder: Path,
    *,
    recipe: Recipe,
    parameters: Mapping[str, int],
    figures: Mapping[str, str],
    read_back: ReadBack,
    curves: Mapping[str, Curve],
    trained_on: str,
) -> None:
    """Write MODEL_CARD.md and its curves into a folder. `figures` are name and value as they shall be printed."""
    draw_curves(curves, folder / "curves.png")
    phrases = "\n".join(
        f"| {phrase} | {share:.0%} |" for phrase, share in sorted(read_back.per_phrase.items(), key=lambda item: item[1])
    )
    text = f"""# The miniature models

A base model (diffusers' Stable Diffusion parts), a DINO (timm ViT) and a CLIP (open_clip) for the drawn world of
`dataset.miniature`, trained from scratch by `python -m dreambench.benchmark.miniature`. They are made for this benchmark's
miniature suite and for nothing else.

**Data.** {recipe.scenes} scenes of random subjects of the 15 class nouns, drawn by the package's renderer (seed {recipe.seed})
and captioned as the prompts are phrased, {recipe.worn} more of cats and dogs that wear something, and {recipe.clips} clips of
two frames for DINO; {recipe.held_out} scenes more are held out. No training subject lies within
{EXCLUSION_RADIUS} of one of the benchmark's 30 subjects (`dataset.miniature.appearance.distance`); none of the models
ever saw those. DINO saw pictures only, no captions.

**Recipe.** SHA-256 `{recipe.hash}`; its values:

```toml
{RECIPE_FILE.read_text().strip()}
```

Trained on: {trained_on}. Weights are stored as float16 safetensors and used in float32.

{_tables(parameters, figures)}

Read-back per phrase (share of the base model's samples whose prompt CLIP picks out of the kind's 25):

| phrase | right |
|---|---|
{phrases}

![training curves](curves.png)

{_LICENCE} Apache-2.0, as the project's.
"""
    atomic_write_text(folder / "MODEL_CARD.md", text)


def write_small_dino_section(
    folder: Path,
    *,
    recipe: Recipe,
    parameters: Mapping[str, int],
    figures: Mapping[str, str],
    curve: Curve,
    trained_on: str,
) -> None:
    """Put the second DINO's section at the end of the folder's MODEL_CARD.md, in place of an older one.

    The rest of the card stays as it is, so that one model can be trained without measuring all of them again.
    """
    draw_curves({"dino_small": curve}, folder / "dino_small_curve.png")
    part = recipe.dino_small
    section = f"""{_SMALL_DINO_HEADING}

It stands in for a panel of encoders (protocol `mini-panel`): if the two DINOs put two runs into different orders, the order
depends on the encoder. It is smaller (width {part.width}, {part.layers} layers, {part.heads} heads) and was trained for
{part.steps} steps on the same {recipe.clips} clips with a seed of its own ({part.seed}), by
`python -m dreambench.benchmark.miniature --work DIR --only dino_small --export`.

Recipe: the table `[dino_small]` of recipe.toml; SHA-256 of it, the seed and the number of clips:
`{recipe.dino_small_hash}`. Trained on: {trained_on}.

{_tables(parameters, figures)}

![training curve](dino_small_curve.png)

"""
    path = folder / "MODEL_CARD.md"
    before, licence, after = path.read_text(encoding="utf-8").partition(f"{_LICENCE} ")
    if not licence:
        raise ValueError(f"{path} has no line that starts with '{_LICENCE}'; write the whole card first.")
    before = before.partition(_SMALL_DINO_HEADING)[0]
    atomic_write_text(path, before + section + licence + after)


def _tables(parameters: Mapping[str, int], figures: Mapping[str, str]) -> str:
    """Parameters in millions, and figures as they shall be printed."""
    sizes = "\n".join(f"| {name} | {count / 1e6:.2f} M |" for name, count in parameters.items())
    measured = "\n".join(f"| {name} | {value} |" for name, value in figures.items())
    return f"| model | parameters |\n|---|---|\n{sizes}\n\n| figure | value |\n|---|---|\n{measured}"
