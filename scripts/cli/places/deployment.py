"""The deployment at a place: outputs of stacks, and the stores behind them."""

from __future__ import annotations

from functools import cached_property

from cli.exits import CommandError, Exit
from cli.places.place import Place
from keepfit.adapters.aws.clients import translated
from keepfit.adapters.aws.cloudwatch_alarms import CloudWatchAlarms
from keepfit.adapters.aws.dynamodb_approvals import DynamoApprovals
from keepfit.adapters.aws.dynamodb_datasets import DynamoDatasets
from keepfit.adapters.aws.dynamodb_items import ModelItems
from keepfit.adapters.aws.dynamodb_ledger import DynamoLedger
from keepfit.adapters.aws.dynamodb_monitoring import DynamoProgress
from keepfit.adapters.aws.dynamodb_notices import DynamoNotices
from keepfit.adapters.aws.dynamodb_online import DynamoMaterializations, DynamoOnlineStore
from keepfit.adapters.aws.dynamodb_placement import DynamoPlacement
from keepfit.adapters.aws.dynamodb_runs import DynamoRuns
from keepfit.adapters.aws.dynamodb_versions import DynamoVersions
from keepfit.adapters.aws.lambda_alias import LambdaLiveAlias
from keepfit.adapters.aws.lambda_releases import LambdaLiveRouting
from keepfit.adapters.aws.s3_artifacts import S3Artifacts
from keepfit.adapters.aws.s3_lake import S3Lake
from keepfit.adapters.aws.s3_object_versions import S3Forgotten
from keepfit.adapters.aws.s3_stack_files import read_stack_file
from keepfit.api_routes import FEATURES_PATH
from keepfit.definitions.online_views import decode_online_views
from keepfit.features.online.view import OnlineView
from keepfit.layout import ModelScope
from keepfit.registry.champion import Champion
from keepfit.serving.release.routing import Routing
from keepfit.training.runs.ports import LiveAlias
from keepfit.views.features import OnlineStores
from keepfit.views.serving import read_serving
from keepfit.views.stores import DatasetStores, ModelStores

_PLATFORM = "keepfit-platform"


