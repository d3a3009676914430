"""Retrain the miniature models from scratch: `python -m dreambench.benchmark.miniature --work DIR`.

Everything is drawn from the recipe's seeds. Stages save their state into the work folder and continue from it, so the
same command resumes after an interruption. The last stage writes the weights into the package and measures them.
"""

import argparse
import os
import platform
import time
from pathlib import Path

import torch
from torch import nn

from dreambench.benchmark.miniature.clip import train_clip
from dreambench.benchmark.miniature.corpus import Pictures, build_clips, build_corpus
from dreambench.benchmark.miniature.diffusion import train_diffusion
from dreambench.benchmark.miniature.dino import train_dino
from dreambench.benchmark.miniature.export import (
    BASE_MODEL_FOLDER,
    ENCODERS_FOLDER,
    SMALL_DINO_FOLDER,
    clear_exports,
    export_base_model,
    export_clip,
    export_dino,
)
from dreambench.benchmark.miniature.measure import measure, measure_small_dino
from dreambench.benchmark.miniature.model_card import Curve
from dreambench.benchmark.miniature.recipe import Recipe, load_recipe
from dreambench.benchmark.miniature.tokenizer import build_tokenizer
from dreambench.benchmark.miniature.vae import train_decoder, train_vae
from dreambench.benchmark.miniature.wider_sheet import wider_sheet
from dreambench.dataset.files import atomic_write_text

STAGES = ("vae", "decoder", "clip", "dino", "dino_small", "diffusion")


def main() -> None:
    """Draw a sheet, or train what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m dreambench.benchmark.miniature", description=__doc__)
    parser.add_argument("--work", type=Path, help="folder for the corpus and the training state")
    parser.add_argument("--sheet", type=Path, metavar="FILE", help="draw what a later training shows as a PNG; train nothing")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--only", choices=STAGES, help="train one stage and stop, so that stages can run side by side")
    parser.add_argument(
        "--export", action="store_true", help="with --only dino_small: write and measure that model, and leave the others alone"
    )
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="CPU threads, and processes that draw the corpus")
    arguments = parser.parse_args()
    if arguments.sheet:
        wider_sheet().save(arguments.sheet, "PNG")
        return
    if not arguments.work:
        parser.error("name a folder with --work, or a file with --sheet.")
    if arguments.export and arguments.only != "dino_small":
        parser.error("--export goes with --only dino_small; without --only, all models are written when all are trained.")
    _train(arguments)


def _train(arguments: argparse.Namespace) -> None:
    """Train what is asked for, then write and measure."""
    torch.set_num_threads(arguments.threads)
    recipe, work, device = load_recipe(), arguments.work, torch.device(arguments.device)
    _claim(work, recipe)
    drawn, processes = work / "corpus", arguments.threads
    trained_on = torch.cuda.get_device_name() if device.type == "cuda" else f"CPU ({platform.machine()}), threads: {processes}"
    started = time.monotonic()
    if arguments.only == "dino":
        _train_first_dino(recipe, build_clips(recipe, drawn, processes=processes), work, device)
        return
    if arguments.only == "dino_small":
        small, small_curve = _train_small_dino(recipe, build_clips(recipe, drawn, processes=processes), work, device)
        if arguments.export:
            _ship_small_dino(recipe, small, small_curve, trained_on=trained_on)
        return
    corpus = build_corpus(recipe, drawn, processes=processes)
    tokenizer = build_tokenizer(recipe.diffusion.context_length)
    if arguments.only == "clip":
        train_clip(recipe, corpus, tokenizer, work, device)
        return
    vae, vae_curve = train_vae(recipe, corpus, work, device)
    if arguments.only == "vae":
        return
    if arguments.only == "decoder":
        train_decoder(recipe, vae, corpus, work, device)
        return
    parts, diffusion_curve = train_diffusion(recipe, corpus, vae, work, device)
    if arguments.only == "diffusion":
        return
    vae, decoder_curve = train_decoder(recipe, vae, corpus, work, device)
    clip, clip_curve = train_clip(recipe, corpus, tokenizer, work, device)
    clips = build_clips(recipe, drawn, processes=processes)
    dino, dino_curve = _train_first_dino(recipe, clips, work, device)
    small, small_curve = _train_small_dino(recipe, clips, work, device)
    clear_exports(BASE_MODEL_FOLDER, ENCODERS_FOLDER)
    export_base_model(vae, parts)
    export_clip(recipe, clip, tokenizer)
    export_dino(recipe.dino, dino, ENCODERS_FOLDER / "dino")
    curves = {"vae": vae_curve, "decoder": decoder_curve, "diffusion": diffusion_curve, "clip": clip_curve, "dino": dino_curve}
    measure(recipe, corpus, vae, curves=curves, trained_on=trained_on)
    _ship_small_dino(recipe, small, small_curve, trained_on=trained_on)
    print(f"done in {(time.monotonic() - started) / 60:.0f} min")


def _claim(work: Path, recipe: Recipe) -> None:
    """Make a work folder this recipe's, or refuse one whose training state comes from another."""
    work.mkdir(parents=True, exist_ok=True)
    for stamp, value in ((work / "recipe.sha256", recipe.hash), (work / "dino_small.sha256", recipe.dino_small_hash)):
        if stamp.exists() and stamp.read_text() != value:
            raise SystemExit(f"{work} belongs to another recipe; give --work a new folder, or remove it to start over.")
        atomic_write_text(stamp, value)


def _train_first_dino(recipe: Recipe, clips: Pictures, work: Path, device: torch.device) -> tuple[nn.Module, Curve]:
    return train_dino("dino", recipe.dino, clips, work, device, seed=recipe.seed)


def _train_small_dino(recipe: Recipe, clips: Pictures, work: Path, device: torch.device) -> tuple[nn.Module, Curve]:
    return train_dino("dino_small", recipe.dino_small, clips, work, device, seed=recipe.dino_small.seed)


def _ship_small_dino(recipe: Recipe, backbone: nn.Module, curve: Curve, *, trained_on: str) -> None:
    """Write the second DINO into the package and its section into the model card; both DINOs are read from there."""
    clear_exports(SMALL_DINO_FOLDER)
    export_dino(recipe.dino_small, backbone, SMALL_DINO_FOLDER)
    measure_small_dino(recipe, curve=curve, trained_on=trained_on)


if __name__ == "__main__":
    main()
