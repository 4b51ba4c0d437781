"""Teachers by name: known without what they need."""

import subprocess
import sys

import pytest

from genred.errors import UsageError
from genred_train.teachers.named import TEACHERS, find

HEAVY = ["keras", "tensorflow", "librosa", "scipy", "h5py"]


def test_the_nearest_name_is_told() -> None:
    assert find("musicnn").sample_rate == 16000
    with pytest.raises(UsageError, match=r'no teacher is called "MusiCNN_MSD".*"musicnn"'):
        find("MusiCNN_MSD")


@pytest.mark.parametrize("name", TEACHERS)
def test_each_tag_has_a_logit(name: str) -> None:
    teacher = TEACHERS[name]
    assert len(set(teacher.tags)) == len(teacher.tags) == teacher.groups["logits"]


def test_names_and_the_command_are_known_without_keras() -> None:
    code = "import genred_train.teachers.named, genred_train.cli.teach, sys; "
    code += f"print([m for m in {HEAVY} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
