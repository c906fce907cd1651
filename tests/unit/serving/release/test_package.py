"""Release packages are the same bytes whenever they are packed."""

from __future__ import annotations

import io
import zipfile

from keepfit.serving.release.package import lambda_sha256, pack


def zipped(files: dict[str, str], year: int) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name, (year, 1, 1, 0, 0, 0)), text)
    return body.getvalue()


HANDLER = {"handler.py": "def handler(): ...", "keepfit/__init__.py": "", "keepfit/": ""}


def test_the_model_lies_beside_the_handler() -> None:
    package = pack(zipped(HANDLER, 2020), {"model.onnx": b"m", "release.json": b"{}"})
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == [
            "handler.py",
            "keepfit/__init__.py",
            "model/model.onnx",
            "model/release.json",
        ]
        assert archive.read("model/model.onnx") == b"m"


def test_everybody_may_read_what_lambda_unpacks() -> None:
    with zipfile.ZipFile(io.BytesIO(pack(zipped(HANDLER, 2020), {}))) as archive:
        assert {entry.external_attr >> 16 & 0o777 for entry in archive.infolist()} == {0o644}


def test_the_same_files_are_the_same_bytes_whatever_their_dates_and_order() -> None:
    turned = dict(reversed(HANDLER.items()))
    one = pack(zipped(HANDLER, 2020), {"a": b"1", "b": b"2"})
    other = pack(zipped(turned, 2024), {"b": b"2", "a": b"1"})
    assert one == other


def test_other_files_are_other_bytes() -> None:
    assert pack(zipped(HANDLER, 2020), {"a": b"1"}) != pack(zipped(HANDLER, 2020), {"a": b"2"})


def test_the_digest_is_written_as_lambda_writes_it() -> None:
    assert lambda_sha256(b"") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
