"""PNG and PDF: whole files of the right size, true to the picture, without anything about the user."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from pathlib import Path
from time import process_time

import pytest
from PySide6.QtGui import QColor, QImage

from graphviz_app.export import FORMATS, pdf, png
from graphviz_models import export
from graphviz_models.picture import Picture
from graphviz_models.problem import Problems

from .marks import everything, grid


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_png(scale: float) -> None:
    picture = everything()
    data = png.write(picture, scale)
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert data.endswith(b"IEND\xaeB`\x82")
    image = QImage.fromData(data)
    assert abs(image.width() - picture.width * scale) < 1
    assert abs(image.height() - picture.height * scale) < 1
    assert data == png.write(picture, scale)
    cell = picture.tensors[0].cells[1]
    seen = image.pixelColor(round((cell.x + 6) * scale), round((cell.y + 6) * scale))
    assert seen == QColor(cell.fill or "")
    assert image.pixelColor(0, 0) == QColor(picture.background)
    assert image.dotsPerMeterX() == round(scale * 72 / 0.0254)


def test_png_background_fills_the_last_pixel() -> None:
    picture = Picture(100.3, 60.7, "#15191e", (), (), ())
    image = png.image(picture, 1.0)
    assert (image.width(), image.height()) == (101, 61)
    assert image.pixelColor(100, 60) == QColor("#15191e")


def test_png_that_would_be_too_large() -> None:
    picture = Picture(9000.0, 9000.0, "#ffffff", (), (), ())
    with pytest.raises(Problems) as raised:
        png.write(picture, 2.0)
    assert "18,000 × 18,000 pixels" in str(raised.value.problems[0].message)
    fitting = re.search(r"a scale below ([\d.]+)", raised.value.problems[0].message)
    assert fitting is not None
    assert (9000 * float(fitting[1])) ** 2 <= png.MOST_PIXELS * 1.01


@pytest.mark.parametrize("size", [(9000.0, 9000.0), (600_000.0, 50.0)])
def test_png_is_as_large_as_it_can_be_where_no_scale_is_asked_for(
    size: tuple[float, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(png, "MOST_PIXELS", 300_000)
    image = QImage.fromData(png.write(Picture(*size, "#ffffff", (), (), ())))
    assert 0.9 * 300_000 < image.width() * image.height() <= 300_000


def test_pdf() -> None:
    picture = everything()
    data = pdf.write(picture)
    assert data.startswith(b"%PDF-")
    assert data.rstrip().endswith(b"%%EOF")
    assert data.count(b"/Type /Page\n") + data.count(b"/Type /Page ") <= 1
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert box is not None
    assert [float(v) for v in box.groups()] == pytest.approx([picture.width, picture.height], abs=1.0)
    assert b"/Subtype /Image" not in data
    assert b"/Font" not in data.replace(b"/Font <<", b"").replace(b"/Font\n<<", b"")


def test_pdf_is_vectors() -> None:
    """Every glyph is a path: as many fills as there are glyphs at the least."""
    picture = grid(6)
    streams = [
        zlib.decompress(s)
        for s in re.findall(rb"stream\r?\n(.*?)endstream", pdf.write(picture), re.DOTALL)
        if s[:1] == b"x"
    ]
    curves = sum(stream.count(b" c\n") for stream in streams)
    assert curves > sum(len(one.formula.glyphs) for one in picture.labels)


def test_pdf_of_a_long_picture_is_reduced() -> None:
    data = pdf.write(replace(grid(2), width=40_000.0))
    box = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
    assert box is not None
    assert float(box[1]) <= pdf.LONGEST + 1


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
def test_nothing_about_the_user(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USER", "ada-lovelace")
    monkeypatch.setenv("LOGNAME", "ada-lovelace")
    data = FORMATS[suffix].write(everything())
    assert b"ada-lovelace" not in data
    assert b"/home/" not in data
    assert bytes(Path(__file__).parents[2]) not in data


def test_table_of_formats() -> None:
    assert set(FORMATS) > set(export.FORMATS)
    assert FORMATS[".png"].name == "PNG"
    assert all(suffix.startswith(".") for suffix in FORMATS)


def test_a_very_long_image_is_painted_tile_by_tile_as_it_would_be_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = grid(60, 2)
    whole = png.image(picture, 1.3)
    monkeypatch.setattr(png, "LONGEST", 256)
    monkeypatch.setattr(png, "TILE", 128)
    assert png.image(picture, 1.3) == whole


def test_long_lines_on_a_very_long_image_take_no_longer_the_longer_it_is() -> None:
    before = grid(2, 1)
    seconds = []
    for height in (15_000.0, 60_000.0):
        line = ((10.0, 0.0), (60.0, height))
        edges = tuple(replace(grid(2).edges[0], id=f"e{i}", points=line, shaft=line, head=()) for i in range(12))
        start = process_time()
        png.image(replace(before, width=80.0, height=height, edges=edges), 1.0)
        seconds.append(process_time() - start)
    assert seconds[1] < 8 * seconds[0] + 0.2
