"""Breaches of delivery: what a lossy or doubling platform leaves behind."""

from __future__ import annotations

from dataclasses import replace

from tests.failure.chaos.aftermath import Dead, Logged, ServiceState, Submission
from tests.unit.chaos.planting import (
    Plant,
    altered,
    end_of,
    held_at,
    inboxed,
    records,
    relogged,
    replaced_row,
    told,
    with_submission,
)
from tests.unit.chaos.worlds import ARTICLE, SHEET, World


def _forget_submission(world: World) -> World:
    return altered(world, submissions=world.after.submissions[1:])


def _forget_told(world: World) -> World:
    return with_submission(world, 0, told="")


def _row_never_written(world: World) -> World:
    return replaced_row(world, "desk", told(world, "desk", "Article"))


def _end_never_reached(world: World) -> World:
    return held_at(world, "panels.article", "a0", None)


def _end_stuck_behind(world: World) -> World:
    return held_at(world, "sheets.article", "a0", (1, 2))


def _accepted_counted_stale(world: World) -> World:
    return with_submission(held_at(world, "panels.article", "a0", (1, 2)), 0, outcome="accepted")


# -- doubled


def _accepted_twice(world: World) -> World:
    twin = replace(world.after.submissions[0], told="")
    return altered(world, submissions=(*world.after.submissions, twin))


def _one_event_for_two(world: World) -> World:
    return with_submission(world, 1, outcome="accepted", told=world.after.submissions[0].told)


def _event_id_twice(world: World) -> World:
    row = told(world, "desk", "Article")
    return replaced_row(world, "desk", row, row, replace(row, position=900, version=(1, 90)))


def _version_told_twice(world: World) -> World:
    row = told(world, "sheets", "Sheet")
    place = end_of(world, SHEET)
    made = replaced_row(world, "sheets", row, row, replace(row, position=900, event_id="twin", digest="twin"))
    return altered(made, log=(*made.after.log, Logged(place, "twin", row.key, row.type, "twin")))


def _dead_twice(world: World) -> World:
    return altered(world, dead=(*world.after.dead, world.after.dead[0]))


# -- between outbox, topic and inbox


def _lost_in_the_relay(world: World) -> World:
    gone = records(world, ARTICLE)[0].event_id
    return relogged(world, lambda record: None if record.event_id == gone else record)


def _bytes_changed(world: World) -> World:
    one = records(world, ARTICLE)[0].event_id
    return relogged(world, lambda record: replace(record, digest="other") if record.event_id == one else record)


def _written_past_the_outbox(world: World) -> World:
    stray = Logged(end_of(world, SHEET), "stray", "a0", "Sheet", "stray")
    return altered(world, log=(*world.after.log, stray))


def _published_after_rollback(world: World) -> World:
    row = told(world, "sheets", "Sheet", 1)
    return replaced_row(world, "sheets", row)


def _skipped_by_a_consumer(world: World) -> World:
    return inboxed(world, "panels", without=records(world, SHEET)[0].event_id)


def _offset_committed_over_a_record(world: World) -> World:
    stray = Logged(end_of(world, ARTICLE), "new", "a0", "Article", "new")
    row = replace(told(world, "desk", "Article"), position=901, event_id="new", version=(1, 9), digest="new")
    made = replaced_row(world, "desk", told(world, "desk", "Article"), told(world, "desk", "Article"), row)
    return altered(made, log=(*made.after.log, stray))


def _handled_what_was_never_said(world: World) -> World:
    return inboxed(world, "sheets", plus={"phantom": ARTICLE})


def _poison_ignored(world: World) -> World:
    return altered(world, dead=tuple(each for each in world.after.dead if each.service != "panels"))


def _healthy_record_set_aside(world: World) -> World:
    record = records(world, SHEET)[0]
    return altered(world, dead=(*world.after.dead, Dead("panels", record.event_id, record.place, "Transient")))


def _job_set_aside(world: World) -> World:
    return altered(world, dead=(*world.after.dead, Dead("panels", "job/1", None, "LookupError")))


# -- invented


def _refused_took_effect(world: World) -> World:
    made = Submission("refused/1", "article", "a0", 9, "accepted", world.after.submissions[0].told)
    first = replace(world.after.submissions[0], outcome="stale")
    return altered(world, submissions=(first, *world.after.submissions[1:], made))


def _taken_in_from_nobody(world: World) -> World:
    made = Submission("nobody/1", "article", "a0", 3, "accepted", "Article/a0/(1, 9)/0")
    return altered(world, submissions=(*world.after.submissions, made))


def _service_forgot_everything(world: World) -> World:
    forgotten = ServiceState("panels", world.after.services["panels"].hears)
    return altered(world, services={**world.after.services, "panels": forgotten})


PLANTS = (
    Plant("an acknowledged delivery is not kept", "lost", _forget_submission),
    Plant("an accepted delivery told nothing", "lost", _forget_told),
    Plant("the outbox row was never written", "lost", _row_never_written),
    Plant("an article never reached the panels", "lost", _end_never_reached),
    Plant("a copy stuck at an older article", "lost", _end_stuck_behind),
    Plant("the newest article fell out of the panels", "lost", _accepted_counted_stale),
    Plant("one delivery accepted twice", "doubled", _accepted_twice),
    Plant("two deliveries claim one event", "doubled", _one_event_for_two),
    Plant("one event id in two rows", "doubled", _event_id_twice),
    Plant("one version told as two events", "doubled", _version_told_twice),
    Plant("a record died twice", "doubled", _dead_twice),
    Plant("a published row is in no topic", "unsaid", _lost_in_the_relay),
    Plant("other bytes in the topic than told", "unsaid", _bytes_changed),
    Plant("a record written past the outbox", "invented", _written_past_the_outbox),
    Plant("an event of a rolled-back transaction", "invented", _published_after_rollback),
    Plant("a consumer skipped a record", "unheard", _skipped_by_a_consumer),
    Plant("an offset was committed over a record", "unheard", _offset_committed_over_a_record),
    Plant("a database lost its inbox", "unheard", _service_forgot_everything),
    Plant("an inbox holds what was never said", "invented", _handled_what_was_never_said),
    Plant("poison was swallowed", "wrongly alive", _poison_ignored),
    Plant("a healthy record was set aside", "wrongly dead", _healthy_record_set_aside),
    Plant("a job was set aside", "wrongly dead", _job_set_aside),
    Plant("a refused delivery took effect", "invented", _refused_took_effect),
    Plant("a delivery nobody sent", "invented", _taken_in_from_nobody),
)
