"""The entity that is to be forgotten: a field and a value, as parts and uploads hold it."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final

from keepfit.errors import InvalidRequest
from keepfit.features.online.entities import entity_key
from keepfit.features.schema.cells import judged_sql
from keepfit.features.schema.dataset_cells import cells_of
from keepfit.features.schema.definition import DatasetDefinition, Field
from keepfit.features.schema.types.base import BadCell, type_of
from keepfit.features.sql_literals import quoted, text

# A guess costs about 15 ms and 4 MB: names of people are few, and a record stays for good.
_SCRYPT: Final = {"n": 2**12, "r": 8, "p": 1, "dklen": 32}
_WANTED: Final = "wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """The rows of a dataset whose ``field``, defined as ``form``, has the value that ``written`` says."""

    field: str
    form: Field
    written: str
    key: str

    def digest(self, salt: str) -> str:
        """The scrypt digest of field and value with ``salt``, both in hex; each record has its own."""
        name = f"{self.field}={self.key}".encode()
        return hashlib.scrypt(name, salt=bytes.fromhex(salt), **_SCRYPT).hex()

    def is_meant_by(self, salt: str, digest: str) -> bool:
        """Whether ``digest`` was made of this entity."""
        return hmac.compare_digest(self.digest(salt), digest)

    def is_written(self, cell: Any) -> bool:
        """Whether a cell of a file holds the value."""
        try:
            return entity_key([type_of(self.form.type).reader(self.form)(cell)]) == self.key
        except BadCell:
            return False

    def prepare(self, connection: Any) -> None:
        """Makes the table that ``condition`` compares with; the value is read as ingest reads it."""
        value = judged_sql(self.form, f"(SELECT {text(self.written)} AS _cell)", "_cell")
        connection.execute(f"CREATE TEMP TABLE {_WANTED} AS SELECT v FROM {value}")  # noqa: S608

    def condition(self) -> str:
        """SQL that is true of rows of the entity and false of all others, missing values included."""
        kind = type_of(self.form.type)
        value = kind.kept_sql(self.form, f"TRY_CAST({quoted(self.field)} AS {kind.storage})")
        return f"coalesce({value} = (SELECT v FROM {_WANTED}), false)"  # noqa: S608


def read_entity(definition: DatasetDefinition, name: str, written: str) -> Entity:
    """The entity that a person names.

    Raises:
        InvalidRequest: there is no such field, or its type has no such value.
    """
    form = cells_of(definition).get(name)
    if form is None:
        raise InvalidRequest(
            f"there is no field {name!r}; the fields are: {', '.join(definition.fields)}",
            code="unknown_field",
        )
    kind = type_of(form.type)
    if kind.is_list:
        raise InvalidRequest(f"{name} is a {form.type}, which names nobody", code="invalid_value")
    try:
        key = entity_key([kind.reader(form)(written)])
    except BadCell as error:
        raise InvalidRequest(f"{name}: the value {error}", code="invalid_value") from error
    if key is None:
        raise InvalidRequest(f"{name}: a missing value names nobody", code="invalid_value")
    return Entity(field=name, form=form, written=written, key=key)
