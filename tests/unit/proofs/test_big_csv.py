from __future__ import annotations

from proofs.big_csv import prove


def test_a_small_file_of_each_kind_holds_and_every_row_is_accounted_for() -> None:
    said: list[str] = []
    proof = prove(said.append, size_gb=0.002)
    assert proof.holds, proof
    assert len(said) == len(proof.figures) == 2
    for found in proof.figures.values():
        assert found["outcome"] == "taken"
        assert found["bad_rows"] == found["file_bad_rows"] > 0
