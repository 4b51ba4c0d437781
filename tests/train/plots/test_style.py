"""Pictures as files: the same again, of few colours, and one line where they can't be."""

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from PIL import Image

from genred.errors import GenredError, UsageError
from genred_train.plots.style import FILLS, SERIES, check_out, figure, save, styled


def draw(path: Path, title: str = "levels") -> bytes:
    with styled():
        picture = figure(3, 2)
        axes = picture.subplots()
        axes.plot(np.sin(np.arange(50)), label="a")
        axes.set_title(title)
        save(picture, path)
    return path.read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_the_same_picture_has_the_same_bytes(tmp_path: Path, suffix: str) -> None:
    first = draw(tmp_path / f"a{suffix}")
    assert draw(tmp_path / f"b{suffix}") == first
    assert b"<dc:date>" not in first


def test_a_png_has_256_colours_and_is_as_drawn(tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.mode == "P"
        assert image.size == (300, 200)
        colours = {colour for _, colour in image.convert("RGB").getcolors(60000) or []}
    assert (255, 255, 255) in colours
    assert tuple(bytes.fromhex(SERIES[0][1:])) in colours


def test_matplotlib_is_left_as_it_was(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    draw(tmp_path / "a.svg")
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", ["$10^{ $", "日本の歌", "a_b^c\\frac"])
def test_any_name_can_be_a_title(tmp_path: Path, name: str) -> None:
    assert draw(tmp_path / "a.png", name)


def test_areas_and_lines_have_colours_of_their_own() -> None:
    assert len(set(SERIES)) == len(SERIES)
    assert len(set(FILLS)) == len(FILLS)


@pytest.mark.parametrize("name", ["picture", "picture.pdf", "picture.jpeg"])
def test_a_picture_is_png_or_svg(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"give a name that ends in \.png or \.svg"):
        check_out(tmp_path / name)


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        check_out(tmp_path / "folder.png")
    with pytest.raises(GenredError, match=r"there is no folder .*; make it first"):
        check_out(tmp_path / "none" / "a.png")
    with pytest.raises(GenredError, match=r"folder\.png: can't be written"):
        draw(tmp_path / "folder.png")
