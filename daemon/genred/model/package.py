"""The model file: one .tflite that any runtime loads, with a zip archive at its end.

The archive holds `genred.json` (see metadata.py) and `labels.txt`. Its comment is the SHA-256 of
all bytes before that comment, so that no altered byte goes unseen; files without it are checked by
the CRCs of the archive and by `model_sha256` alone.
"""

import hashlib
import io
import os
import re
import tempfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from genred.errors import GenredError
from genred.model.metadata import FORMAT, Metadata
from genred.model.soundness import Refused, check_numbers, check_rejections, check_shapes

_JSON = "genred.json"
_LABELS = "labels.txt"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # The same model gives the same bytes.
_SEAL = re.compile(rb"sha256:([0-9a-f]{64})")
_BAD_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)
"""what zipfile raises for bytes that are no archive, or a damaged one"""


@dataclass(frozen=True)
class ModelPackage:
    """A model that was found to be whole and to fit its own description."""

    path: Path
    metadata: Metadata
    flatbuffer: bytes
    """the .tflite without the archive"""


def load(path: Path) -> ModelPackage:
    """Read and check a model file; raises GenredError naming the file and the field."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise GenredError(f"{path}: {error.strerror}; give a model that exists") from error
    try:
        return _parsed(path, content)
    except Refused as reason:
        raise GenredError(f"{path}: {reason}") from reason


def save(path: Path, flatbuffer: bytes, metadata: Metadata) -> Metadata:
    """Write a model file whole or not at all; return the metadata with its digest filled in.

    Raises GenredError if the result would be refused by `load`, or can't be written.
    """
    metadata = msgspec.structs.replace(
        metadata, model_sha256=hashlib.sha256(flatbuffer).hexdigest()
    )
    content = _sealed(flatbuffer + _archive(metadata))
    try:
        _parsed(path, content)
        _write_atomically(path, content)
    except Refused as reason:
        raise GenredError(f"{path}: would be refused: {reason}") from reason
    except OSError as error:
        raise GenredError(f"{path}: {error.strerror}; the model was not written") from error
    return metadata


def _archive(metadata: Metadata) -> bytes:
    buffer = io.BytesIO()
    text = msgspec.json.format(msgspec.json.encode(metadata), indent=1)
    labels = "\n".join(metadata.labels) + "\n"
    with zipfile.ZipFile(buffer, "w") as archive:
        # Said with each file: a ZipInfo of one's own knows nothing of the archive's way.
        for name, content in ((_JSON, text), (_LABELS, labels)):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
        archive.comment = b"sha256:" + b"0" * 64
    return buffer.getvalue()


def _sealed(content: bytes) -> bytes:
    body = content[:-71]
    return body + b"sha256:" + hashlib.sha256(body).hexdigest().encode()


def _write_atomically(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".genred-", delete=False) as file:
        temporary = Path(file.name)
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            temporary.chmod(0o644)
            temporary.replace(path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise


def _parsed(path: Path, content: bytes) -> ModelPackage:
    flatbuffer, text, labels = _opened(content)
    metadata = _decoded(text)
    if labels != metadata.labels:
        raise Refused("labels.txt differs from labels in genred.json")
    check_numbers(metadata)
    check_shapes(metadata)
    check_rejections(metadata)
    if hashlib.sha256(flatbuffer).hexdigest() != metadata.model_sha256:
        raise Refused("model_sha256 does not match: altered; get the file again")
    return ModelPackage(path, metadata, flatbuffer)


def _opened(content: bytes) -> tuple[bytes, bytes, list[str]]:
    """Split a file into the network, genred.json and the lines of labels.txt."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_seal(content, archive.comment)
            start = min((entry.header_offset for entry in archive.infolist()), default=0)
            text, labels = archive.read(_JSON), archive.read(_LABELS)
    except KeyError as error:
        raise Refused(f"lacks {error.args[0]!s}".replace("There is no item named ", "")) from error
    except _BAD_ARCHIVE as error:
        raise Refused(
            "no genred.json at its end: truncated, or a plain .tflite; make one by genred-train"
        ) from error
    try:
        return content[:start], text, labels.decode().splitlines()
    except UnicodeDecodeError as error:
        raise Refused("labels.txt is no UTF-8") from error


def _check_seal(content: bytes, comment: bytes) -> None:
    """Refuse a file whose archive's comment is cut off, or is not the digest of what it seals."""
    body = content[: len(content) - len(comment)]
    # zipfile takes a comment shorter than the two bytes before it say.
    if int.from_bytes(body[-2:], "little") != len(comment):
        raise Refused("truncated; get the file again")
    if not comment:
        return
    seal = _SEAL.fullmatch(comment)
    if seal is None or hashlib.sha256(body).hexdigest().encode() != seal[1]:
        raise Refused("its digest does not match: altered; get the file again")


class _Version(msgspec.Struct):
    format: int


def _decoded(text: bytes) -> Metadata:
    try:
        version = msgspec.json.decode(text, type=_Version).format
        if version != FORMAT:
            raise Refused(f"format {version} is not {FORMAT}; get a genred that knows it")
        return msgspec.json.decode(text, type=Metadata)
    except (msgspec.MsgspecError, GenredError, UnicodeDecodeError) as error:
        raise Refused(f"genred.json: {error}") from error
