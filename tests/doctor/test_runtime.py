"""Python, the model and LiteRT."""

import sys
from dataclasses import replace

import pytest

from genred.doctor.check import State
from genred.doctor.runtime import check_inference, check_model, check_python
from genred.errors import GenredError
from genred.model.classifier import Classifier
from genred.model.package import ModelPackage
from genred.model.shipped import load_model


@pytest.fixture
def package() -> ModelPackage:
    return load_model("base")


def test_this_python_is_new_enough_and_an_old_one_is_not() -> None:
    assert check_python().state is State.OK
    assert check_python((3, 11, 0)).state is State.OK
    old = check_python((3, 9, 18))
    assert old.state is State.BAD
    assert "3.9.18 is too old; 3.11" in old.detail


def test_the_model_is_named_with_labels_and_digest(package: ModelPackage) -> None:
    told = check_model(package)
    assert told.state is State.OK
    for part in ("genred-base", package.metadata.version, package.metadata.model_sha256[:12]):
        assert part in told.detail
    assert ", ".join(package.metadata.labels) in told.detail


def test_one_inference_is_done_and_timed(package: ModelPackage) -> None:
    told = check_inference(package)
    assert told.state is State.OK
    assert " ms, and is due every 497 ms" in told.detail


def test_a_network_that_does_not_run_is_a_cross(package: ModelPackage) -> None:
    told = check_inference(replace(package, flatbuffer=b"nothing"))
    assert told.state is State.BAD
    assert "LiteRT can't run it" in told.detail
    assert "ai-edge-litert" in told.mend


def test_litert_that_is_not_there_is_a_cross_and_one_line(
    package: ModelPackage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    told = check_inference(package)
    assert told.state is State.BAD
    assert "LiteRT can't be loaded" in told.detail
    with pytest.raises(GenredError, match="install genred anew"):
        Classifier(package)
