"""The ECS cluster and network of training tasks, and the role that starts them."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr_assets as ecr_assets
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
from infra.constructs import architecture
from infra.constructs.access import Access, grant
from infra.settings import Settings


class TrainingCluster(Construct):
    """An ECS cluster in public subnets without NAT gateway or inbound rule, free of cost while empty.

    ``spot`` is whether tasks of a model ask for spot capacity.

    Each task has an address of its own. The zones are the region's first two, chosen when the stack is deployed:
    synthesis makes no call to AWS.
    """

    def __init__(self, scope: Construct, construct_id: str, *, spot: bool) -> None:
        super().__init__(scope, construct_id)
        vpc = ec2.Vpc(
            self,
            "Network",
            max_azs=2,
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(name="Tasks", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=24)
            ],
            # S3 without leaving the network of AWS, and without a charge.
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)
            },
            restrict_default_security_group=False,
        )
        acknowledge(vpc, Acknowledged.NETWORK_WITHOUT_LISTENERS)
        self.vpc = vpc
        self.subnets = [subnet.subnet_id for subnet in vpc.public_subnets]
        security_group = ec2.SecurityGroup(
            self,
            "Tasks",
            vpc=vpc,
            description="Training tasks: TLS out, nothing in",
            allow_all_outbound=False,
        )
        security_group.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS endpoints over TLS")
        self.security_group = security_group.security_group_id
        # Its tasks request Fargate themselves. Capacity providers are associated afterwards, and only for spot: they
        # need a role that an account has only after its first cluster.
        cluster = ecs.CfnCluster(self, "Cluster", cluster_name=Stack.of(self).stack_name)
        acknowledge(cluster, Acknowledged.RUNS_REPORT_THEMSELVES)
        self.name = cluster.ref
        if spot:
            ecs.CfnClusterCapacityProviderAssociations(
                self,
                "Capacity",
                cluster=cluster.ref,
                capacity_providers=["FARGATE", "FARGATE_SPOT"],
                default_capacity_provider_strategy=[],
            )


class TaskExecution(Construct):
    """The execution role of all training tasks, which pulls their image and writes to ``logs``.

    Each model's task has a role of its own for what its program does; this one is never handed to a program.
    """

    def __init__(self, scope: Construct, construct_id: str, *, settings: Settings) -> None:
        super().__init__(scope, construct_id)
        self.logs = logs.LogGroup(
            self, "Logs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=settings.removal_policy
        )
        self.role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"))
        image = ecr_assets.DockerImageAsset(
            self, "Image", directory=settings.image_context, platform=architecture.IMAGES
        )
        image.repository.grant_pull(self.role)
        # The registry's login token is the one thing the puller may ask for that has no resource.
        acknowledge(self.role, Acknowledged.ACTION_WITHOUT_RESOURCES, "Resource::*")
        writing = ("logs:CreateLogStream", "logs:PutLogEvents")
        grant(self.role, [Access(actions=writing, resources=(self.logs.log_group_arn,))])
