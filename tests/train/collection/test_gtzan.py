"""The fault-filtered lists are the published ones."""

from pathlib import Path

import numpy as np
import pytest

from array_files import GENRES
from genred_train.collection.gtzan import fault_filtered

NAMES = [f"{genre}.{number:05d}" for genre in GENRES for number in range(100)]


def test_the_lists_are_as_long_as_published_and_each_name_is_in_one() -> None:
    parts = [fault_filtered(name) for name in NAMES]
    assert [parts.count(part) for part in ("train", "valid", "test", "")] == [443, 197, 290, 70]


def test_a_name_is_found_in_a_path_and_in_a_piece_of_a_clip() -> None:
    assert fault_filtered("genres_original/blues/blues.00012.wav") == "test"
    assert fault_filtered("blues.00000.au") == "valid"
    assert fault_filtered("my_blues.00029_louder") == "train"


@pytest.mark.parametrize("name", ["blues.000129", "blues", "tango.00012", "blues.00100", ""])
def test_other_names_are_in_no_part(name: str) -> None:
    assert fault_filtered(name) == ""


@pytest.mark.data
@pytest.mark.parametrize("part", ["train", "valid"])
def test_the_arrays_are_the_lists(data: Path, part: str) -> None:
    with np.load(data / "gtzan" / f"{part}.npz") as arrays:
        names = {str(name) for name in arrays["ids"]}
    listed = {name for name in NAMES if fault_filtered(name) == part}
    assert listed - names <= {"jazz.00054"}
    assert names <= listed
