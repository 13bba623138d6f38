"""Which batch items are preempted for a chat; `Batch.make_room` removes them.

A preempted group keeps the text that it has written and is computed again later. A group that was
preempted MAX_PREEMPTIONS times stays: a beam search starts anew each time and would never end.
"""

from __future__ import annotations

from collections.abc import Sequence

from generation.engine.scheduler.admission import Admission
from generation.engine.scheduler.sequence_group import SequenceGroup

MAX_PREEMPTIONS = 2


def groups_to_preempt(
    admission: Admission, batch: Sequence[SequenceGroup], urgent: SequenceGroup
) -> list[SequenceGroup]:
    """Return the groups that must leave so that the urgent one can join: the newest, and only as
    many as needed; [] if even all of them would not be enough.
    """
    staying = sorted(batch, key=lambda group: group.arrival)
    leaving = []
    for group in reversed(staying.copy()):
        if group.urgent or group.preemptions >= MAX_PREEMPTIONS:
            continue
        staying.remove(group)
        leaving.append(group)
        if admission.can_join(staying, urgent):
            return leaving
    return []
