"""Collections in all their layouts, and what is said of those that are none."""

from pathlib import Path

import pytest

from collection_files import write_folder, write_sound
from genred.errors import GenredError, UsageError
from genred_train.collection.open import open_collection

COLUMNS = [
    ",album,artist,set,track,track",
    ",type,name,split,genre_top,genres_all",
    "track_id,,,,,",
]


def said(path: Path, **options: object) -> str:
    with pytest.raises(GenredError) as caught:
        open_collection(path, **options)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return str(caught.value)


def manifest(folder: Path, *lines: str, header: str = "path,labels,artist,split") -> Path:
    path = folder / "list.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return path


def test_a_folder_names_the_genre_of_all_below_it(tmp_path: Path) -> None:
    write_folder(tmp_path / "music", {"rock": 2, "jazz": 1})
    write_sound(tmp_path / "music" / "jazz" / "album" / "b.flac")
    (tmp_path / "music" / "jazz" / "._0.wav").write_bytes(b"a Mac's")
    (tmp_path / "music" / "pictures").mkdir()
    found = open_collection(tmp_path / "music")
    assert found.name == "music"
    assert found.genres == ["jazz", "rock"]
    expected = ["jazz/0.wav", "jazz/album/b.flac", "rock/0.wav", "rock/1.wav"]
    assert [track.id for track in found.tracks] == expected
    assert {track.labels for track in found.tracks[:2]} == {("jazz",)}


def test_genres_come_in_the_order_given(tmp_path: Path) -> None:
    write_folder(tmp_path, {"rock": 1, "jazz": 1})
    assert open_collection(tmp_path, genres=["rock", "pop", "jazz"]).genres[1] == "pop"
    assert 'labelled "rock", none of jazz, pop' in said(tmp_path, genres=["jazz", "pop"])
    with pytest.raises(UsageError, match="names one twice"):
        open_collection(tmp_path, genres=["rock", "rock"])


def test_a_folder_that_is_no_collection_is_told_so(tmp_path: Path) -> None:
    assert "holds no track" in said(tmp_path)
    assert "no such folder" in said(tmp_path / "none")
    write_folder(tmp_path, {"rock": 2})
    assert 'one genre only ("rock")' in said(tmp_path)
    write_sound(tmp_path / "loose.wav")
    assert "loose.wav); put each into a sub-folder" in said(tmp_path)
    assert "neither a folder nor a manifest" in said(tmp_path / "loose.wav")


