"""The services, target groups and rules of a model that containers serve."""

from __future__ import annotations

from aws_cdk import Duration, Stack
from aws_cdk import aws_applicationautoscaling as scaling
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.model_context import ModelContext
from infra.platform_exports import imported
from infra.serving.container_network import CONTAINER_PORT, rule_priority
from infra.serving.container_task import CONTAINER, serving_task
from keepfit.serving.release.slots import SLOTS, Slot

_HEALTH = "/v2/health/ready"
_UNRELEASED = (
    '{"type":"about:blank","title":"Service Unavailable","status":503,"detail":"no model is released yet: '
    'upload data, or see `keepfit runs` for why training released none","code":"not_released","errors":[]}'
)


class ServingContainer(Construct):
    """Two slots, blue and green: an ECS service each, with its target groups.

    A release is deployed to the idle one.

    The template names nothing that serves: a service has the family of the stack's task definition without a revision,
    no task, and no bounds of its autoscaling but zero; a rule refuses. None of it has a property that a later
    deployment could change, so only a release brings tasks, bounds and weights.

    ``log_group`` takes the lines of tasks, the predictions among them. Tasks may read their package, and nothing else.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: ModelContext,
        log_group: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        self._context, self._serving = context, context.model.serving
        self.task = serving_task(self, context=context, log_group=log_group)
        self.family = f"{context.scope.stack}-release"
        self.live = self._refusing("Live", 1, [context.scope.path, context.scope.infer_path])
        self.next = self._refusing("Next", 0, [context.scope.next_path])
        self._groups = {
            slot: {kind: self._target_group(f"{slot}_{kind}") for kind in ("live", "next")} for slot in SLOTS
        }
        self._attached = self._attach()
        self.services: list[ecs.CfnService] = []
        self._slots = {slot: self._slot(slot) for slot in SLOTS}

    @property
    def resources(self) -> str:
        """The resources as functions read them from their environment; see ``ContainerResources``."""
        document = {
            "cluster": self._context.platform.cluster,
            "family": self.family,
            "live": self.live.ref,
            "next": self.next.ref,
            "slots": self._slots,
            "min_tasks": self._serving.min_tasks,
            "max_tasks": self._serving.max_tasks,
        }
        return Stack.of(self).to_json_string(document)

    def metrics(self, name: str, statistic: str, period: Duration) -> dict[str, cloudwatch.Metric]:
        """A metric of what clients asked of each slot."""
        return {
            slot: cloudwatch.Metric(
                namespace="AWS/ApplicationELB",
                metric_name=name,
                dimensions_map={
                    "LoadBalancer": imported("ServingLoadBalancer"),
                    "TargetGroup": self._groups[slot]["live"].attr_target_group_full_name,
                },
                statistic=statistic,
                period=period,
            )
            for slot in SLOTS
        }

    def _slot(self, slot: Slot) -> dict[str, str]:
        context, name, groups = self._context, slot.capitalize(), self._groups[slot]
        service = ecs.CfnService(
            self,
            name,
            cluster=context.platform.cluster,
            launch_type="FARGATE",
            task_definition=f"{context.scope.stack}-{CONTAINER}",
            desired_count=0,
            health_check_grace_period_seconds=60,
            deployment_configuration=ecs.CfnService.DeploymentConfigurationProperty(
                maximum_percent=200,
                minimum_healthy_percent=100,
                deployment_circuit_breaker=ecs.CfnService.DeploymentCircuitBreakerProperty(
                    enable=True, rollback=False
                ),
            ),
            network_configuration=ecs.CfnService.NetworkConfigurationProperty(
                awsvpc_configuration=ecs.CfnService.AwsVpcConfigurationProperty(
                    subnets=context.platform.task_subnets,
                    security_groups=[imported("ServingTasks")],
                    assign_public_ip="ENABLED",
                )
            ),
            load_balancers=[
                ecs.CfnService.LoadBalancerProperty(
                    container_name=CONTAINER, container_port=CONTAINER_PORT, target_group_arn=group.ref
                )
                for group in groups.values()
            ],
        )
        service.node.add_dependency(self.task, self._attached)
        self.services.append(service)
        self._autoscaling(name, service)
        return {"service": service.attr_name, **{kind: group.ref for kind, group in groups.items()}}

    def _autoscaling(self, name: str, service: ecs.CfnService) -> None:
        resource = f"service/{self._context.platform.cluster}/{service.attr_name}"
        target = scaling.CfnScalableTarget(
            self,
            f"{name}Tasks",
            service_namespace="ecs",
            scalable_dimension="ecs:service:DesiredCount",
            resource_id=resource,
            min_capacity=0,
            max_capacity=0,
        )
        scaling.CfnScalingPolicy(
            self,
            f"{name}Utilisation",
            policy_name="cpu-utilisation",
            policy_type="TargetTrackingScaling",
            scaling_target_id=target.ref,
            target_tracking_scaling_policy_configuration=scaling.CfnScalingPolicy.TargetTrackingScalingPolicyConfigurationProperty(
                target_value=100 * self._serving.target_utilisation,
                scale_out_cooldown=30,
                scale_in_cooldown=300,
                predefined_metric_specification=scaling.CfnScalingPolicy.PredefinedMetricSpecificationProperty(
                    predefined_metric_type="ECSServiceAverageCPUUtilization"
                ),
            ),
        )

    def _target_group(self, name: str) -> elb.CfnTargetGroup:
        return elb.CfnTargetGroup(
            self,
            "".join(word.capitalize() for word in name.split("_")),
            target_type="ip",
            protocol="HTTP",
            port=CONTAINER_PORT,
            vpc_id=imported("ServingVpc"),
            health_check_path=_HEALTH,
            health_check_interval_seconds=5,
            health_check_timeout_seconds=4,
            healthy_threshold_count=2,
            unhealthy_threshold_count=2,
            target_group_attributes=[
                elb.CfnTargetGroup.TargetGroupAttributeProperty(
                    key="deregistration_delay.timeout_seconds", value="30"
                )
            ],
        )

    def _refusing(self, name: str, number: int, paths: list[str]) -> elb.CfnListenerRule:
        """A rule that refuses, as long as nothing is released."""
        refusal = elb.CfnListenerRule.FixedResponseConfigProperty(
            status_code="503", content_type="application/json", message_body=_UNRELEASED
        )
        action = elb.CfnListenerRule.ActionProperty(type="fixed-response", fixed_response_config=refusal)
        return self._rule(name, number, paths, action)

    def _attach(self) -> elb.CfnListenerRule:
        """A rule for a path that the API does not have: ECS takes target groups of a load balancer alone."""
        groups = [group for of_slot in self._groups.values() for group in of_slot.values()]
        forward = elb.CfnListenerRule.ForwardConfigProperty(
            target_groups=[
                elb.CfnListenerRule.TargetGroupTupleProperty(target_group_arn=group.ref, weight=1)
                for group in groups
            ]
        )
        action = elb.CfnListenerRule.ActionProperty(type="forward", forward_config=forward)
        return self._rule("Attached", 2, [f"/attached/{self._context.model.name}"], action)

    def _rule(
        self, name: str, number: int, paths: list[str], action: elb.CfnListenerRule.ActionProperty
    ) -> elb.CfnListenerRule:
        return elb.CfnListenerRule(
            self,
            name,
            listener_arn=imported("ServingListener"),
            priority=rule_priority(self._context.model.name) + number,
            conditions=[
                elb.CfnListenerRule.RuleConditionProperty(
                    field="path-pattern",
                    path_pattern_config=elb.CfnListenerRule.PathPatternConfigProperty(values=paths),
                )
            ],
            actions=[action],
        )
