"""A CDK app with what the product's stacks are made of: a platform, and a model on it.

Run as ``python app.py OUTDIR [VARIANT]``; the variant only changes a tag-like environment variable, for updates.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_destinations as destinations
from aws_cdk import aws_logs as logs
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

HERE = Path(__file__).resolve().parent
DROP = cdk.RemovalPolicy.DESTROY


def _output(stack: cdk.Stack, name: str, value: str) -> None:
    # Constructs and outputs share one name space; the tests look outputs up by the short name.
    cdk.CfnOutput(stack, f"Output{name}", value=value).override_logical_id(f"Output{name}")


class Platform(cdk.Stack):
    """Buckets, table, cluster, identity and the HTTP API."""

    def __init__(self, scope: cdk.App, name: str, **kwargs: Any) -> None:
        super().__init__(scope, name, **kwargs)
        self.bucket = s3.Bucket(
            self,
            "Lake",
            versioned=True,
            enforce_ssl=True,
            encryption=s3.BucketEncryption.S3_MANAGED,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL,
            removal_policy=DROP,
        )
        plain: Any = self.bucket.node.default_child
        plain.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
        self.table = dynamodb.Table(
            self,
            "Registry",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="sk", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            removal_policy=DROP,
        )
        self._network()
        self._identity()

    def _network(self) -> None:
        public = ec2.SubnetConfiguration(name="public", subnet_type=ec2.SubnetType.PUBLIC)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            availability_zones=["us-east-1a", "us-east-1b"],
            nat_gateways=0,
            subnet_configuration=[public],
        )
        self.group = ec2.SecurityGroup(self, "Outbound", vpc=self.vpc, allow_all_outbound=True)
        self.cluster = ecs.Cluster(self, "Cluster", vpc=self.vpc)

    def _identity(self) -> None:
        pool = cognito.UserPool(self, "Clients", removal_policy=DROP)
        read = cognito.ResourceServerScope(scope_name="read", scope_description="read")
        write = cognito.ResourceServerScope(scope_name="write", scope_description="write")
        server = pool.add_resource_server("Server", identifier="ml", scopes=[read, write])

        def client(name: str, scopes: list[cognito.ResourceServerScope]) -> cognito.UserPoolClient:
            flows = cognito.OAuthFlows(client_credentials=True)
            granted = [cognito.OAuthScope.resource_server(server, scope) for scope in scopes]
            return pool.add_client(
                name,
                generate_secret=True,
                access_token_validity=cdk.Duration.minutes(5),
                o_auth=cognito.OAuthSettings(flows=flows, scopes=granted),
            )

        reader, writer = client("Reader", [read]), client("Writer", [read, write])
        pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix="loop-test"))
        self.api = gateway.HttpApi(self, "Api")
        self.authorizer_id = gateway.CfnAuthorizer(
            self,
            "Authorizer",
            api_id=self.api.api_id,
            authorizer_type="JWT",
            name="clients",
            identity_source=["$request.header.Authorization"],
            jwt_configuration=gateway.CfnAuthorizer.JWTConfigurationProperty(
                audience=[reader.user_pool_client_id, writer.user_pool_client_id],
                issuer=f"https://cognito-idp.{self.region}.amazonaws.com/{pool.user_pool_id}",
            ),
        ).ref
        outputs = {
            "Bucket": self.bucket.bucket_name,
            "Table": self.table.table_name,
            "ApiId": self.api.api_id,
            "Pool": pool.user_pool_id,
            "Reader": reader.user_pool_client_id,
            "Writer": writer.user_pool_client_id,
            "Cluster": self.cluster.cluster_name,
            "Subnets": cdk.Fn.join(
                ",", self.vpc.select_subnets(subnet_type=ec2.SubnetType.PUBLIC).subnet_ids
            ),
        }
        for name, value in outputs.items():
            _output(self, name, value)


class Model(cdk.Stack):
    """Functions, alias, task, state machine, alarms, logs to the lake."""

    def __init__(self, scope: cdk.App, name: str, *, platform: Platform, variant: str, **kwargs: Any) -> None:
        super().__init__(scope, name, **kwargs)
        self._platform = platform
        self._variant = variant
        self.probe = self._function("Probe", "probe", memory=256)
        self.small = self._function("Small", "probe", memory=128, timeout=2)
        self.broken = self._function("Broken", "broken", memory=128)
        for function in (self.probe, self.small):
            platform.bucket.grant_read_write(function)
            platform.table.grant_read_write_data(function)
        self._serve()
        self._train()
        self._listen()
        self._log_to_lake()
        outputs = {
            "Probe": self.probe.function_name,
            "Small": self.small.function_name,
            "Broken": self.broken.function_name,
        }
        for key, value in outputs.items():
            _output(self, key, value)

    def _function(self, name: str, folder: str, *, memory: int, timeout: int = 20) -> lambda_.Function:
        return lambda_.Function(
            self,
            name,
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=f"{folder}.handler",
            code=lambda_.Code.from_asset(str(HERE / folder)),
            memory_size=memory,
            timeout=cdk.Duration.seconds(timeout),
            environment={"TABLE": self._platform.table.table_name, "VARIANT": self._variant},
            log_group=logs.LogGroup(self, f"{name}Logs", removal_policy=DROP),
        )

    def _serve(self) -> None:
        layer = lambda_.LayerVersion(self, "Layer", code=lambda_.Code.from_asset(str(HERE / "layer")))
        serving = lambda_.Function(
            self,
            "Serving",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="probe.handler",
            code=lambda_.Code.from_asset(str(HERE / "probe")),
            layers=[layer],
            timeout=cdk.Duration.seconds(20),
            memory_size=512,
        )
        first = lambda_.CfnVersion(self, "First", function_name=serving.function_name)
        alias = lambda_.CfnAlias(
            self,
            "Live",
            name="live",
            function_name=serving.function_name,
            function_version=first.attr_version,
        )
        lambda_.CfnEventInvokeConfig(
            self,
            "Invoke",
            function_name=serving.function_name,
            qualifier=alias.name,
            maximum_retry_attempts=1,
        ).add_dependency(alias)
        api_id = self._platform.api.api_id
        integration = gateway.CfnIntegration(
            self,
            "Integration",
            api_id=api_id,
            integration_type="AWS_PROXY",
            integration_uri=alias.ref,
            payload_format_version="2.0",
        )
        lambda_.CfnPermission(
            self,
            "MayInvoke",
            action="lambda:InvokeFunction",
            function_name=alias.ref,
            principal="apigateway.amazonaws.com",
        )
        for key, scope in (("GET /read", "ml/read"), ("POST /write", "ml/write"), ("POST /open", None)):
            gateway.CfnRoute(
                self,
                "Route" + key.split("/")[1],
                api_id=api_id,
                route_key=key,
                target=f"integrations/{integration.ref}",
                authorization_type="JWT" if scope else "NONE",
                authorizer_id=self._platform.authorizer_id if scope else None,
                authorization_scopes=[scope] if scope else None,
            )
        gateway.CfnRoute(
            self,
            "RouteSigned",
            api_id=api_id,
            route_key="POST /signed",
            target=f"integrations/{integration.ref}",
            authorization_type="AWS_IAM",
        )
        _output(self, "ServingName", serving.function_name)
        _output(self, "AliasArn", alias.ref)

    def _train(self) -> None:
        platform = self._platform
        definition = ecs.FargateTaskDefinition(self, "Definition", cpu=256, memory_limit_mib=512)
        platform.bucket.grant_read_write(definition.task_role)
        self.task_logs = logs.LogGroup(self, "TaskLogs", removal_policy=DROP)
        container = definition.add_container(
            "step",
            image=ecs.ContainerImage.from_asset(str(HERE / "task")),
            logging=ecs.LogDriver.aws_logs(stream_prefix="step", log_group=self.task_logs),
            environment={"BUCKET": platform.bucket.bucket_name},
        )
        names = {
            "EXIT": "$.exit",
            "SLEEP": "$.sleep",
            "HOG_MIB": "$.hog",
            "RUN": "$.run",
            "TERM_FILE": "$.term",
        }
        override = tasks.ContainerOverride(
            container_definition=container,
            environment=[
                tasks.TaskEnvironmentVariable(name=name, value=sfn.JsonPath.string_at(path))
                for name, path in names.items()
            ],
        )
        run = tasks.EcsRunTask(
            self,
            "Train",
            integration_pattern=sfn.IntegrationPattern.RUN_JOB,
            cluster=platform.cluster,
            task_definition=definition,
            assign_public_ip=True,
            security_groups=[platform.group],
            launch_target=tasks.EcsFargateLaunchTarget(platform_version=ecs.FargatePlatformVersion.LATEST),
            container_overrides=[override],
            task_timeout=sfn.Timeout.at("$.timeout"),
        )
        caught = sfn.Pass(self, "Caught", parameters={"caught": sfn.JsonPath.object_at("$.error")})
        timed_out = sfn.Pass(self, "TimedOut", result=sfn.Result.from_object({"timed_out": True}))
        run.add_catch(timed_out, errors=["States.Timeout"], result_path="$.error")
        run.add_catch(caught, errors=["States.TaskFailed"], result_path="$.error")
        machine_logs = logs.LogGroup(self, "MachineLogs", removal_policy=DROP)
        machine = sfn.StateMachine(
            self,
            "Training",
            definition_body=sfn.DefinitionBody.from_chainable(run),
            timeout=cdk.Duration.minutes(5),
            logs=sfn.LogOptions(destination=machine_logs, level=sfn.LogLevel.ALL),
        )
        _output(self, "TaskDefinition", definition.task_definition_arn)
        _output(self, "Training", machine.state_machine_arn)
        _output(self, "MachineLogGroup", machine_logs.log_group_name)
        _output(self, "TaskLogGroup", self.task_logs.log_group_name)
        self._image_function()
        self._loop_machine()

    def _image_function(self) -> None:
        """The task's image as a function."""
        function = lambda_.DockerImageFunction(
            self,
            "ImageFunction",
            code=lambda_.DockerImageCode.from_image_asset(
                str(HERE / "task"), entrypoint=["python", "-m", "awslambdaric"], cmd=["step.handler"]
            ),
            memory_size=256,
            timeout=cdk.Duration.seconds(5),
            log_group=self.task_logs,
        )
        _output(self, "ImageFunctionName", function.function_name)

    def _loop_machine(self) -> None:
        count = tasks.LambdaInvoke(
            self,
            "Count",
            lambda_function=self.probe,
            payload=sfn.TaskInput.from_object(
                {
                    "count": sfn.JsonPath.string_at("$.key"),
                    "fail_first": sfn.JsonPath.number_at("$.fail_first"),
                }
            ),
            result_selector={"attempts": sfn.JsonPath.number_at("$.Payload.attempts")},
            result_path="$.counted",
            retry_on_service_exceptions=False,
        )
        count.add_retry(
            errors=["Quarantined"], max_attempts=3, interval=cdk.Duration.seconds(1), backoff_rate=1
        )
        item = tasks.LambdaInvoke(
            self,
            "Item",
            lambda_function=self.probe,
            payload=sfn.TaskInput.from_json_path_at("$"),
            result_selector={"answer": sfn.JsonPath.object_at("$.Payload")},
            retry_on_service_exceptions=False,
        )
        lost = sfn.Pass(self, "ItemLost", parameters={"lost": sfn.JsonPath.string_at("$.Error")})
        item.add_catch(lost, errors=["Quarantined"])
        each = sfn.Map(self, "Each", items_path="$.items", result_path="$.answers", max_concurrency=2)
        each.item_processor(item)
        read = tasks.CallAwsService(
            self,
            "Read",
            service="dynamodb",
            action="getItem",
            parameters={
                "TableName": self._platform.table.table_name,
                "Key": {"pk": {"S": sfn.JsonPath.string_at("$.key")}, "sk": {"S": "count"}},
            },
            iam_resources=[self._platform.table.table_arn],
            result_path="$.row",
        )
        wait = sfn.Wait(self, "Breathe", time=sfn.WaitTime.seconds_path("$.wait"))
        choose = (
            sfn.Choice(self, "Many?")
            .when(sfn.Condition.number_greater_than("$.counted.attempts", 1), sfn.Succeed(self, "Retried"))
            .otherwise(sfn.Succeed(self, "AtOnce"))
        )
        machine = sfn.StateMachine(
            self,
            "Loop",
            definition_body=sfn.DefinitionBody.from_chainable(
                count.next(each).next(read).next(wait).next(choose)
            ),
            timeout=cdk.Duration.minutes(5),
        )
        _output(self, "LoopMachine", machine.state_machine_arn)
        self.loop = machine

    def _listen(self) -> None:
        bucket = self._platform.bucket
        dead_letters = sqs.Queue(self, "DeadLetters", enforce_ssl=True)
        listener = self._function("Listener", "probe", memory=128)
        listener.configure_async_invoke(
            retry_attempts=1, on_failure=destinations.SqsDestination(dead_letters)
        )
        self._platform.table.grant_read_write_data(listener)
        quitter = lambda_.Function(
            self,
            "Quitter",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="probe.handler",
            code=lambda_.Code.from_asset(str(HERE / "probe")),
            retry_attempts=0,
            dead_letter_queue=dead_letters,
        )
        _output(self, "Quitter", quitter.function_name)
        uploaded = events.EventPattern(
            source=["aws.s3"],
            detail_type=["Object Created"],
            detail={"bucket": {"name": [bucket.bucket_name]}, "object": {"key": [{"prefix": "intake/"}]}},
        )
        rule = events.Rule(self, "Uploaded", event_pattern=uploaded)
        rule.add_target(targets.LambdaFunction(listener, dead_letter_queue=dead_letters, retry_attempts=2))
        alarm = cloudwatch.Alarm(
            self,
            "Drift",
            alarm_name="loop-drift",
            metric=cloudwatch.Metric(
                namespace="loop",
                metric_name="worst_drift",
                dimensions_map={"Model": "a"},
                statistic="Maximum",
                period=cdk.Duration.seconds(10),
            ),
            threshold=0.25,
            evaluation_periods=1,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
            treat_missing_data=cloudwatch.TreatMissingData.IGNORE,
        )
        dashboard = cloudwatch.Dashboard(self, "Dashboard", dashboard_name="loop")
        dashboard.add_widgets(cloudwatch.AlarmWidget(alarm=alarm))
        standing = events.EventPattern(
            source=["aws.cloudwatch"],
            detail_type=["CloudWatch Alarm State Change"],
            detail={"alarmName": [alarm.alarm_name], "state": {"value": ["ALARM"]}},
        )
        retrain = events.Rule(self, "Drifted", event_pattern=standing)
        message = events.RuleTargetInput.from_object(
            {"key": events.EventField.from_path("$.id"), "fail_first": 0, "items": [], "wait": 0}
        )
        retrain.add_target(targets.SfnStateMachine(self.loop, input=message))
        _output(self, "Alarm", alarm.alarm_name)
        _output(self, "Listener", listener.function_name)
        _output(self, "DeadLetters", dead_letters.queue_url)

    def _log_to_lake(self) -> None:
        bucket = self._platform.bucket
        role = iam.Role(self, "FirehoseRole", assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"))
        bucket.grant_write(role)
        stream = firehose.CfnDeliveryStream(
            self,
            "Stream",
            delivery_stream_type="DirectPut",
            extended_s3_destination_configuration=firehose.CfnDeliveryStream.ExtendedS3DestinationConfigurationProperty(
                bucket_arn=bucket.bucket_arn,
                role_arn=role.role_arn,
                prefix="prediction-log/!{timestamp:yyyy/MM/dd/HH}/",
                error_output_prefix="firehose-errors/",
                buffering_hints=firehose.CfnDeliveryStream.BufferingHintsProperty(
                    interval_in_seconds=60, size_in_m_bs=5
                ),
            ),
        )
        to_firehose = iam.Role(self, "LogsRole", assumed_by=iam.ServicePrincipal("logs.amazonaws.com"))
        to_firehose.add_to_policy(
            iam.PolicyStatement(actions=["firehose:PutRecord*"], resources=[stream.attr_arn])
        )
        group: Any = self.probe.log_group
        logs.CfnSubscriptionFilter(
            self,
            "Predictions",
            log_group_name=group.log_group_name,
            filter_pattern='{ $.kind = "prediction" }',
            destination_arn=stream.attr_arn,
            role_arn=to_firehose.role_arn,
        )


def main(outdir: str, variant: str) -> None:
    """Synthesize."""
    app = cdk.App(outdir=outdir)
    platform = Platform(app, "loop-platform")
    model = Model(app, "loop-model", platform=platform, variant=variant)
    model.add_dependency(platform)
    app.synth()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "first")
