"""Channels: one place each, and models that there are."""

from __future__ import annotations

from pathlib import Path

import pytest

from keepfit.definitions.compiling import compile_all
from keepfit.errors import InvalidDefinition

MODEL = """
[dataset.told_trips]
event_time = "at"
[dataset.told_trips.fields]
at = { type = "timestamp" }
late = { type = "bool", nullable = true }
[model.told_lateness]
dataset = "told_trips"
label = "late"
inputs = ["at"]
"""
TOPIC = "arn:aws:sns:eu-west-1:123456789012:pager"


def compiled(folder: Path, channels: str, model: str = MODEL) -> dict[str, object]:
    (folder / "models.toml").write_text(model + channels)
    return dict(compile_all(folder).channels.channels)


def test_each_channel_has_one_place_to_go(tmp_path: Path) -> None:
    found = compiled(
        tmp_path,
        f"""
        [channel.team]
        mail = ["ada@example.org"]
        models = ["told_lateness"]
        [channel.pager]
        topic = "{TOPIC}"
        about = ["alarm", "incident"]
        [channel.chat]
        webhook = "/keepfit/chat"
        """,
    )
    assert sorted(found) == ["chat", "pager", "team"]


@pytest.mark.parametrize(
    ("channel", "told"),
    [
        ("", "[channel.team] says nowhere to whom notices go; write mail, topic or webhook"),
        (
            f'mail = ["a@b.org"]\ntopic = "{TOPIC}"',
            "[channel.team] has mail and topic; make a channel of each",
        ),
        ('mail = ["a@b.org"]\nmodels = ["told_latenes"]', "did you mean 'told_lateness'?"),
        ('mail = ["ada"]', "[channel.team] mail cannot be ada"),
        ("mail = []", "[channel.team] says nowhere to whom notices go"),
        ('topic = "pager"', "[channel.team] topic cannot be pager"),
        ('webhook = "https://hooks.example.org/secret"', "[channel.team] webhook cannot be"),
        (
            'mail = ["a@b.org"]\nabout = ["drift"]',
            "about cannot be drift; it can be alarm, approval, release",
        ),
        ('post = "here"', "[channel.team] post is not a known key"),
    ],
)
def test_a_mistake_is_told_by_table_and_key(tmp_path: Path, channel: str, told: str) -> None:
    with pytest.raises(InvalidDefinition) as raised:
        compiled(tmp_path, f"[channel.team]\n{channel}\n")
    assert told in str(raised.value).replace("'ada'", "ada").replace("'pager'", "pager").replace(
        "'drift'", "drift"
    )


def test_a_model_that_is_wrong_by_itself_is_no_mistake_of_the_channel(tmp_path: Path) -> None:
    wrong = MODEL.replace('label = "late"', 'label = "early"')
    with pytest.raises(InvalidDefinition) as raised:
        compiled(tmp_path, '[channel.team]\nmail = ["a@b.org"]\nmodels = ["told_lateness"]', wrong)
    assert "channel" not in str(raised.value)
