"""What must hold of every model of this repository."""

from pathlib import Path

from keepfit.definitions.compiling import examine

EXAMINED = examine(Path(__file__).parents[1] / "models")


def test_the_definitions_are_in_order() -> None:
    assert [mistake.message for mistake in EXAMINED.mistakes] == []


def test_no_model_reads_its_own_label() -> None:
    for name, model in EXAMINED.compiled.models.items():
        assert model.definition.label not in model.definition.inputs, name
