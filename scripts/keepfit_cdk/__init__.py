"""The stacks, for CDK apps: import it before ``aws_cdk``, since it gives jsii its Node.

``KeepfitApp().synth()`` is a whole app. In an app of your own, ``add_stacks`` adds all stacks, or ``LayersStack``,
``PlatformStack`` and ``ModelStack`` are added one by one. ``Platform.imported_into(stack)`` has what models share.
"""

from __future__ import annotations

from infra.app import KeepfitApp, Stacks, add_stacks
from infra.platform_exports import Platform
from infra.settings import FEATURE_FLAGS, InvalidSetting, Settings
from infra.stacks.layers import LayersStack
from infra.stacks.model import ModelStack
from infra.stacks.platform import PlatformStack
from keepfit.definitions.compiling import compile_all
from keepfit.errors import InvalidDefinition

__all__ = [
    "FEATURE_FLAGS",
    "InvalidDefinition",
    "InvalidSetting",
    "KeepfitApp",
    "LayersStack",
    "ModelStack",
    "Platform",
    "PlatformStack",
    "Settings",
    "Stacks",
    "add_stacks",
    "compile_all",
]
