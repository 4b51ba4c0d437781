"""The model file: written whole, read back the same, and refused when anything is off."""

import io
import zipfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.errors import GenredError
from genred.features.spec import FeatureSpec
from genred.model.classifier import Classifier
from genred.model.metadata import Calibration, Metadata, Rejection, Rejections, TensorInfo
from genred.model.package import ModelPackage, load, save
from genred.model.shipped import find

BASE = find("base")


@pytest.fixture(scope="module")
def base() -> ModelPackage:
    return load(BASE)


def saved(folder: Path, base: ModelPackage, **changed: object) -> Path:
    """Write the base model with other metadata, past the checks of `save`."""
    metadata = msgspec.structs.replace(base.metadata, **changed)
    return archived(folder, base.flatbuffer, msgspec.json.encode(metadata), metadata.labels)


def archived(folder: Path, flatbuffer: bytes, text: bytes | None, labels: list[str]) -> Path:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if text is not None:
            archive.writestr("genred.json", text)
        archive.writestr("labels.txt", "\n".join(labels) + "\n")
    path = folder / "model.tflite"
    path.write_bytes(flatbuffer + buffer.getvalue())
    return path


def refused(path: Path) -> str:
    with pytest.raises(GenredError) as caught:
        Classifier(load(path))
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def test_what_is_written_is_read_back(tmp_path: Path, base: ModelPackage) -> None:
    path = tmp_path / "again.tflite"
    written = save(path, base.flatbuffer, base.metadata)
    again = load(path)
    assert again.metadata == written == base.metadata
    assert again.flatbuffer == base.flatbuffer
    assert path.read_bytes() == BASE.read_bytes()


def test_any_zip_reader_and_any_tflite_runtime_opens_it(base: ModelPackage) -> None:
    with zipfile.ZipFile(BASE) as archive:
        assert archive.namelist() == ["genred.json", "labels.txt"]
        assert archive.read("labels.txt").decode().split() == base.metadata.labels
    assert BASE.read_bytes()[4:8] == b"TFL3"


def test_a_package_without_a_seal_is_read_too(tmp_path: Path, base: ModelPackage) -> None:
    assert load(saved(tmp_path, base)).metadata == base.metadata


@given(st.integers(0, BASE.stat().st_size - 1), st.integers(0, 7))
def test_a_single_flipped_bit_anywhere_is_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, bit: int
) -> None:
    content = bytearray(BASE.read_bytes())
    content[place] ^= 1 << bit
    path = tmp_path_factory.mktemp("flip") / "model.tflite"
    path.write_bytes(content)
    refused(path)


