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

from dreambench.benchmark.miniature.clip import train_clip
from dreambench.benchmark.miniature.corpus import build_clips, build_corpus
from dreambench.benchmark.miniature.diffusion import train_diffusion
from dreambench.benchmark.miniature.dino import train_dino
from dreambench.benchmark.miniature.export import clear_exports, export_base_model, export_clip, export_dino
from dreambench.benchmark.miniature.measure import measure
from dreambench.benchmark.miniature.recipe import load_recipe
from dreambench.benchmark.miniature.tokenizer import build_tokenizer
from dreambench.benchmark.miniature.vae import train_decoder, train_vae
from dreambench.dataset.files import atomic_write_text

STAGES = ("vae", "decoder", "clip", "dino", "diffusion")


def main() -> None:
    """Train what is asked for, then write and measure."""
    parser = argparse.ArgumentParser(prog="python -m dreambench.benchmark.miniature", description=__doc__)
    parser.add_argument("--work", type=Path, required=True, help="folder for the corpus and the training state")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--only", choices=STAGES, help="train one stage and stop, so that stages can run side by side")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="CPU threads")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    recipe, work, device = load_recipe(), arguments.work, torch.device(arguments.device)
    work.mkdir(parents=True, exist_ok=True)
    stamp = work / "recipe.sha256"
    if stamp.exists() and stamp.read_text() != recipe.hash:
        raise SystemExit(f"{work} belongs to another recipe; give --work a new folder, or remove it to start over.")
    atomic_write_text(stamp, recipe.hash)
    corpus = build_corpus(recipe, work / "corpus")
    tokenizer = build_tokenizer(recipe.diffusion.context_length)
    started = time.monotonic()
    if arguments.only == "clip":
        train_clip(recipe, corpus, tokenizer, work, device)
        return
    if arguments.only == "dino":
        train_dino(recipe, build_clips(recipe, work / "corpus"), work, device)
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
    dino, dino_curve = train_dino(recipe, build_clips(recipe, work / "corpus"), work, device)
    clear_exports()
    export_base_model(vae, parts)
    export_clip(recipe, clip, tokenizer)
    export_dino(recipe, dino)
    curves = {"vae": vae_curve, "decoder": decoder_curve, "diffusion": diffusion_curve, "clip": clip_curve, "dino": dino_curve}
    place = torch.cuda.get_device_name() if device.type == "cuda" else f"{os.cpu_count()} CPU cores ({platform.machine()})"
    measure(recipe, corpus, vae, curves=curves, trained_on=place)
    print(f"done in {(time.monotonic() - started) / 60:.0f} min")


if __name__ == "__main__":
    main()
