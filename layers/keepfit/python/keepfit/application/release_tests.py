"""Tests and judges a release over HTTPS on a weight of zero; report and verdicts stay with the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import msgspec

from keepfit.definitions.model import ModelDefinition
from keepfit.errors import GoldenRequestsFailed, NotFound, SystemTestsFailed
from keepfit.features.schema.signature import Signature
from keepfit.registry.release_report import ReleaseReport
from keepfit.registry.verdicts import Verdict
from keepfit.registry.versions import ModelVersion
from keepfit.serving.release.golden import GoldenRequest
from keepfit.serving.release.requests_to_test import (
    expected_test,
    golden_tests,
    lookup_tests,
    refusal_tests,
)
from keepfit.serving.release.system_tests import SystemTest, SystemTests
from keepfit.training.gates_definition import GatesDefinition
from keepfit.training.judging.gates.registry import release_gates
from keepfit.training.judging.gates.severity import severity_of
from keepfit.training.runs.run_files import SYSTEM_TESTS, RunFiles

_KEPT = "the version stays registered, and the champion keeps serving"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseTests:
    """See ``serving.release.prepare.ReleaseTesting``.

    Args:
        system: asks the release.
        files: of the run that releases.
        gates: its definition's.
        trained_by: the definition of a run by its id, whose `expected` tests are the version's own.
    """

    system: SystemTests
    files: RunFiles
    gates: GatesDefinition
    trained_by: Callable[[str], ModelDefinition]

    def test(
        self,
        lambda_version: str,
        version: ModelVersion,
        *,
        golden: Sequence[GoldenRequest],
        signature: Signature,
    ) -> ReleaseReport:
        task = signature.task.kind
        tests = [
            *golden_tests(golden, version=version.version, task=task),
            *refusal_tests(golden[0].instance),
            *lookup_tests(golden[0].instance, signature, version=version.version),
            *self._expected(version, task),
        ]
        report = self.system.run(lambda_version, version.version, tests)
        verdicts = [
            msgspec.structs.replace(gate(report), severity=severity_of(name, self.gates))
            for name, gate in release_gates().items()
        ]
        kept = msgspec.structs.replace(report, verdicts=verdicts)
        self.files.put(SYSTEM_TESTS, msgspec.json.format(msgspec.json.encode(kept)))
        _raise_what_stops(verdicts)
        return kept

    def _expected(self, version: ModelVersion, task: str) -> Iterator[SystemTest]:
        """The model's `expected` tests; none where a model that fails them may be released."""
        if severity_of("model_tests", self.gates) != "required":
            return
        try:
            tests = self.trained_by(version.run_id).tests
        except NotFound:
            return
        for test in tests:
            if test.kind == "expected":
                yield expected_test(
                    f"expected: {test.name}",
                    test.instance or {},
                    test.answer,
                    tolerance=test.tolerance,
                    version=version.version,
                    task=task,
                )


def _raise_what_stops(verdicts: Sequence[Verdict]) -> None:
    stops = {verdict.gate: verdict for verdict in verdicts if verdict.stops}
    if "golden" in stops:
        raise GoldenRequestsFailed(f"{stops['golden'].reason}; {_KEPT}")
    for name, verdict in stops.items():
        raise SystemTestsFailed(f"{name}: {verdict.reason}; {_KEPT}")
