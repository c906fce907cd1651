"""The function that takes outcomes of predictions from clients, and its route."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.constructs.access import put_items, read_objects, write_objects
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import Layers
from infra.features.lake import Lake
from infra.serving.http_api import Api
from infra.serving.write_route import add_write_route
from keepfit import variables
from keepfit.api_routes import OUTCOME_WRITERS, OUTCOMES_PATH
from keepfit.definitions.compiled_model import CompiledDataset, CompiledDatasets
from keepfit.layout import DATASET_PARTITIONS, OUTCOMES


class Outcomes(Construct):
    """One function and one route for the outcomes of all models that take them by prediction id.

    ``datasets`` are those of their outcomes, by the names of the models.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        datasets: dict[str, CompiledDataset],
        lake: Lake,
        registry: dynamodb.ITable,
        api: Api,
        layers: Layers,
    ) -> None:
        super().__init__(scope, construct_id)
        definitions = DefinitionFile(
            self, "Datasets", definition=CompiledDatasets(datasets=datasets), name="outcomes"
        )
        live = f"*{OUTCOMES}/live/"
        function = HandlerFunction(
            self,
            "WriteOutcomes",
            props=FunctionProps(name="write_outcomes", layers=("keepfit", "powertools"), timeout_s=15),
            layers=layers,
            environment={
                variables.INTAKE_BUCKET: lake.intake.bucket_name,
                variables.REGISTRY_TABLE: registry.table_name,
                **definitions.environment,
                **api.metering,
            },
            access=[
                *write_objects(lake.intake, live),
                *read_objects(lake.intake, live),
                put_items(registry, f"{DATASET_PARTITIONS}*{OUTCOMES}"),
                definitions.read_access,
                api.meter,
            ],
        ).function
        add_write_route(
            self,
            api=api,
            function=function,
            path=OUTCOMES_PATH,
            group=OUTCOME_WRITERS,
            may="report outcomes of predictions",
        )
