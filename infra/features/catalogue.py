"""The database of the datasets' tables, and the function that registers new versions in it."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_glue as glue
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs.access import Access, read_items, read_objects
from infra.constructs.dead_letter_queue import DeadLetterQueue
from infra.constructs.definition_file import DefinitionFile
from infra.constructs.event_target import retried
from infra.constructs.function import FunctionProps, HandlerFunction
from infra.constructs.layers import Layers
from infra.features.lake import Lake
from keepfit import variables
from keepfit.events import DATASET_UPDATED, SOURCE
from keepfit.layout import DATABASE, DATASET_PARTITIONS, MANIFESTS, PARTS

_TABLES = (
    "glue:GetTable",
    "glue:CreateTable",
    "glue:UpdateTable",
    "glue:GetPartitions",
    "glue:BatchCreatePartition",
    "glue:BatchUpdatePartition",
    "glue:DeletePartition",
)


class DataCatalogue(Construct):
    """Each dataset as a table of the Glue Data Catalog, which Athena, Spark and others read.

    What it says is made of manifests alone and can be made again, so the database goes with the stack; rows do not.
    An event that could not be handled is tried for six hours, and any later one does its work too.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        definitions: DefinitionFile,
        lake: Lake,
        registry: dynamodb.ITable,
        dead_letter_queue: DeadLetterQueue,
        layers: Layers,
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=stack.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=DATABASE, description="keepfit: each dataset as a table of its newest version"
            ),
        )
        self.function = HandlerFunction(
            self,
            "RegisterTable",
            props=FunctionProps(name="register_table", layers=("keepfit", "powertools"), timeout_s=300),
            layers=layers,
            environment={
                variables.LAKE_BUCKET: lake.lake.bucket_name,
                variables.REGISTRY_TABLE: registry.table_name,
                variables.CATALOGUE_DATABASE: DATABASE,
                **definitions.environment,
            },
            access=[
                *read_objects(lake.lake, MANIFESTS),
                _list_parts(lake),
                read_items(registry, f"{DATASET_PARTITIONS}*"),
                definitions.read_access,
                _write_tables(stack),
            ],
            dead_letter_queue=dead_letter_queue,
        ).function
        self.function.node.add_dependency(database)
        events.Rule(
            self,
            "NewVersion",
            description="A dataset has a new version",
            event_pattern=events.EventPattern(source=[SOURCE], detail_type=[DATASET_UPDATED]),
            targets=[retried(self.function, dead_letter_queue, attempts=8)],
        )


def _list_parts(lake: Lake) -> Access:
    """Lists which parts are there, and reads none of them: rows may have expired."""
    return Access(
        actions=("s3:ListBucket",),
        resources=(lake.lake.bucket_arn,),
        conditions={"StringLike": {"s3:prefix": [PARTS]}},
    )


def _write_tables(stack: Stack) -> Access:
    """Writes tables and partitions of this one database; Glue checks its catalogue and the database, too."""
    arns = [
        stack.format_arn(service="glue", resource=resource)
        for resource in ("catalog", f"database/{DATABASE}", f"table/{DATABASE}/*")
    ]
    return Access(actions=_TABLES, resources=tuple(arns), wildcard=Acknowledged.TABLES_OF_ONE_DATABASE)
