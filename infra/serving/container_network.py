"""The network from the HTTP API to tasks: VPC link, internal load balancer, security groups."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
from infra.platform_exports import export
from infra.settings import InvalidSetting

CONTAINER_PORT = 8080
_RULES_OF_A_MODEL = 3
_PLACES = 16_000


class ContainerNetwork(Construct):
    """One internal load balancer for all models in containers, reached by the HTTP API alone.

    Each of the three security groups lets the one before in: the link to the load balancer, that to tasks. Tasks open
    connections to AWS endpoints alone. A request that is no model's gets 404 from the listener.
    """

    def __init__(self, scope: Construct, construct_id: str, *, vpc: ec2.IVpc) -> None:
        super().__init__(scope, construct_id)
        link, balancer, tasks = (
            ec2.SecurityGroup(self, name, vpc=vpc, description=told, allow_all_outbound=False)
            for name, told in (
                ("Link", "The HTTP API: to the load balancer alone"),
                ("Balancer", "The load balancer: from the HTTP API, to tasks that serve"),
                ("Tasks", "Tasks that serve: from the load balancer, and TLS out"),
            )
        )
        link.add_egress_rule(balancer, ec2.Port.tcp(80), "to the load balancer")
        balancer.add_ingress_rule(link, ec2.Port.tcp(80), "from the HTTP API")
        balancer.add_egress_rule(tasks, ec2.Port.tcp(CONTAINER_PORT), "to tasks")
        tasks.add_ingress_rule(balancer, ec2.Port.tcp(CONTAINER_PORT), "from the load balancer")
        tasks.add_egress_rule(ec2.Peer.any_ipv4(), ec2.Port.tcp(443), "AWS endpoints over TLS")
        subnets = [subnet.subnet_id for subnet in vpc.public_subnets]
        load_balancer = elb.CfnLoadBalancer(
            self,
            "LoadBalancer",
            type="application",
            scheme="internal",
            subnets=subnets,
            security_groups=[balancer.security_group_id],
            load_balancer_attributes=[
                elb.CfnLoadBalancer.LoadBalancerAttributeProperty(
                    key="routing.http.drop_invalid_header_fields.enabled", value="true"
                )
            ],
        )
        acknowledge(load_balancer, Acknowledged.API_LOGS_REQUESTS)
        listener = elb.CfnListener(
            self,
            "Listener",
            load_balancer_arn=load_balancer.ref,
            protocol="HTTP",
            port=80,
            default_actions=[_not_found()],
        )
        vpc_link = apigateway.CfnVpcLink(
            self, "VpcLink", name="keepfit", subnet_ids=subnets, security_group_ids=[link.security_group_id]
        )
        export(self, "ServingVpc", vpc.vpc_id)
        export(self, "ServingListener", listener.ref)
        export(self, "ServingLoadBalancer", load_balancer.attr_load_balancer_full_name)
        export(self, "ServingLink", vpc_link.ref)
        export(self, "ServingTasks", tasks.security_group_id)


def _not_found() -> elb.CfnListener.ActionProperty:
    return elb.CfnListener.ActionProperty(
        type="fixed-response",
        fixed_response_config=elb.CfnListener.FixedResponseConfigProperty(
            status_code="404", content_type="application/json", message_body='{"message":"Not Found"}'
        ),
    )


def rule_priority(model: str) -> int:
    """The first of the three priorities of a model's rules, the same whatever other models there are."""
    return 1 + _RULES_OF_A_MODEL * (zlib.crc32(model.encode()) % _PLACES)


def require_own_priorities(models: Iterable[str]) -> None:
    """Raises InvalidSetting where two models would have the same rules."""
    taken: dict[int, str] = {}
    for model in models:
        other = taken.setdefault(rule_priority(model), model)
        if other != model:
            raise InvalidSetting(
                f"the models {other} and {model} would have the same rule of the load balancer, whose number is made "
                "of their names: rename one of them"
            )
