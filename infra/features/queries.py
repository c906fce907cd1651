"""Queries in SQL over the datasets' tables: an Athena workgroup, and the policy of who may ask."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs.access import Access, allow, read_objects, write_files
from infra.features.lake import Lake
from keepfit.layout import DATABASE, PARTS, QUERY_RESULTS, WORKGROUP

# Athena charges by the bytes read; 50 GB are a quarter of a dollar.
_MAX_SCANNED_BYTES = 50_000_000_000
_QUERIES = (
    "athena:StartQueryExecution",
    "athena:GetQueryExecution",
    "athena:GetQueryResults",
    "athena:StopQueryExecution",
)
_TABLES = ("glue:GetDatabase", "glue:GetTable", "glue:GetPartitions")


class Queries(Construct):
    """The workgroup in which people ask, whose limits no client can lift.

    Nobody may ask by it alone: ``policy`` is for the roles of those who should.
    """

    def __init__(self, scope: Construct, construct_id: str, *, lake: Lake) -> None:
        super().__init__(scope, construct_id)
        results = athena.CfnWorkGroup.ResultConfigurationProperty(
            output_location=lake.lake.s3_url_for_object(QUERY_RESULTS),
            expected_bucket_owner=Stack.of(self).account,
            encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                encryption_option="SSE_S3"
            ),
        )
        self.workgroup = athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=WORKGROUP,
            description="keepfit: questions about the datasets, in SQL",
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                bytes_scanned_cutoff_per_query=_MAX_SCANNED_BYTES,
                publish_cloud_watch_metrics_enabled=False,
                requester_pays_enabled=False,
                result_configuration=results,
            ),
        )
        self.policy = iam.ManagedPolicy(
            self, "Policy", description="keepfit: asks the datasets' tables by SQL, and changes nothing"
        )
        allow(self.policy, [*_asking(Stack.of(self)), *_reading(lake), *_results(lake)])


def _asking(stack: Stack) -> list[Access]:
    """Asks in this one workgroup, about the tables of this one database."""
    workgroup = stack.format_arn(service="athena", resource="workgroup", resource_name=WORKGROUP)
    tables = [
        stack.format_arn(service="glue", resource=resource)
        for resource in ("catalog", f"database/{DATABASE}", f"table/{DATABASE}/*")
    ]
    return [
        Access(actions=_QUERIES, resources=(workgroup,)),
        Access(actions=_TABLES, resources=tuple(tables), wildcard=Acknowledged.TABLES_OF_ONE_DATABASE),
    ]


def _reading(lake: Lake) -> list[Access]:
    return [*read_objects(lake.lake, PARTS)]


def _results(lake: Lake) -> list[Access]:
    """Athena writes and reads results as who asks, and looks first where their bucket is."""
    return [
        *read_objects(lake.lake, QUERY_RESULTS),
        *write_files(lake.lake, QUERY_RESULTS),
        Access(actions=("s3:GetBucketLocation",), resources=(lake.lake.bucket_arn,)),
    ]
