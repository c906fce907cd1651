"""The storage layout: every key prefix, partition and name of a model and of a dataset."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from keepfit.api_routes import APPROVALS_PATH, INFER_PATH, OUTCOMES_PATH, PREDICT_PATH

# What the names of all stacks and alarms begin with.
NAMES: Final = "keepfit-"
# Lake: what the prefixes of all models' logs begin with, and of all datasets.
PREDICTION_LOGS: Final = "prediction-log/"
UNDELIVERED_LOGS: Final = "prediction-log-errors/"
PREDICTIONS: Final = "predictions/"
DATASETS: Final = "datasets/"
# And the pattern of the keys of all their manifests.
MANIFESTS: Final = f"{DATASETS}*/versions/*"
# And of all their rows.
PARTS: Final = f"{DATASETS}*/parts/*"
# And of the records of what they forgot.
FORGOTTEN: Final = f"{DATASETS}*/forgotten/*"
# Artifacts: what the prefixes of all models' runs begin with, and the pattern of the keys of the rows of all of them.
RUNS: Final = "runs/"
RUN_ROWS: Final = f"{RUNS}*/rows/*"
# Glue Data Catalog: the database of the datasets' tables.
DATABASE: Final = "keepfit"
# Athena: the workgroup whose queries read them, and the prefix of their results in the lake.
WORKGROUP: Final = "keepfit"
QUERY_RESULTS: Final = "query-results/"
# Intake and lake: what the prefixes of all models' batches begin with, their files and their results.
BATCHES: Final = "batch/"
# Lake: and of the records of files of texts, until they are scored.
BATCH_PARTS: Final = "batch-parts/"
# Intake: the pattern of the keys of what is written in real time, in the folders of datasets.
LIVE_UPLOADS: Final = "*/live/"
# What the names of all datasets of outcomes end with.
OUTCOMES: Final = "_outcomes"
# Artifacts: the pattern of the keys of what is known of the graphs in all release packages.
RELEASED_GRAPHS: Final = "releases/*.graph.json"
# Registry table: what the partitions of all models begin with, of their ledgers, of all datasets, and of notices.
MODEL_PARTITIONS: Final = "model#"
LEDGER_PARTITIONS: Final = "ledger#"
DATASET_PARTITIONS: Final = "dataset#"
NOTICE_PARTITIONS: Final = "notices#"
# And of all feature views.
VIEW_PARTITIONS: Final = "view#"


@dataclass(frozen=True, slots=True)
class ModelScope:
    """The key prefixes, partitions and names of one model, in every bucket, table and service."""

    model: str

    @property
    def runs(self) -> str:
        """Artifacts: the prefix of the folders of the model's training runs."""
        return f"{RUNS}{self.model}/"

    def run(self, run_id: str) -> str:
        """Artifacts: the folder of one run, without the final slash."""
        return f"{self.runs}{run_id}"

    @property
    def rows(self) -> str:
        """Artifacts: the prefix of the rows that runs train and judge on; see ``rows_folder``."""
        return f"{self.runs}rows/"

    def imported(self, sha256: str) -> str:
        """Artifacts: the key of a finished model that a run is to judge, beside the runs' own files."""
        return f"{self.runs}imported/{sha256}.onnx"

    @property
    def versions(self) -> str:
        """Artifacts: the prefix of the files of the registered versions."""
        return f"models/{self.model}/"

    def version(self, number: int) -> str:
        """Artifacts: the prefix of the files of one version.

        >>> ModelScope("flight_delay").version(3)
        'models/flight_delay/000003/'
        """
        return f"{self.versions}{number:06}/"

    @property
    def releases(self) -> str:
        """Artifacts: the prefix of the release packages."""
        return f"releases/{self.model}/"

    def package(self, version: int, sha256: str) -> str:
        """Artifacts: the key of one release package of a version."""
        return f"{self.releases}{version:06}/{sha256}.zip"

    def released_graph(self, version: int, sha256: str) -> str:
        """Artifacts: the key of what is known of the graph in one release package."""
        return f"{self.releases}{version:06}/{sha256}.graph.json"

    @property
    def prediction_log(self) -> str:
        """Lake: the prefix of the delivered prediction log."""
        return f"{PREDICTION_LOGS}{self.model}/"

    @property
    def undelivered_log(self) -> str:
        """Lake: the prefix of logs whose delivery failed."""
        return f"{UNDELIVERED_LOGS}{self.model}/"

    @property
    def predictions(self) -> str:
        """Lake: the prefix of the collected predictions."""
        return f"{PREDICTIONS}{self.model}/"

    @property
    def reports(self) -> str:
        """Lake: the prefix of the monitor's reports."""
        return f"monitoring/{self.model}/"

    @property
    def batches(self) -> str:
        """Lake: the prefix of the names of all batches of predictions ever collected."""
        return f"{self.reports}batches/"

    def hours(self, version: int) -> str:
        """Lake: the prefix of the profiles of hours in the bins of one version."""
        return f"{self.reports}hours/{version:06}/"

    def hours_of_day(self, version: int, day: date) -> str:
        """Lake: the key of the profiles of the hours of one day, in UTC.

        >>> ModelScope("flight_delay").hours_of_day(3, date(2013, 2, 1))
        'monitoring/flight_delay/hours/000003/2013-02-01'
        """
        return f"{self.hours(version)}{day.isoformat()}"

    @property
    def batch_jobs(self) -> str:
        """Intake: the prefix of files that are to be scored; lake: of the folders of jobs."""
        return f"{BATCHES}{self.model}/"

    def batch_job(self, job: str) -> str:
        """Lake: the prefix of the results of one job."""
        return f"{self.batch_jobs}{job}/"

    def batch_part(self, job: str, part: str) -> str:
        """Lake: the key of the records of one part of a file of texts."""
        return f"{BATCH_PARTS}{self.model}/{job}/{part}.csv"

    @property
    def partition(self) -> str:
        """Registry table: the partition of runs, versions and progress."""
        return f"{MODEL_PARTITIONS}{self.model}"

    @property
    def ledger_partition(self) -> str:
        """Registry table: the partition of the release ledger, which only ``move_alias`` may write."""
        return f"{LEDGER_PARTITIONS}{self.model}"

    @property
    def notice_partition(self) -> str:
        """Registry table: the partition of notices about the model, or the platform, by that name."""
        return f"{NOTICE_PARTITIONS}{self.model}"

    @property
    def stack(self) -> str:
        """The name of the model's stack, state machine and cluster.

        >>> ModelScope("flight_delay").stack
        'keepfit-flight-delay'
        """
        return f"{NAMES}{self.model.replace('_', '-')}"

    def alarm(self, what: str) -> str:
        """The name of one of the model's alarms."""
        return f"{NAMES}{self.model}-{what}"

    @property
    def drift_alarm(self) -> str:
        """The name of the alarm that starts a training."""
        return self.alarm("drift")

    def decay_alarm(self, metric: str) -> str:
        """The name of the alarm on a metric of decay, which starts a training.

        >>> ModelScope("delay").decay_alarm("estimated_decay")
        'keepfit-delay-estimated-decay'
        """
        return self.alarm(metric.replace("_", "-"))

    @property
    def heartbeat_alarm(self) -> str:
        """The name of the alarm that notices a monitor that fell silent."""
        return self.alarm("heartbeat")

    @property
    def incident_alarm(self) -> str:
        """The name of the alarm that asks a person about trainings that have stopped."""
        return self.alarm("incident")

    @property
    def path(self) -> str:
        """The path of the model's API route."""
        return PREDICT_PATH.format(model=self.model)

    @property
    def infer_path(self) -> str:
        """The path of the model's API route by the Open Inference Protocol.

        >>> ModelScope("lateness").infer_path
        '/v2/models/lateness/infer'
        """
        return INFER_PATH.format(model=self.model)

    @property
    def outcomes(self) -> str:
        """The name of the dataset of what came true of the model's predictions."""
        return f"{self.model}{OUTCOMES}"

    @property
    def outcomes_path(self) -> str:
        """The path of the API route by which clients report outcomes."""
        return OUTCOMES_PATH.format(model=self.model)

    @property
    def approvals_path(self) -> str:
        """The path of the route by which a person decides on a release, by a signature of AWS."""
        return APPROVALS_PATH.format(model=self.model)

    @property
    def next_path(self) -> str:
        """The path of the route to a release that is tested, which no client may ask."""
        return f"/models/{self.model}/next/predict"


