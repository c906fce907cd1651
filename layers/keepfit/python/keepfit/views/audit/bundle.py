"""The files of an audit's archive: the evidence of a version, and what other tools read of it."""

from __future__ import annotations

import json

from keepfit.views.audit.bill_of_materials import bill_of_materials
from keepfit.views.audit.evidence import VersionEvidence
from keepfit.views.audit.lineage_events import lineage_events
from keepfit.views.audit.model_card import model_card
from keepfit.views.document import to_json


def bundle_files(evidence: VersionEvidence, kept: dict[str, bytes]) -> dict[str, bytes]:
    """The files by their paths: what was ``kept`` as it is, ledger, record, and three forms of the whole."""
    events = [json.dumps(event, allow_nan=False) for event in lineage_events(evidence)]
    return {
        **kept,
        "README.md": model_card(evidence).encode(),
        "ml-bom.cdx.json": to_json(bill_of_materials(evidence)).encode(),
        "openlineage.ndjson": "".join(f"{event}\n" for event in events).encode(),
        "ledger.json": to_json(evidence.ledger).encode(),
        "record.json": to_json(
            {"version": evidence.version, "run": evidence.run.run if evidence.run else None}
        ).encode(),
    }
