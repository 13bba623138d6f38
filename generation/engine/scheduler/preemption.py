"""Which groups are preempted for a chat: batch items, then a chat of an owner with many rows.

`Batch.make_room` removes them. A preempted group keeps the text that it has written and is computed
again later. A group that was preempted MAX_PREEMPTIONS times stays: a beam search starts anew each
time and would never end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from generation.engine.scheduler.admission import Admission
from generation.engine.scheduler.sequence_group import SequenceGroup

MAX_PREEMPTIONS = 2


def groups_to_preempt(
    admission: Admission, batch: Sequence[SequenceGroup], urgent: SequenceGroup
) -> list[SequenceGroup]:
    """Return the groups that must leave so that the urgent one can join: the newest, and only as
    many as needed; [] if even all of them would not be enough.

    Urgent groups leave only if their owner keeps at least as many rows as the new one's owner will
    have. So two owners end with equal numbers of rows and do not replace each other in turn.
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
    while (chat := _of_the_largest_owner(staying, urgent)) is not None:
        staying.remove(chat)
        leaving.append(chat)
        if admission.can_join(staying, urgent):
            return leaving
    return []


def urgent_rows(batch: Iterable[SequenceGroup], owner: str) -> int:
    """Return the number of rows that this owner's urgent groups have or may come to have."""
    return sum(each.run.max_rows for each in batch if each.urgent and each.owner == owner)


def _of_the_largest_owner(
    batch: Sequence[SequenceGroup], new: SequenceGroup
) -> SequenceGroup | None:
    """Return the newest group that may leave for `new`, of the owner with the most rows.

    Groups that recompute their prompt are asked last: they promise the same text again.
    """
    wanted = urgent_rows(batch, new.owner) + new.run.max_rows
    rows = {owner: urgent_rows(batch, owner) for owner in {each.owner for each in batch}}
    leaving = (
        each
        for each in batch
        if each.urgent
        and each.owner != new.owner
        and each.preemptions < MAX_PREEMPTIONS
        and rows[each.owner] - each.run.max_rows >= wanted
    )
    return max(
        leaving,
        key=lambda each: (rows[each.owner], not each.recomputes_prompt, each.arrival),
        default=None,
    )