@dataclass(frozen=True, slots=True)
class ViewScope:
    """The partitions and the path of one online view."""

    view: str

    @property
    def items(self) -> str:
        """Online table: what the partitions of all its entities begin with."""
        return f"{self.view}#"

    def entity(self, key: str) -> str:
        """Online table: the partition of one entity.

        >>> ViewScope("weather").entity('["JFK"]')
        'weather#["JFK"]'
        """
        return f"{self.items}{key}"

    @property
    def whole(self) -> str:
        """Online table: the partition of what is known of the view as a whole; no entity has an empty key."""
        return self.items

    @property
    def partition(self) -> str:
        """Registry table: the partition of what is known of its materialisation."""
        return f"{VIEW_PARTITIONS}{self.view}"


@dataclass(frozen=True, slots=True)
class DatasetScope:
    """The key prefixes and partitions of one dataset, in every bucket and table."""

    dataset: str

    @property
    def uploads(self) -> str:
        """Intake: the prefix of the dataset's uploads."""
        return f"{self.dataset}/"

    def live_upload(self, event_id: str) -> str:
        """Intake: the key of rows that were written in real time."""
        return f"{self.live_uploads}{event_id}.jsonl"

    @property
    def live_uploads(self) -> str:
        """Intake: the prefix of rows that were written in real time."""
        return f"{self.uploads}live/"

    @property
    def folder(self) -> str:
        """Lake: the prefix of all objects of the dataset."""
        return f"{DATASETS}{self.dataset}/"

    @property
    def parts(self) -> str:
        """Lake: the prefix of the accepted rows."""
        return f"{self.folder}parts/"

    def part(self, sha256: str, unique: str) -> str:
        """Lake: the key of one upload's good rows, which was never used before.

        It is alone in its folder, because a table's partition is a folder; see ``features.catalogue``.
        """
        return f"{self.parts}{sha256}-{unique}/rows.parquet"

    def upload_of(self, part: str) -> str:
        """The SHA-256 of the upload whose good rows are under the key ``part``.

        >>> DatasetScope("trips").upload_of("datasets/trips/parts/ab12-34/rows.parquet")
        'ab12'
        """
        return part.removeprefix(self.parts).partition("/")[0].partition("-")[0].removesuffix(".parquet")

    @staticmethod
    def rewritten(part: str) -> str:
        """Lake: the key of what says what took the place of a part; queries pass over names that begin so.

        >>> DatasetScope.rewritten("datasets/trips/parts/ab12-34/rows.parquet")
        'datasets/trips/parts/ab12-34/_rows.parquet.rewritten.json'
        """
        folder, _, name = part.rpartition("/")
        return f"{folder}/_{name}.rewritten.json"

    @property
    def profiles(self) -> str:
        """Lake: the prefix of the profiles of accepted rows."""
        return f"{self.folder}profiles/"

    def profile(self, sha256: str, content: str) -> str:
        """Lake: the key of the profile of one upload's good rows, named by its ``content``."""
        return f"{self.profiles}{sha256}-{content}.json"

    @property
    def table(self) -> str:
        """Lake: the prefix that the dataset's table names as its own, where nothing ever is.

        Rows are in its partitions. Whoever reads the folder instead finds nothing, rather than withdrawn rows.
        """
        return f"{self.folder}table/"

    @property
    def quarantine(self) -> str:
        """Lake: the prefix of the quarantined rows."""
        return f"{self.folder}quarantine/"

    def quarantined(self, sha256: str, content: str | None = None) -> str:
        """Lake: the key of the bad rows of one reading of an upload, named by ``content``.

        Those of a time when each reading took the place of the one before have none.
        """
        return f"{self.quarantine}{sha256}{f'-{content}' if content else ''}.jsonl"

    def reported(self, sha256: str, content: str) -> str:
        """Lake: the key of the report on one reading of an upload, named by its ``content``."""
        return f"{self.quarantine}{sha256}-{content}.report.json"

    def rest(self, sha256: str, content: str) -> str:
        """Lake: the key of the rows left of an upload that was removed, named by their ``content``."""
        return f"{self.quarantine}{sha256}-{content}.rest.jsonl"

    @property
    def forgotten(self) -> str:
        """Lake: the prefix of the records of entities that were forgotten."""
        return f"{self.folder}forgotten/"

    def manifest(self, version: int) -> str:
        """Lake: the key of the manifest of one version.

        >>> DatasetScope("trips").manifest(7)
        'datasets/trips/versions/000007.json'
        """
        return f"{self.folder}versions/{version:06}.json"

    @property
    def partition(self) -> str:
        """Registry table: the partition of the newest version, the files and the refusals."""
        return f"{DATASET_PARTITIONS}{self.dataset}"


def rows_folder(run: str) -> str:
    """The folder of the rows that the run with the folder ``run`` trains and judges on.

    The rows may expire; the run's other files stay.

    >>> rows_folder(ModelScope("lateness").run("20130301T050403-b2ff2641"))
    'runs/lateness/rows/20130301T050403-b2ff2641'
    """
    model, _, run_id = run.rpartition("/")
    return f"{model}/rows/{run_id}"
