"""Rows of a table of tracks, from CSV or Parquet, each with its place for whoever corrects it."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genred.audio.file import printable
from genred.errors import GenredError

# FMA's biographies of artists are longer than the 128 KiB that csv takes by default.
_LONGEST_FIELD = 1 << 24


@dataclass(frozen=True)
class Row:
    """One row: `place` is its line (CSV) or row (Parquet), `fields` what stands in its columns."""

    place: str
    fields: dict[str, Any]


def read_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield (line number, fields) of a CSV file; raises GenredError if it is none in UTF-8."""
    name = printable(path)
    limit = csv.field_size_limit(_LONGEST_FIELD)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file, strict=True)
            for fields in reader:
                yield reader.line_num, fields
    except UnicodeDecodeError as error:
        raise GenredError(f"{name}: not UTF-8 ({error.reason}); save it as UTF-8") from error
    except csv.Error as error:
        raise GenredError(f"{name}: line {reader.line_num}: no CSV ({error})") from error
    except OSError as error:
        raise GenredError(f"{name}: {error.strerror}") from error
    finally:
        csv.field_size_limit(limit)


def read_csv(path: Path, needed: Sequence[str]) -> list[Row]:
    """Read a CSV file with one header line; empty lines are passed over.

    Raises GenredError, naming file and line, for columns that lack and fields that are too many.
    """
    lines = read_lines(path)
    header = [column.strip() for column in next(lines, (0, []))[1]]
    _check_columns(path, header, needed)
    return [_row(path, header, number, fields) for number, fields in lines if any(fields)]


def _row(path: Path, header: Sequence[str], number: int, fields: Sequence[str]) -> Row:
    if len(fields) > len(header):
        raise GenredError(
            f"{printable(path)}: line {number}: {len(fields)} fields under {len(header)} columns; "
            "put quotes around a field that holds a comma"
        )
    return Row(f"line {number}", dict(zip(header, fields, strict=False)))


def read_parquet(path: Path, needed: Sequence[str], others: Sequence[str]) -> list[Row]:
    """Read the columns `needed`, and of `others` those that there are, from a Parquet file.

    Raises GenredError if it is none, if columns lack, or without pyarrow.
    """
    try:
        # Only Parquet needs it, and it takes longer to import than all else here.
        from pyarrow import ArrowException, parquet  # noqa: PLC0415
    except ImportError as error:
        raise GenredError(
            f"{printable(path)}: Parquet needs pyarrow: pip install 'genred[train]', or save as CSV"
        ) from error
    try:
        names = list(parquet.read_schema(path).names)
        _check_columns(path, names, needed)
        chosen = [*needed, *(name for name in others if name in names)]
        # One file, not whatever lies beside it: a folder's name is no column here.
        table = parquet.read_table(path, columns=chosen, partitioning=None).to_pylist()
    except (ArrowException, OSError) as error:
        said = " ".join(str(error).split())
        raise GenredError(f"{printable(path)}: not a Parquet file ({said})") from error
    return [Row(f"row {number}", fields) for number, fields in enumerate(table, 1)]


def _check_columns(path: Path, found: Sequence[str], needed: Sequence[str]) -> None:
    missing = [name for name in needed if name not in found]
    if missing:
        raise GenredError(
            f"{printable(path)}: lacks the column {' and '.join(missing)} "
            f"(found: {', '.join(found) or 'none'}); the first line names the columns, "
            "with commas between: path,labels,artist,split"
        )
