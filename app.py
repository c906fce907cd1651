"""The CDK app of this checkout."""

from __future__ import annotations

from infra.app import KeepfitApp

app = KeepfitApp()
app.synth()
