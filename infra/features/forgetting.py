"""The function that forgets entities: the one that deletes, and is for people who may have that done."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import Stack
from constructs import Construct

from infra.constructs.access import (
    find_items,
    list_versions,
    put_events,
    read_items,
    read_versions,
    remove_versions,
    tag_objects,
    update_items,
    write_items,
    write_objects,
)
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import Layers
from infra.features.lake import Lake
from infra.registry.registry import Registry
from keepfit import variables
from keepfit.events import DATASET_UPDATED
from keepfit.layout import (
    DATASET_PARTITIONS,
    DATASETS,
    MODEL_PARTITIONS,
    PARTS,
    PREDICTION_LOGS,
    PREDICTIONS,
    RUN_ROWS,
    RUNS,
    VIEW_PARTITIONS,
)

_UPLOADS = "?*/"
_ROWS = (DATASETS, PREDICTION_LOGS, PREDICTIONS)


class Forgetting(Construct):
    """``function`` rewrites what holds an entity, and removes versions of objects; nothing else may.

    It is invoked by a person. ``views`` is where it reads which views are online.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definitions: DefinitionFile,
        views: DefinitionFile | None,
        lake: Lake,
        registry: Registry,
        layers: Layers,
    ) -> None:
        super().__init__(scope, construct_id)
        table = registry.table
        self.function = HandlerFunction(
            self,
            "ForgetEntity",
            props=FunctionProps(
                name="forget_entity",
                layers=("keepfit", "data", "powertools"),
                timeout_s=900,
                memory_mb=1024,
                ephemeral_storage_gb=10,
            ),
            layers=layers,
            environment={**self._places(lake, registry), **definitions.environment, **_of(views)},
            access=[
                *read_versions(lake.intake, _UPLOADS),
                list_versions(lake.intake, _UPLOADS),
                remove_versions(lake.intake, _UPLOADS),
                *read_versions(lake.lake, *_ROWS),
                *write_objects(lake.lake, *_ROWS),
                tag_objects(lake.lake, PARTS),
                list_versions(lake.lake, *_ROWS),
                remove_versions(lake.lake, *_ROWS),
                list_versions(registry.artifacts, RUNS),
                remove_versions(registry.artifacts, RUN_ROWS),
                write_items(table, f"{DATASET_PARTITIONS}*"),
                update_items(table, f"{DATASET_PARTITIONS}*"),
                find_items(table, f"{DATASET_PARTITIONS}*", f"{MODEL_PARTITIONS}*"),
                read_items(table, f"{VIEW_PARTITIONS}*"),
                put_events(Stack.of(self), DATASET_UPDATED),
                definitions.read_access,
                *([views.read_access] if views else []),
            ],
        ).function

    def _places(self, lake: Lake, registry: Registry) -> Mapping[str, str]:
        return {
            variables.INTAKE_BUCKET: lake.intake.bucket_name,
            variables.LAKE_BUCKET: lake.lake.bucket_name,
            variables.ARTIFACTS_BUCKET: registry.artifacts.bucket_name,
            variables.REGISTRY_TABLE: registry.table.table_name,
        }


def _of(views: DefinitionFile | None) -> dict[str, str]:
    return {variables.ONLINE_VIEWS: views.environment[variables.DEFINITION]} if views else {}
