"""The progress of forgetting one entity, on record after each step, so that another call goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from keepfit.features.forgetting.ports import ForgottenRecords
from keepfit.features.forgetting.record import Forgotten, ForgottenObject


@dataclass(slots=True, kw_only=True)
class Progress:
    """A record that is written as it changes; without ``records`` nothing may be changed at all."""

    record: Forgotten
    records: ForgottenRecords | None

    @property
    def dry(self) -> bool:
        """Whether it is only looked what there is."""
        return self.records is None

    def note(self, **changes: Any) -> None:
        """Changes the record."""
        changed = msgspec.structs.replace(self.record, **changes)
        if changed != self.record and self.records is not None:
            self.records.put(changed)
        self.record = changed

    def found(self, one: ForgottenObject) -> None:
        """Adds an object, or says more of one that is known."""
        others = [each for each in self.record.objects if _names(each) != _names(one)]
        self.note(objects=[*others, one])

    def known(self, key: str, version_id: str) -> bool:
        """Whether the object is on record."""
        return any(_names(each) == (key, version_id) for each in self.record.objects)

    def unclear(self, *names: str) -> None:
        """Says what could not be read and may hold the entity."""
        self.note(unclear=[*dict.fromkeys([*self.record.unclear, *names])])

    def waits(self, *reasons: str) -> None:
        """Says what is left to be done."""
        self.note(waits=[*dict.fromkeys([*self.record.waits, *reasons])])


def _names(one: ForgottenObject) -> tuple[str, str]:
    return one.key, one.version_id
