"""What each type of a field is elsewhere: as a column of DuckDB."""

from __future__ import annotations

from keepfit.features.schema.definition import FieldType

SQL_TYPES: dict[FieldType, str] = {
    "float": "DOUBLE",
    "int": "BIGINT",
    "bool": "BOOLEAN",
    "category": "VARCHAR",
    "timestamp": "TIMESTAMPTZ",
}
