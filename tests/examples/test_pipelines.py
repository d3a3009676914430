"""examples/pipelines: every declaration fits the installed pipeline's signature and tells each prompt of the dataset."""

from pathlib import Path
from typing import Any

import pytest
from doc_pages import read_page
from repository import ROOT

from dreambench.baselines.generators.declaration import Generator, PipelineSettings
from dreambench.baselines.generators.loading import pipeline_class
from dreambench.dataset.prompts import OFFICIAL_PROMPTS

FILES = sorted((ROOT / "examples" / "pipelines").glob("*.toml"))
by_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def declared(path: Path) -> Generator:
    return PipelineSettings.model_validate({"declaration": str(path)}).declaration


def test_the_declarations_are_there() -> None:
    wanted = {"flux1_kontext", "flux2_klein", "ip_adapter_sd15", "ip_adapter_sdxl", "omnigen", "qwen_image_edit_plus"}
    assert {path.stem for path in FILES} == wanted | {"text_to_image"}


@by_file
def test_a_declaration_fits_the_installed_pipeline(path: Path) -> None:
    assert pipeline_class(declared(path)).__name__ == declared(path).pipeline


@by_file
def test_a_declaration_tells_every_prompt_apart(path: Path) -> None:
    generator = declared(path)
    told: dict[str, Any] = {}
    for prompt in OFFICIAL_PROMPTS:
        text = generator.told(prompt, "dog")
        assert "dog" in text
        assert prompt.request in text
        assert told.setdefault(text, prompt.text("dog")) == prompt.text("dog")


@by_file
def test_a_declaration_names_families_that_the_prompts_have(path: Path) -> None:
    assert set(declared(path).prompt_by_family) <= {prompt.family for prompt in OFFICIAL_PROMPTS}


def test_the_page_shows_the_ten_line_method_as_it_is() -> None:
    page = read_page(ROOT / "docs" / "generators.md")
    (shown,) = [block.text for block in page.blocks if block.file == "draw.py"]
    assert shown == (ROOT / "examples" / "ten_line_method.py").read_text(encoding="utf-8")
