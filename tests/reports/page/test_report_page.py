"""The report page as a file: it needs nothing else, says nothing that a stranger wrote as HTML, and stays small."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image
from speed.report_sample import HOSTILE, make_page, write_pictures

from dreambench.reports.page import render_page, write_report
from dreambench.reports.page.catalogue import build_catalogue
from dreambench.reports.page.document import json_for_script

MEGABYTE = 1_000_000


class Elements(HTMLParser):
    """Tags with their attributes, and the text inside each kind of tag."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag
        self.texts.setdefault(tag, []).append("")

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[self._open][-1] += data


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    page = make_page(write_pictures(tmp_path_factory.mktemp("pictures"), 4))
    return render_page(page, build_catalogue(page).with_large(set()))


def test_nothing_hostile_becomes_an_element_or_a_script(html: str) -> None:
    elements = Elements(html)
    assert not [attrs for tag, attrs in elements.tags if tag == "img" and attrs.get("src") == "x"]
    assert not [name for _, attrs in elements.tags for name in attrs if name.startswith("on") or name == "style"]
    assert [attrs.get("type") for tag, attrs in elements.tags if tag == "script"] == [None, "application/json", None]
    assert html.count("<script") == html.count("</script>") == 3
    data = json.loads(elements.texts["script"][1])
    assert data["runs"] == ["first", "second", HOSTILE]  # as it was written, not cut or mangled


def test_plots_reserve_their_place(html: str) -> None:
    plots = [attrs for tag, attrs in Elements(html).tags if tag == "img" and (attrs.get("class") or "").startswith("for-")]
    assert plots
    assert {(each["width"], each["height"]) for each in plots} == {("720", "300")}


def test_the_policy_allows_only_the_pages_own_script_and_style(html: str) -> None:
    elements = Elements(html)
    (policy,) = [attrs["content"] for tag, attrs in elements.tags if attrs.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert rules["default-src"] == ["'none'"]

    def hashed(text: str) -> str:
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    first, _, last = elements.texts["script"]
    assert rules["script-src"] == [hashed(first), hashed(last)]
    assert rules["style-src"] == [hashed(text) for text in elements.texts["style"]]
    addresses = [value for _, attrs in elements.tags for name, value in attrs.items() if name in ("src", "href", "srcset")]
    assert addresses
    assert all(re.match(r"data:|#", address or "") for address in addresses)


def test_json_in_a_script_survives_every_character() -> None:
    text = "".join(map(chr, range(0x20, 0x250))) + "\u2028\u2029</script><!--]]>"
    written = str(json_for_script({"text": text}))
    assert json.loads(written) == {"text": text}
    assert not set("<>&\u2028\u2029") & set(written)
    with pytest.raises(ValueError, match="JSON"):
        json_for_script({"score": float("nan")})


def test_a_page_of_3000_images_and_four_methods_stays_under_15_megabytes() -> None:
    page = make_page([Path("a.png")], labels=("a", "b", "c", "d"), subjects=30, prompts=25, images=4)
    assert sum(len(run.images) for run in page.runs) == 12_000
    catalogue = build_catalogue(page)
    html = render_page(page, catalogue.with_large(set(range(len(catalogue.jobs)))))
    assert len(html.encode()) < 2 * MEGABYTE  # the plots come on top


def test_every_picture_is_encoded_anew_under_a_name_of_our_own(tmp_path: Path) -> None:
    pictures = write_pictures(tmp_path / "in", 3)
    big = tmp_path / "in" / "big.png"
    noise = Image.effect_noise((1000, 500), 50).convert("RGB")
    noise.save(big, pnginfo=None, exif=Image.Exif())
    secret = pictures[0].read_bytes() + b"SECRET"  # a tail that decoders pass over
    pictures[0].write_bytes(secret)
    page = make_page([*pictures, big], labels=("only",), subjects=2, prompts=1, images=2)
    done: list[tuple[int, int]] = []
    file = write_report(page, tmp_path / "out", workers=2, on_progress=lambda *counts: done.append(counts))
    assert file == tmp_path / "out" / "index.html"
    files = {path.relative_to(tmp_path / "out").as_posix(): path for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert done[-1] == (8, 8)  # 4 references of s0, 4 images
    wanted = {"index.html", "report.json", *(f"images/references/0-{n}.webp" for n in range(4)), "images/references/0-3.jpg"}
    wanted |= {f"images/0/{subject}-0-{index}.webp" for subject in (0, 1) for index in (0, 1)} | {"images/0/1-0-1.jpg"}
    assert set(files) == wanted
    assert not any(b"SECRET" in path.read_bytes() for path in files.values())
    assert Image.open(files["images/0/1-0-1.jpg"]).size == (768, 384)
    assert Image.open(files["images/0/1-0-1.webp"]).size == (160, 80)
    with Image.open(files["images/0/0-0-1.webp"]) as copied, Image.open(pictures[1]) as original:
        assert copied.convert("RGB").tobytes() == original.convert("RGB").tobytes()  # small ones lose nothing
    data = json.loads(Elements(files["index.html"].read_text()).texts["script"][1])
    assert data["images"]["large"] == [0, 0, 0, 1]
    assert [subject["large"] for subject in data["subjects"]] == [[0, 0, 0, 1], []]
