"""`keepfit review`: trains and compares what a change concerns."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from bundling.targets import Target
from cli.checkout import state_folder
from cli.commands import train_file
from cli.commands.changes import Since
from cli.commands.plan import model_size
from cli.commands.run_requests import TIMEOUT_S, Timeout, course_of
from cli.exits import Exit
from cli.framework.command import anywhere
from cli.output import Shown, working
from cli.places.bring_up import bring_up
from cli.places.deployment import Deployment
from cli.project import synthesis
from cli.project.changes import MODELS, SAMPLES, ChangedModel, Changes, changes_since, is_sample
from cli.project.revisions import Revision
from cli.rendering.review import review_markdown
from keepfit.definitions import compiling
from keepfit.training.runs.run import ABANDONED, ABORTED
from localcloud.cloud import Cloud
from planning.changes import Change, changes
from planning.costs import Sizes, idle_costs
from planning.prices import list_prices
from planning.templates import Template, read
from toolchain.folders import project_folder

Tell = Callable[[str], None]

CLOUD = "review"
NOT_TRAINED = "not trained"


class Trained(msgspec.Struct, frozen=True, kw_only=True):
    """How a model did on its sample; ``why`` is the decision with its metric, or what went wrong."""

    model: str
    because: list[str]
    sample: str | None
    outcome: str
    why: str | None
    well: bool


@anywhere
def review(
    since: Since = "origin/main",
    into: Annotated[Path | None, typer.Option(help="A file for the summary, as Markdown.")] = None,
    timeout: Timeout = TIMEOUT_S,
) -> Shown:
    """Trains what a change concerns on samples, compares templates, and writes a summary for people."""
    revision = Revision.before(project_folder(), since)
    changed = changes_since(revision)
    with working("reviewing") as tell:
        templates = _templates(revision, tell) if changed.stacks else None
        trainings = _trainings(changed, timeout, tell) if changed.models else []
    document = {"changes": changed, "trainings": trainings, "templates": templates}
    summary = review_markdown(msgspec.to_builtins(document))
    if into:
        into.write_text(summary, encoding="utf-8")
    failed = [each.model for each in trainings if not each.well]
    return Shown(
        document={**document, "summary": str(into) if into else None},
        parts=(summary,),
        hints=(f"Not well: {', '.join(failed)}.",) if failed else (),
        exit_code=Exit.FAILED if failed else Exit.OK,
    )


class Templates(msgspec.Struct, frozen=True, kw_only=True):
    """Changes of resources, and what all stacks cost at idle by list prices, in dollars a month."""

    changes: list[Change]
    idle_before: float
    idle_after: float
    price_date: str


def _templates(revision: Revision, tell: Tell) -> Templates:
    """The templates of then beside those of now, both of what is installed now."""
    tell("building the layers")
    synthesis.build(Target.LOCAL)
    with tempfile.TemporaryDirectory(prefix="keepfit-review-") as temporary:
        then, folder = Path(temporary) / "project", Path(temporary)
        revision.write(then)
        tell("synthesizing the stacks of now")
        synthesis.synthesize(folder / "now", Target.LOCAL, CDK_VALIDATION="false")
        if (then / "models").is_dir():
            tell(f"synthesizing the stacks of {revision.commit[:12]}")
            synthesis.synthesize(folder / "then", Target.LOCAL, project=then, CDK_VALIDATION="false")
        sizes = _sizes(project_folder()), _sizes(then)
        return _compared(read(folder / "then"), read(folder / "now"), *sizes)


def _sizes(folder: Path) -> Sizes:
    models = compiling.examine(folder / MODELS).compiled.models if (folder / MODELS).is_dir() else {}
    return {name: model_size(model) for name, model in models.items()}


def _compared(
    then: Mapping[str, Template], now: Mapping[str, Template], sizes_now: Sizes, sizes_then: Sizes
) -> Templates:
    prices = list_prices()
    before, after = (
        sum(cost.dollars for cost in idle_costs([*templates.values()], prices, sizes))
        for templates, sizes in ((then, sizes_then), (now, sizes_now))
    )
    old, new = ({name: each.document for name, each in templates.items()} for templates in (then, now))
    # A stack of then that is gone stays where it is deployed, until a person takes it away.
    found = changes(old, {**{name: {"Resources": {}} for name in old}, **new})
    return Templates(changes=found, idle_before=before, idle_after=after, price_date=prices.date)


def _trainings(changed: Changes, timeout: float, tell: Tell) -> list[Trained]:
    """Trains each model by its own upload, on an embedded cloud that begins with nothing and ends with it."""
    cloud = Cloud(name=CLOUD, root=state_folder())
    samples = {each.model: _sample(each.dataset) for each in changed.models}
    if not any(samples.values()):
        return [_untrained(each) for each in changed.models]
    try:
        deployment = bring_up(cloud, tell, fresh=True)
        return [
            _train(deployment, each, sample, timeout, tell)
            if (sample := samples[each.model])
            else _untrained(each)
            for each in changed.models
        ]
    finally:
        cloud.down()


def _sample(dataset: str) -> Path | None:
    folder = project_folder() / SAMPLES
    paths = sorted(folder.iterdir()) if folder.is_dir() else []
    return next((path for path in paths if is_sample(f"{SAMPLES}/{path.name}", dataset)), None)


def _untrained(changed: ChangedModel) -> Trained:
    why = f"there is no {SAMPLES}/{changed.dataset}.*"
    return Trained(
        model=changed.model, because=changed.reasons, sample=None, outcome=NOT_TRAINED, why=why, well=True
    )


def _train(
    deployment: Deployment, changed: ChangedModel, sample: Path, timeout: float, tell: Tell
) -> Trained:
    model, dataset = changed.model, changed.dataset
    upload = train_file.upload_once(deployment, dataset, sample, timeout=timeout, tell=tell)
    known: dict[str, Any] = {"model": model, "because": changed.reasons, "sample": f"{SAMPLES}/{sample.name}"}
    if upload["outcome"] != "taken":
        return Trained(**known, outcome=upload["outcome"], why=upload["reason"], well=False)
    execution = train_file.execution_of(
        deployment, model, dataset, upload, why="review", force=False, tell=tell
    )
    course = course_of(deployment, model, execution, wait=True, timeout=timeout)
    run = course.run
    if run is None or run.outcome is None:
        why = course.suppressed or course.failure or "it has not ended in time"
        return Trained(**known, outcome=NOT_TRAINED, why=why, well=False)
    well = run.outcome not in (ABANDONED, ABORTED) and course.failure is None
    return Trained(**known, outcome=run.outcome, why=course.failure or run.reason, well=well)
