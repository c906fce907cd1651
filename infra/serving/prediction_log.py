"""Every prediction, from the function's log into the lake."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.access import Access, give, write_files
from infra.model_place import ModelPlace

_EVERY = Duration.minutes(1)
_MEGABYTES = 5


class PredictionLog(Construct):
    """Log lines of kind "prediction", as CloudWatch Logs packs them, below ``prediction-log/<model>/`` by the hour."""

    def __init__(
        self, scope: Construct, construct_id: str, *, place: ModelPlace, source: logs.ILogGroup
    ) -> None:
        super().__init__(scope, construct_id)
        prefix = f"prediction-log/{place.model.name}/"
        writer = iam.Role(self, "Writer", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"))
        destination = ("s3:GetBucketLocation", "s3:ListBucketMultipartUploads")
        give(
            writer,
            [
                *write_files(place.platform.lake, prefix, f"prediction-log-errors/{place.model.name}/"),
                Access(actions=destination, resources=(place.platform.lake.bucket_arn,)),
            ],
        )
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
                    bucket_arn=place.platform.lake.bucket_arn,
                    role_arn=writer.role_arn,
                    prefix=prefix + "!{timestamp:yyyy/MM/dd/HH}/",
                    error_output_prefix=(
                        f"prediction-log-errors/{place.model.name}/"
                        "!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd/HH}/"
                    ),
                    buffering_hints=firehose.CfnDeliveryStream.BufferingHintsProperty(
                        interval_in_seconds=int(_EVERY.to_seconds()), size_in_m_bs=_MEGABYTES
                    ),
                    compression_format="UNCOMPRESSED",  # what arrives is gzip already
                )
            ),
        )
        stream.node.add_dependency(writer)
        sender = self._sender(stream)
        subscription = logs.CfnSubscriptionFilter(
            self,
            "Predictions",
            log_group_name=source.log_group_name,
            filter_pattern='{ $.kind = "prediction" }',
            destination_arn=stream.attr_arn,
            role_arn=sender.role_arn,
        )
        subscription.node.add_dependency(sender)

    def _sender(self, stream: firehose.CfnDeliveryStream) -> iam.Role:
        stack = Stack.of(self)
        groups = stack.format_arn(service="logs", resource="*")
        principal = iam.ServicePrincipal(
            "logs.amazonaws.com", conditions={"StringLike": {"aws:SourceArn": groups}}
        )
        sender = iam.Role(self, "Sender", assumed_by=principal)
        sending = ("firehose:PutRecord", "firehose:PutRecordBatch")
        give(sender, [Access(actions=sending, resources=(stream.attr_arn,))])
        return sender