@given(st.integers(0, BASE.stat().st_size - 1))
def test_a_truncated_file_is_refused(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    path = tmp_path_factory.mktemp("cut") / "model.tflite"
    path.write_bytes(BASE.read_bytes()[:length])
    refused(path)


@given(st.data())
def test_a_flipped_bit_of_an_unsealed_archive_is_refused_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    base = load(BASE)
    path = saved(tmp_path_factory.mktemp("unsealed"), base)
    content = bytearray(path.read_bytes())
    place = data.draw(st.integers(len(base.flatbuffer), len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(content)
    try:
        assert load(path).metadata == base.metadata
    except GenredError as error:
        assert "\n" not in str(error)  # noqa: PT017 - either is an answer


def test_altered_bytes_of_an_unsealed_file_are_refused(tmp_path: Path, base: ModelPackage) -> None:
    path = saved(tmp_path, base)
    content = bytearray(path.read_bytes())
    for place in range(1000, len(base.flatbuffer), len(base.flatbuffer) // 8):
        content[place] ^= 0xFF
    path.write_bytes(content)
    assert "model_sha256 does not match" in refused(path)


def test_a_plain_tflite_is_refused(tmp_path: Path, base: ModelPackage) -> None:
    path = tmp_path / "plain.tflite"
    path.write_bytes(base.flatbuffer)
    assert "no genred.json" in refused(path)


def test_an_archive_without_metadata_is_refused(tmp_path: Path, base: ModelPackage) -> None:
    path = archived(tmp_path, base.flatbuffer, None, base.metadata.labels)
    assert "lacks 'genred.json'" in refused(path)


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b'{"format": "1"}', b"\xff\xfe", b'{"format":1}']
)
def test_metadata_that_is_no_record_is_refused(
    tmp_path: Path, base: ModelPackage, text: bytes
) -> None:
    assert "genred.json" in refused(archived(tmp_path, base.flatbuffer, text, []))


def test_a_newer_format_is_refused_with_the_mend(tmp_path: Path, base: ModelPackage) -> None:
    path = archived(tmp_path, base.flatbuffer, b'{"format": 2, "new": true}', [])
    assert "format 2 is not 1; get a genred that knows it" in refused(path)


def test_unknown_fields_of_the_same_format_are_ignored(tmp_path: Path, base: ModelPackage) -> None:
    tree = msgspec.to_builtins(base.metadata) | {"later": [1, 2]}
    path = archived(tmp_path, base.flatbuffer, msgspec.json.encode(tree), base.metadata.labels)
    assert load(path).metadata == base.metadata


def knows(**rejection: object) -> dict[str, object]:
    """Change a model so that it rejects noise by a score of its own."""
    plain = Rejection(threshold=0.5, width=0.1)
    return {"rejection": Rejections(not_music=msgspec.structs.replace(plain, **rejection))}


_EMBEDDING = load(BASE).metadata.embedding
assert _EMBEDDING is not None
WEIGHTS = [0.0] * _EMBEDDING.shape[-1]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (knows(width=0.0), "rejection.not_music.width"),
        (knows(threshold=1e300), "rejection.not_music.threshold"),
        (knows(weights=WEIGHTS), f"weights has {len(WEIGHTS)} numbers, its score (max_prob"),
        (knows(score="embedding", weights=[1.0]), "weights has 1 numbers, its score (embedding) n"),
        (knows(score="embedding", weights=[1e300] * len(WEIGHTS)), "weights is out of"),
        (knows(score="embedding", weights=WEIGHTS, bias=1e300), "rejection.not_music.bias"),
        (knows(score="embedding", weights=WEIGHTS) | {"embedding": None}, "needs an embedding"),
        ({"features": FeatureSpec(window_frames=60)}, "input.shape"),
        ({"features": FeatureSpec(n_mfcc=40)}, "input.shape"),
        ({"labels": ["a", "b"]}, "output.shape"),
        ({"labels": ["a"] * 10}, "labels"),
        ({"labels": ["silence", *"bcdefghij"]}, "labels"),
        ({"offset": [0.0]}, "offset"),
        ({"scale": [0.0] * 128}, "scale"),
        ({"calibration": Calibration(temperature=0.0)}, "calibration.temperature"),
        ({"thresholds": {"blues": 0.5}}, "thresholds"),
        ({"labels": ["", *"bcdefghij"]}, "labels"),
        ({"labels": ["\x1b[2J", *"bcdefghij"]}, "labels"),
        ({"lag_s": -1.0}, "lag_s"),
        ({"offset": [1e300] * 128}, "offset"),
        ({"features": FeatureSpec(n_fft=256, hop_length=128)}, "covers no FFT bin"),
        ({"input": TensorInfo(shape=[1, 72, 128, 1], dtype="int8", scale=-1.0)}, "input.scale"),
        ({"input": TensorInfo(shape=[1, 72, 128, 1], dtype="int8", scale=0.5)}, "input.scale"),
        ({"input": TensorInfo(shape=[1, 72, 128, 1], dtype="float32")}, "input.dtype"),
        ({"output": TensorInfo(shape=[1, 10], dtype="int8", zero_point=99)}, "output"),
    ],
)
def test_metadata_that_does_not_fit_the_network_names_the_field(
    tmp_path: Path, base: ModelPackage, change: dict[str, object], field: str
) -> None:
    assert field in refused(saved(tmp_path, base, **change))


def test_what_knows_noise_by_its_embedding_says_how_likely_it_is(
    tmp_path: Path, base: ModelPackage
) -> None:
    rejection = knows(score="embedding", weights=WEIGHTS, threshold=1.0, width=0.5)
    model = Classifier(load(saved(tmp_path, base, **rejection)))
    spec = base.metadata.features
    model.probabilities(np.zeros((spec.window_frames, spec.n_coefficients), np.float32))
    assert model.rejections() == {"not_music": pytest.approx(1 / (1 + np.exp(-2.0)))}


def test_a_score_that_is_of_a_later_genred_is_refused(tmp_path: Path, base: ModelPackage) -> None:
    tree = msgspec.to_builtins(msgspec.structs.replace(base.metadata, **knows()))
    tree["rejection"]["not_music"]["score"] = "later"
    path = archived(tmp_path, base.flatbuffer, msgspec.json.encode(tree), base.metadata.labels)
    assert "$.rejection.not_music.score" in refused(path)


def test_labels_beside_each_other_must_agree(tmp_path: Path, base: ModelPackage) -> None:
    text = msgspec.json.encode(base.metadata)
    path = archived(tmp_path, base.flatbuffer, text, ["other"] * 10)
    assert "labels.txt differs" in refused(path)


def test_what_litert_cannot_run_is_refused(tmp_path: Path, base: ModelPackage) -> None:
    garbage = base.flatbuffer[:200]
    metadata: Metadata = msgspec.structs.replace(base.metadata)
    path = tmp_path / "garbage.tflite"
    save(path, garbage, metadata)
    assert "LiteRT can't run it" in refused(path)


def test_a_failed_write_leaves_what_was_there(tmp_path: Path, base: ModelPackage) -> None:
    path = tmp_path / "model.tflite"
    path.write_bytes(b"old")
    wrong = msgspec.structs.replace(base.metadata, offset=[0.0])
    with pytest.raises(GenredError, match="would be refused"):
        save(path, base.flatbuffer, wrong)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["model.tflite"]


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path, base: ModelPackage) -> None:
    with pytest.raises(GenredError, match="not written"):
        save(tmp_path / "none" / "model.tflite", base.flatbuffer, base.metadata)


def test_a_model_that_does_not_exist_is_one_line(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "none.tflite")
