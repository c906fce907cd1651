"""An archive of a table and pictures becomes rows with vectors."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from PIL import Image

from keepfit.features.schema.cells import cell_reader
from keepfit.features.schema.definition import DatasetDefinition, Field
from tests.unit.features.support.uploads import problems, read, refusal

PICTURE = Field(type="image", size=[4, 4], nullable=True)
SIGNS = DatasetDefinition(fields={"picture": PICTURE, "sign": Field(type="category")}, max_bad_share=0.5)


def picture(number: int) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(number).integers(0, 256, (4, 4), dtype=np.uint8)).save(file, "PNG")
    return file.getvalue()


def vector(number: int) -> list[float]:
    """What a request gets of the picture in base64."""
    return list(cell_reader(PICTURE)(base64.b64encode(picture(number)).decode()))


def packed(members: dict[str, bytes | str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in members.items():
            opened.writestr(name, content)
    return file.getvalue()


def rows(outcome: Any) -> list[tuple[Any, ...]]:
    return duckdb.sql(f"SELECT picture, sign FROM '{outcome.part}'").fetchall()


@pytest.mark.parametrize(
    ("folder", "named"),
    [("", "1.png"), ("", "pictures/1.png"), ("signs/", "pictures/1.png"), ("signs/", "1.png")],
)
def test_a_cell_names_a_file_beside_the_table_from_the_top_or_by_its_name(
    tmp_path: Path, folder: str, named: str
) -> None:
    table = f"picture,sign\n{named},stop\n,none\n"
    body = packed({
        f"{folder}labels.csv": table,
        f"{folder}pictures/1.png": picture(1),
        "__MACOSX/labels.csv": "what a computer adds",
        f"{folder}pictures/.DS_Store": "likewise",
    })  # fmt: skip
    outcome = read(tmp_path, body, "signs.zip", SIGNS)
    assert rows(outcome) == [(vector(1), "stop"), (None, "none")]


@pytest.mark.parametrize("name", ["labels.jsonl", "labels.json", "labels.parquet"])
def test_the_table_is_of_any_format(tmp_path: Path, name: str) -> None:
    line = json.dumps({"picture": "1.png", "sign": "stop"})
    (tmp_path / "source.json").write_text(line)
    duckdb.execute(f"COPY (FROM read_json('{tmp_path}/source.json')) TO '{tmp_path}/source.parquet'")
    table = (tmp_path / "source.parquet").read_bytes() if name.endswith("parquet") else line
    table = f"[{line}]" if name.endswith(".json") else table
    outcome = read(tmp_path, packed({name: table, "1.png": picture(1)}), "signs.zip", SIGNS)
    assert rows(outcome) == [(vector(1), "stop")]


def test_a_cell_that_names_no_picture_is_told(tmp_path: Path) -> None:
    table = "picture,sign\n1.png,stop\n2.png,stop\nnotes.txt,stop\nwords,stop\n1.png,stop\n1.png,go\n"
    body = packed({"labels.csv": table, "1.png": picture(1), "notes.txt": "no picture"})
    outcome = read(tmp_path, body, "signs.zip", SIGNS)
    wrong = "is neither a picture in base64 nor a list of numbers"
    assert problems(outcome) == [
        (3, "picture", "names a file that is not in the archive"),
        (4, "picture", wrong),
        (5, "picture", wrong),
    ]


def test_pictures_in_base64_and_vectors_need_no_archive(tmp_path: Path) -> None:
    encoded = base64.b64encode(picture(2)).decode()
    lines = [
        {"picture": encoded, "sign": "go"},
        {"picture": f"data:image/png;base64,{encoded}", "sign": "go"},
        {"picture": vector(2), "sign": "go"},
    ]
    body = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    assert rows(read(tmp_path, body, "signs.jsonl", SIGNS)) == [(vector(2), "go")] * 3


@pytest.mark.parametrize("member", ["signs", "data/signs.zip"])
def test_the_only_file_of_an_archive_is_its_table_under_the_names_that_pandas_gives(
    tmp_path: Path, member: str
) -> None:
    encoded = base64.b64encode(picture(2)).decode()
    archive = packed({member: f"picture,sign\n{encoded},go\n"})
    assert rows(read(tmp_path, archive, "signs.zip", SIGNS)) == [(vector(2), "go")]


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"1.png": picture(1)}, "holds no table"),
        ({"a": "picture,sign\n", "b": "picture,sign\n"}, "holds no table"),
        ({"a.csv": "picture,sign\n", "b.csv": "picture,sign\n"}, "holds 2 tables, a.csv, b.csv"),
        ({"a.csv": "picture,sign\n"}, "holds no rows"),
        ({"a.csv": "picture\n1.png\n"}, "has no column sign"),
    ],
)
def test_an_archive_without_one_good_table_is_refused(
    tmp_path: Path, members: dict[str, bytes | str], message: str
) -> None:
    assert message in refusal(tmp_path, packed(members), "signs.zip", SIGNS)


@pytest.mark.parametrize(
    "body", [b"no archive", packed({"a.csv": "picture,sign\n,x\n"})[:40]], ids=["text", "a part of one"]
)
def test_what_is_no_archive_is_refused(tmp_path: Path, body: bytes) -> None:
    assert "cannot be read as a ZIP archive" in refusal(tmp_path, body, "signs.zip", SIGNS)
