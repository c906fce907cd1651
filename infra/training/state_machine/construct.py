"""The state machine as a resource: its role and its log."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_stepfunctions as stepfunctions
from constructs import Construct

from infra.acknowledgements import Acknowledged, acknowledge
from infra.constructs.access import Access, follow_by_rule, grant, pass_roles, run_children
from infra.constructs.machine_log import deliver_logs, logging_of
from infra.model_context import ModelContext
from infra.training.spark_application import SparkJobs
from infra.training.state_machine.container_states import with_containers
from infra.training.state_machine.definition import state_machine_definition
from infra.training.state_machine.image_steps import TrainingImage
from infra.training.state_machine.join_states import JoinStep
from infra.training.state_machine.state_parameters import StateFunctions
from keepfit.serving.container_definition import CONTAINER


class TrainingStateMachine(Construct):
    """The training state machine, named after its stack so that its functions know its ARN."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        context: ModelContext,
        functions: StateFunctions,
        image: TrainingImage,
        jobs: SparkJobs | None = None,
    ) -> None:
        super().__init__(scope, construct_id)
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        grant(
            role,
            [
                _invoke_functions([*functions.all(), *filter(None, [image.function])]),
                *_run_tasks(image.task, context, Stack.of(self)),
                *_run_children(context, Stack.of(self)),
                *(jobs.run_access() if jobs else ()),
                deliver_logs(),
            ],
        )
        model = context.model.definition
        definition = state_machine_definition(
            functions,
            steps=image.steps(),
            search=model.training.search,
            segments=None if model.segment_by is None else model.segments,
            release=model.release,
            retraining=model.retraining,
            join=_join_step(jobs) if jobs else None,
        )
        if context.model.serving.on == CONTAINER:
            definition["States"] = with_containers(functions, definition["States"])
        machine = stepfunctions.CfnStateMachine(
            self,
            "Machine",
            state_machine_name=context.scope.stack,
            state_machine_type="STANDARD",
            role_arn=role.role_arn,
            definition=definition,
            logging_configuration=logging_of(self, context.scope.stack),
        )
        machine.node.add_dependency(role)
        acknowledge(machine, Acknowledged.NO_TRACING)
        self.machine = stepfunctions.StateMachine.from_state_machine_arn(self, "Reference", machine.attr_arn)


def _join_step(jobs: SparkJobs) -> JoinStep:
    return JoinStep(application_id=jobs.application_id, role=jobs.role.role_arn, script=jobs.script)


def _invoke_functions(functions: Sequence[lambda_.IFunction]) -> Access:
    arns = {function.function_arn: None for function in functions}
    return Access(actions=("lambda:InvokeFunction",), resources=tuple(arns))


def _run_tasks(task: ecs.FargateTaskDefinition, context: ModelContext, stack: Stack) -> tuple[Access, ...]:
    """Runs the task, follows it, and passes it its two roles."""
    cluster = stack.format_arn(service="ecs", resource="cluster", resource_name=context.platform.cluster)
    tasks = stack.format_arn(service="ecs", resource="task", resource_name=f"{context.platform.cluster}/*")
    revisions = stack.format_arn(service="ecs", resource="task-definition", resource_name=f"{task.family}:*")
    roles = (task.task_role.role_arn, task.obtain_execution_role().role_arn)
    return (
        Access(
            actions=("ecs:RunTask",),
            resources=(revisions,),
            wildcard=Acknowledged.REVISIONS_NOT_YET_REGISTERED,
            conditions={"ArnEquals": {"ecs:cluster": cluster}},
        ),
        Access(
            actions=("ecs:StopTask", "ecs:DescribeTasks"),
            resources=(tasks,),
            wildcard=Acknowledged.RUNS_NOT_YET_STARTED,
        ),
        follow_by_rule(stack, "StepFunctionsGetEventsForECSTaskRule"),
        pass_roles("ecs-tasks.amazonaws.com", *roles),
    )


def _run_children(context: ModelContext, stack: Stack) -> tuple[Access, ...]:
    """Starts the executions of a distributed Map, where several tasks measure a search or train segments."""
    definition = context.model.definition
    search = definition.training.search
    if (search is None or search.workers == 1) and definition.segment_by is None:
        return ()
    return run_children(stack, context.scope.stack)
