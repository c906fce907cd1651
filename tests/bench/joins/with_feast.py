"""The join by Feast's offline store on DuckDB, from Parquet files.

`python -m tests.bench.joins.with_feast <folder>`

Feast knows no delay, so its moments are moved back by it beforehand, unmeasured. Its store on dask leaves out the rows
that nothing is known of, so it cannot be compared.
"""

from __future__ import annotations

import sys
import warnings
from datetime import timedelta
from pathlib import Path

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig, ValueType
from feast.types import Float64

from tests.bench.joins.frames import found
from tests.bench.joins.rows import DELAY_SECONDS, FEATURES, TTL_SECONDS
from tests.bench.worker import take_turns

warnings.filterwarnings("ignore")  # of ibis about DuckDB


def store(folder: Path) -> FeatureStore:
    entity = Entity(name="entity", join_keys=["entity"], value_type=ValueType.INT64)
    views = [
        FeatureView(
            name=view,
            entities=[entity],
            ttl=timedelta(seconds=TTL_SECONDS),
            schema=[Field(name=name, dtype=Float64) for name in features],
            source=FileSource(path=str(folder / f"{view}.parquet"), timestamp_field="happened"),
        )
        for view, features in FEATURES.items()
    ]
    made = FeatureStore(
        config=RepoConfig(
            project="bench",
            provider="local",
            registry=str(folder / "registry.db"),
            online_store={"type": "sqlite", "path": str(folder / "online.db")},
            offline_store={"type": "duckdb"},
            entity_key_serialization_version=3,
        )
    )
    made.apply([entity, *views])
    return made


def main(folder: Path) -> None:
    features = store(folder)
    spine = pd.read_parquet(folder / "spine.parquet")
    spine["event_timestamp"] = spine.pop("happened") - pd.Timedelta(seconds=DELAY_SECONDS)
    names = [f"{view}:{name}" for view, columns in FEATURES.items() for name in columns]

    def joined() -> pd.DataFrame:
        return features.get_historical_features(entity_df=spine, features=names).to_df()

    take_turns(joined, answer=found, packages=("feast", "duckdb", "pandas"))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
