"""The delivery of prediction logs from CloudWatch Logs to the lake."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra.acknowledgements import Acknowledged
from infra.constructs.access import Access, grant, write_files
from infra.model_context import ANY_MODEL, ModelContext
from infra.platform_exports import PredictionLogRoles
from keepfit.layout import PREDICTION_LOGS, UNDELIVERED_LOGS

_BUFFER_INTERVAL = Duration.minutes(1)
_BUFFER_MB = 5


class PredictionLog(Construct):
    """Delivers a model's logged predictions to ``prediction-log/<model>/``, by the hour."""

    def __init__(
        self, scope: Construct, construct_id: str, *, context: ModelContext, source: logs.ILogGroup
    ) -> None:
        super().__init__(scope, construct_id)
        prefix, roles = context.scope.prediction_log, context.platform.prediction_log
        stream = firehose.CfnDeliveryStream(
            self,
            "Stream",
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=(
                firehose.CfnDeliveryStream.DeliveryStreamEncryptionConfigurationInputProperty(
                    key_type="AWS_OWNED_CMK"
                )
            ),
            extended_s3_destination_configuration=(
                firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty(
                    bucket_arn=context.platform.lake.bucket_arn,
                    role_arn=roles.writer,
                    prefix=prefix + "!{timestamp:yyyy/MM/dd/HH}/",
                    error_output_prefix=(
                        f"{context.scope.undelivered_log}"
                        "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/"
                    ),
                    buffering_hints=firehose.CfnDeliveryStream.BufferingHintsProperty(
                        interval_in_seconds=int(_BUFFER_INTERVAL.to_seconds()), size_in_m_bs=_BUFFER_MB
                    ),
                    compression_format="UNCOMPRESSED",  # what arrives is gzip already
                )
            ),
        )
        logs.CfnSubscriptionFilter(
            self,
            "Predictions",
            log_group_name=source.log_group_name,
            filter_pattern='{ $.kind = "prediction" }',
            destination_arn=stream.attr_arn,
            role_arn=roles.sender,
        )


class PredictionLogDelivery(Construct):
    """The roles of Firehose and CloudWatch Logs for the predictions of all models; no function has them.

    A model's stream and subscription filter, which only a deployment makes, select the destination.
    """

    def __init__(self, scope: Construct, construct_id: str, *, lake: s3.IBucket) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        writer = iam.Role(self, "Writer", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"))
        destination = ("s3:GetBucketLocation", "s3:ListBucketMultipartUploads")
        grant(
            writer,
            [
                *write_files(lake, PREDICTION_LOGS, UNDELIVERED_LOGS),
                Access(actions=destination, resources=(lake.bucket_arn,)),
            ],
        )
        groups = stack.format_arn(service="logs", resource="*")
        principal = iam.ServicePrincipal(
            "logs.amazonaws.com", conditions={"StringLike": {"aws:SourceArn": groups}}
        )
        sender = iam.Role(self, "Sender", assumed_by=principal)
        streams = stack.format_arn(service="firehose", resource="deliverystream", resource_name=ANY_MODEL)
        grant(
            sender,
            [
                Access(
                    actions=("firehose:PutRecord", "firehose:PutRecordBatch"),
                    resources=(streams,),
                    wildcard=Acknowledged.MODELS_NOT_YET_DEPLOYED,
                )
            ],
        )
        self.roles = PredictionLogRoles(writer=writer.role_arn, sender=sender.role_arn)