def test_a_manifest_tells_labels_artist_and_part(tmp_path: Path) -> None:
    for name in ("a.wav", "b, live.wav"):
        write_sound(tmp_path / "sound" / name)
    path = manifest(
        tmp_path,
        "sound/a.wav, rock | blues |rock,Ann,validation",
        '"sound/../sound/b, live.wav",rock',
    )
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())  # as Excel writes UTF-8
    first, second = open_collection(path).tracks
    assert (first.id, first.labels, first.artist) == ("sound/a.wav", ("rock", "blues"), "Ann")
    assert (second.id, second.artist, second.part) == ("sound/b, live.wav", "", "")
    assert first.part == "valid"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "holds no track"),
        (["a.wav,rock", "b.wav,jazz", "./a.wav,pop"], "line 4: a.wav again .line 2"),
        (["a.wav,rock", "c.wav,jazz"], "line 3: no file c.wav; paths are relative"),
        (["d.wav,rock", "c.wav,jazz"], "line 2: no file d.wav .and 1 more.; paths"),
        (["a.wav,"], "line 2: a.wav has no label"),
        ([",rock"], "line 2: no path"),
        (["a.wav,rock,,tain"], 'line 2: split is "tain"; it may be train, valid, test'),
        (["a.wav,rock,,train,"], "line 2: 5 fields under 4 columns; put quotes"),
        (['"a.wav,rock'], "no CSV"),
        (["a.wav,rock", "b.wav,rock"], "one genre only"),
    ],
)
def test_a_manifest_that_fits_nothing_names_its_line(
    tmp_path: Path, lines: list[str], message: str
) -> None:
    write_folder(tmp_path, {"": 0})
    for name in ("a.wav", "b.wav"):
        write_sound(tmp_path / name)
    path = manifest(tmp_path, *lines)
    with pytest.raises(GenredError, match=message) as caught:
        open_collection(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_manifest_lacks_a_column_or_is_not_utf_8(tmp_path: Path) -> None:
    assert "the column labels (found: path, genre)" in said(manifest(tmp_path, header="path,genre"))
    assert "found: path;labels" in said(manifest(tmp_path, header="path;labels"))
    path = tmp_path / "latin.csv"
    path.write_bytes("path,labels\nmotörhead.wav,metal\n".encode("latin-1"))
    assert "not UTF-8" in said(path)
    assert "lacks the column path and labels (found: none)" in said(manifest(tmp_path, header=""))


def test_parquet_is_the_same_table(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in ("a.wav", "b.wav"):
        write_sound(tmp_path / name)
    columns = {"path": ["a.wav", "b.wav"], "labels": ["rock|pop", "jazz"], "split": ["train", None]}
    parquet.write_table(pyarrow.table(columns), tmp_path / "list.parquet")
    lists = columns | {"labels": [["rock", "pop"], ["jazz"]]}
    parquet.write_table(pyarrow.table(lists), tmp_path / "lists.parquet")
    text = manifest(tmp_path, "a.wav,rock|pop,,train", "b.wav,jazz")
    tracks = open_collection(text).tracks
    assert open_collection(tmp_path / "list.parquet").tracks == tracks
    assert open_collection(tmp_path / "lists.parquet").tracks == tracks


def test_parquet_that_is_none_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    path.write_bytes(b"PAR1 and no more")
    assert "not a Parquet file" in said(path)
    pyarrow = pytest.importorskip("pyarrow")
    pytest.importorskip("pyarrow.parquet").write_table(pyarrow.table({"path": ["a"]}), path)
    assert "lacks the column labels (found: path)" in said(path)


def fma(root: Path, *rows: str) -> Path:
    for track in (2, 5, 140):
        write_sound(root / "fma_small" / "000" / f"{track:06d}.mp3", track)
    (root / "fma_metadata").mkdir()
    lines = [*COLUMNS, *rows, ""]
    (root / "fma_metadata" / "tracks.csv").write_text("\n".join(lines), encoding="utf-8")
    genres = "genre_id,#tracks,parent,title,top_level\n21,5,0,Hip-Hop,21\n12,9,0,Rock,12\n"
    (root / "fma_metadata" / "genres.csv").write_text(genres, encoding="utf-8")
    return root


ROWS = [
    '2,"An album,\nin two lines",AWOL,training,Hip-Hop,"[21]"',
    "3,Album,AWOL,training,Hip-Hop,[21]",
    '5,Album,Ann,validation,,"[12, 21]"',
    "140,Album,Ann,test,Rock,[12]",
]


@pytest.mark.parametrize("inside", ["", "fma_small", "fma_metadata", "fma_metadata/tracks.csv"])
def test_fma_is_read_from_its_own_layout(tmp_path: Path, inside: str) -> None:
    found = open_collection(fma(tmp_path, *ROWS) / inside)
    first, second = found.tracks
    assert found.genres == ["Hip-Hop", "Rock"]
    assert (first.id, first.artist, first.part) == ("fma_small/000/000002.mp3", "AWOL", "train")
    assert (second.labels, second.part) == (("Rock",), "test")


def test_fma_may_give_all_genres(tmp_path: Path) -> None:
    found = open_collection(fma(tmp_path, *ROWS), all_genres=True)
    labels = [track.labels for track in found.tracks]
    assert labels == [("Hip-Hop",), ("Rock", "Hip-Hop"), ("Rock",)]


def test_fma_that_is_damaged_is_one_line(tmp_path: Path) -> None:
    root = fma(tmp_path, "two,Album,AWOL,training,Hip-Hop,[21]")
    assert "line 4: no track's number" in said(root)
    (root / "fma_metadata" / "tracks.csv").write_text("track_id,name\n1,a\n", encoding="utf-8")
    assert "lacks the column artist/name" in said(root)
    assert "all genres are FMA's" in said(root / "fma_small" / "000", all_genres=True)