class Deployment:
    """The stacks at ``place``, which was entered, read through the adapters that the functions use."""

    def __init__(self, place: Place) -> None:
        self.place = place

    @cached_property
    def stacks(self) -> dict[str, dict[str, str]]:
        """The outputs of each of keepfit's stacks by its name."""
        with translated(f"the stacks at {self.place.name}"):
            pages = self.place.client("cloudformation").get_paginator("describe_stacks").paginate()
            stacks = [stack for page in pages for stack in page["Stacks"]]
        return {
            stack["StackName"]: {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}
            for stack in stacks
            if stack["StackName"].startswith("keepfit-") and stack["StackStatus"] != "DELETE_COMPLETE"
        }

    def platform(self, output: str) -> str:
        """An output of the platform's stack. Raises CommandError where keepfit is not deployed here."""
        if _PLATFORM not in self.stacks:
            raise CommandError(
                f"keepfit is not deployed at {self.place.name}; deploy it with `{self._deploy}`",
                Exit.NOT_FOUND,
            )
        return self.stacks[_PLATFORM][output]

    @property
    def _deploy(self) -> str:
        """The command that deploys here."""
        local, _, name = self.place.name.partition(":")
        return f"keepfit local up --name {name}" if local == "local" else "npx aws-cdk deploy --all"

    @cached_property
    def models(self) -> dict[str, dict[str, str]]:
        """The outputs of each model's stack by the model's name."""
        return {outputs["Model"]: outputs for _, outputs in sorted(self.stacks.items()) if "Model" in outputs}

    def stack_of(self, model: str) -> str:
        """The name of a model's stack."""
        return next(name for name, outputs in self.stacks.items() if outputs.get("Model") == model)

    def model(self, name: str) -> dict[str, str]:
        """The outputs of a model's stack. Raises CommandError for one that is not deployed."""
        if name not in self.models:
            names = ", ".join(self.models) or "none"
            raise CommandError(
                f"there is no model {name!r} at {self.place.name}; the models are: {names}", Exit.NOT_FOUND
            )
        return self.models[name]

    @cached_property
    def dataset_names(self) -> list[str]:
        """Every dataset that is deployed."""
        self.platform("IntakeBucket")
        outputs = self.stacks[_PLATFORM].items()
        named = {name for output, name in outputs if output.startswith("Dataset")}
        told = {model["OutcomesDataset"] for model in self.models.values() if "OutcomesDataset" in model}
        return sorted(named | told)

    def check_dataset(self, name: str) -> str:
        """``name``. Raises CommandError for a dataset that is not deployed."""
        if name not in self.dataset_names:
            names = ", ".join(self.dataset_names) or "none"
            raise CommandError(
                f"there is no dataset {name!r} at {self.place.name}; the datasets are: {names}",
                Exit.NOT_FOUND,
            )
        return name

    @cached_property
    def online_views(self) -> dict[str, OnlineView]:
        """Every view that is online, by its name."""
        self.platform("IntakeBucket")
        location = self.stacks[_PLATFORM].get("OnlineViews")
        return {} if location is None else decode_online_views(read_stack_file(location))

    def check_view(self, name: str) -> str:
        """``name``. Raises CommandError for a view that is not online."""
        if name not in self.online_views:
            names = ", ".join(sorted(self.online_views)) or "none"
            raise CommandError(
                f"no view {name!r} is online at {self.place.name}; those that are: {names}", Exit.NOT_FOUND
            )
        return name

    def online_stores(self) -> OnlineStores:
        """What views of online features read."""
        registry = self.platform("RegistryTable")
        table = self.stacks[_PLATFORM].get("OnlineTable", "")
        return OnlineStores(
            views=self.online_views,
            records=self.datasets,
            store=DynamoOnlineStore(table=table),
            progress=DynamoMaterializations(table=registry),
        )

    @property
    def notices(self) -> DynamoNotices:
        """The records of what people were told."""
        return DynamoNotices(table=self.platform("RegistryTable"))

    @property
    def notify_function(self) -> str:
        """The name of the function that sends notices. Raises CommandError for a platform that has none yet."""
        self.platform("RegistryTable")
        name = self.stacks[_PLATFORM].get("NotifyFunction")
        if name is None:
            raise CommandError(
                f"the platform at {self.place.name} was deployed before there were notices; deploy it again: "
                f"{self._deploy}",
                Exit.NOT_FOUND,
            )
        return name

    @property
    def query_workgroup(self) -> str:
        """The name of the workgroup of queries. Raises CommandError for a platform that has none yet."""
        self.platform("LakeBucket")
        name = self.stacks[_PLATFORM].get("QueryWorkgroup")
        if name is None:
            raise CommandError(
                f"the platform at {self.place.name} was deployed before there were queries; deploy it again: "
                f"{self._deploy}",
                Exit.NOT_FOUND,
            )
        return name

    @property
    def api_url(self) -> str:
        """Base URL of the prediction API."""
        return self.place.api_url(self.platform("ApiId"), self.platform("ApiUrl"))

    def predict_url(self, model: str) -> str:
        """Where the model answers. Raises CommandError for one that is not deployed."""
        return f"{self.api_url}{ModelScope(self.model(model)['Model']).path}"

    def approvals_url(self, model: str) -> str:
        """Where a person decides on releases of the model.

        Raises:
            CommandError: it is not deployed, or its releases wait for nobody.
        """
        if "ApproveFunction" not in self.model(model):
            raise CommandError(
                f'releases of {model} wait for nobody: [model.{model}.release] approval = "required" lets them, from '
                "the next deployment on",
                Exit.REFUSED,
            )
        return f"{self.api_url}{ModelScope(model).approvals_path}"

    def write_url(self, view: str) -> str:
        """Where rows of a view are written. Raises CommandError for a view that is not online."""
        return f"{self.api_url}{FEATURES_PATH.format(view=self.check_view(view))}"

    @cached_property
    def lake(self) -> S3Artifacts:
        return S3Artifacts(bucket=self.platform("LakeBucket"))

    @cached_property
    def artifacts(self) -> S3Artifacts:
        return S3Artifacts(bucket=self.platform("ArtifactsBucket"))

    @cached_property
    def datasets(self) -> DynamoDatasets:
        return DynamoDatasets(table=self.platform("RegistryTable"))

    @cached_property
    def manifests(self) -> S3Lake:
        return S3Lake(bucket=self.platform("LakeBucket"))

    @property
    def forgotten(self) -> S3Forgotten:
        return S3Forgotten(bucket=self.platform("LakeBucket"))

    def stores(self, model: str) -> ModelStores:
        """What views of the model read. Raises CommandError for one that is not deployed."""
        return ModelStores(
            model=model,
            runs=self.runs(model),
            versions=self.versions(model),
            ledger=self.ledger(model),
            approvals=DynamoApprovals(self._items(model)),
            live=self._live(model),
            progress=self.progress(model),
            alarms=CloudWatchAlarms(),
            artifacts=self.artifacts,
            lake=self.lake,
        )

    def dataset_stores(self, dataset: str) -> DatasetStores:
        """What views of the dataset read. Raises CommandError for one that is not deployed."""
        return DatasetStores(
            dataset=self.check_dataset(dataset),
            records=self.datasets,
            manifests=self.manifests,
            lake=self.lake,
        )

    def runs(self, model: str) -> DynamoRuns:
        return DynamoRuns(self._items(model))

    def versions(self, model: str) -> DynamoVersions:
        return DynamoVersions(items=self._items(model), stack=self.model(model)["StackId"])

    def ledger(self, model: str) -> DynamoLedger:
        stack = self.model(model)["StackId"]
        items = ModelItems(table=self.platform("RegistryTable"), model=model, kind="ledger")
        return DynamoLedger(items=items, stack=stack)

    def progress(self, model: str) -> DynamoProgress:
        return DynamoProgress(items=self._items(model))

    def routing(self, model: str) -> Routing:
        """The releases of the model that answer clients."""
        if self.in_containers(model):
            return self._placement(model).read().routing
        return LambdaLiveRouting(function=self.model(model)["PredictFunction"]).read().routing

    def _live(self, model: str) -> LiveAlias:
        if self.in_containers(model):
            return self._placement(model)
        return LambdaLiveAlias(function=self.model(model)["PredictFunction"])

    def in_containers(self, model: str) -> bool:
        """Whether tasks answer its clients, and not a function."""
        return "Serving" in self.model(model)

    def _placement(self, model: str) -> DynamoPlacement:
        return DynamoPlacement(items=self._items(model), stack=self.model(model)["StackId"])

    def champion(self, model: str) -> Champion | None:
        """The release that serves; None before the first."""
        return read_serving(self.stores(model)).champion

    def serving(self, model: str) -> Champion:
        """The release that serves.

        Raises:
            CommandError: nothing was released yet.
        """
        champion = self.champion(model)
        if champion is None:
            raise CommandError(
                f"no version of {model} is released yet; `keepfit runs {model}` shows its trainings and their outcomes",
                Exit.NOT_FOUND,
            )
        return champion

    @cached_property
    def caller(self) -> str:
        """The ARN of the caller's identity, which goes on record with a decision."""
        with translated("who you are"):
            arn: str = self.place.client("sts").get_caller_identity()["Arn"]
        return arn

    def _items(self, model: str) -> ModelItems:
        self.model(model)
        return ModelItems(table=self.platform("RegistryTable"), model=model)
