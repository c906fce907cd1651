#!/bin/sh
# cyclonedx-python-lib 11.12.0 reads a valid CycloneDX 1.6 bill of a model, and writes it back without its card and its data.
#
# The library validates the bill against the schema that it brings, in which `modelCard` and `data` stand. `Bom.from_json`
# takes the same bill without a word or a warning and keeps neither, so that a tool that merges, signs or re-writes a machine
# learning bill by it publishes one that says nothing of metrics, limits and datasets any more. Bills of models are to be
# handled as JSON, and validated by the schema alone.
# The guess was that what validates survives reading and writing. Seen on 2026-11-30 with Python 3.11.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet "cyclonedx-python-lib[json-validation]==11.12.0"
"$folder/venv/bin/python" -W error - <<'PY'
import json
import sys
from importlib.metadata import version

from cyclonedx.model.bom import Bom
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

CARD = {
    "modelParameters": {"task": "binary classification", "datasets": [{"ref": "data"}]},
    "quantitativeAnalysis": {"performanceMetrics": [{"type": "roc_auc", "value": "0.71"}]},
}
BILL = {
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
    "version": 1,
    "metadata": {
        "component": {
            "type": "machine-learning-model", "bom-ref": "model", "name": "m", "version": "1", "modelCard": CARD,
        }
    },
    "components": [
        {"type": "data", "bom-ref": "data", "name": "d", "version": "3", "data": [{"type": "dataset", "name": "d"}]}
    ],
    "dependencies": [{"ref": "model", "dependsOn": ["data"]}, {"ref": "data"}],
}

errors = JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(BILL))
again = json.loads(JsonV1Dot6(Bom.from_json(json.loads(json.dumps(BILL)))).output_as_string())
model, [data] = again["metadata"]["component"], again["components"]
print(f"cyclonedx-python-lib {version('cyclonedx-python-lib')}: the bill is valid: {errors is None}")
print(f"read and written again, the model has {sorted(model)}")
print(f"and its data            {sorted(data)}")
lost = "modelCard" not in model and "data" not in data
sys.exit(0 if errors is None and lost else 1)
PY
