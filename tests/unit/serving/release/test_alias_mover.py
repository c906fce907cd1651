"""The alias moves once per decision, and the ledger says so."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event
from time import sleep

import pytest

from keepfit.adapters.memory.registry import MemoryLedger
from keepfit.errors import Conflict, Superseded, TamperedArtifact
from keepfit.registry.ledger import Entry, champion_in
from keepfit.runtime.evaluate_canary import evaluate
from keepfit.serving.release.canary import DECIDED, CanaryVerdict
from keepfit.serving.release.prepare import Prepared
from keepfit.serving.release.recorded_alias import Moved
from keepfit.serving.release.routing import Routing
from tests.unit.serving.support.releasing import Releasing, request, told
from tests.unit.serving.support.small_model import constant_model, model


def verdict(releasing: Releasing, challenger: Prepared, canary: Moved) -> CanaryVerdict:
    event = {"lambda_version": challenger.lambda_version, "started_at": canary.started_at.isoformat()}
    return evaluate(
        event,
        live=releasing.live,
        requests=releasing.requests,
        definition=releasing.definition,
        now=releasing.at,
    )


def test_the_first_release_serves_at_once(releasing: Releasing) -> None:
    prepared = releasing.prepared(model())
    moved = releasing.mover.promote(releasing.order(prepared))
    assert (moved.moved, moved.baking) == (True, False)
    assert releasing.live.read().routing == Routing(lambda_version="2")
    assert told(releasing) == [("promote", 1, 1.0, None)]


def test_the_first_release_needs_no_canary_even_when_one_is_asked_for(releasing: Releasing) -> None:
    moved = releasing.mover.start_canary(releasing.order(releasing.prepared(model())), 0.2)
    assert not moved.baking
    assert told(releasing) == [("promote", 1, 1.0, None)]


def test_a_release_at_once_answers_every_request_and_the_ledger_calls_it_so(releasing: Releasing) -> None:
    releasing.release(model())
    order = releasing.order(releasing.prepared(constant_model(0.5)), 'release.strategy = "at_once"')
    moved = releasing.mover.release_at_once(order)
    assert (moved.moved, moved.baking) == (True, False)
    assert releasing.live.read().routing == Routing(lambda_version="3")
    assert told(releasing)[-1] == ("release at once", 2, 1.0, 1)
    assert not releasing.mover.release_at_once(order).moved
    assert len(told(releasing)) == 2
    restored = releasing.mover.restore(None, who="ada", why="")
    assert restored.version == 1


def test_a_release_at_once_that_nobody_lived_to_record_is_recorded_by_the_next_attempt(
    releasing: Releasing,
) -> None:
    releasing.release(model())
    order = releasing.order(releasing.prepared(constant_model(0.5)))
    alias = releasing.live.read()
    releasing.live.move(Routing(lambda_version=order.lambda_version), revision=alias.revision)
    mover = replace(releasing.mover, timeout_s=0)
    assert not mover.release_at_once(order).moved
    assert told(releasing)[-1] == ("release at once", 2, 1.0, 1)


def test_a_run_that_is_closed_releases_nothing_at_once(releasing: Releasing) -> None:
    releasing.release(model())
    order = releasing.order(releasing.prepared(constant_model(0.5)))
    releasing.closed.add(str(order.run_id))
    with pytest.raises(Superseded, match="is closed"):
        releasing.mover.release_at_once(order)
    assert releasing.live.read().routing == Routing(lambda_version="2")


@pytest.mark.parametrize("action", ["canary", "restore"])
def test_a_lambda_version_that_runs_other_code_than_on_record_is_not_brought_before_clients(
    releasing: Releasing, action: str
) -> None:
    first = releasing.release(model())
    releasing.release(constant_model(0.5))
    before = releasing.live.read(), told(releasing)
    mover = replace(releasing.mover, code_sha256=lambda _: "other code")
    actions = {
        "canary": lambda: mover.start_canary(releasing.order(first), 0.2),
        "restore": lambda: mover.restore(1, who="ada", why=""),
    }
    with pytest.raises(TamperedArtifact, match="runs code other code, and on record is version"):
        actions[action]()
    assert (releasing.live.read(), told(releasing)) == before


def test_a_canary_whose_code_is_in_doubt_can_still_be_taken_back(releasing: Releasing) -> None:
    releasing.release(model())
    challenger = releasing.order(releasing.prepared(constant_model(0.5)))
    releasing.mover.start_canary(challenger, 0.2)
    replace(releasing.mover, code_sha256=lambda _: "other code").roll_back(challenger)
    assert releasing.live.read().routing == Routing(lambda_version="2")


def test_a_challenger_is_tried_and_promoted(releasing: Releasing) -> None:
    releasing.release(model())
    challenger = releasing.prepared(constant_model(0.5))
    canary = releasing.mover.start_canary(releasing.order(challenger), 0.2)
    assert canary.baking
    assert releasing.live.read().routing == Routing(lambda_version="2", canary="3", weight=0.2)
    for _ in range(100):
        releasing.answer("3", request(), seconds=4)
    assert verdict(releasing, challenger, canary).verdict == "promote"
    releasing.mover.promote(releasing.order(challenger))
    assert releasing.live.read().routing == Routing(lambda_version="3")
    assert told(releasing)[1:] == [("canary", 2, 0.2, 1), ("promote", 2, 1.0, 1)]


def test_a_share_of_all_requests_from_an_earlier_definition_is_tried_like_any_other(
    releasing: Releasing,
) -> None:
    releasing.release(model())
    challenger = releasing.order(releasing.prepared(constant_model(0.5)))
    assert releasing.mover.start_canary(challenger, 1.0).baking
    routing = releasing.live.read().routing
    assert (routing.lambda_version, routing.canary) == ("2", "3")
    assert champion_in(releasing.ledger.entries()) == 1
    releasing.mover.roll_back(challenger)
    assert releasing.live.read().routing == Routing(lambda_version="2")
    assert [(action, version) for action, version, _, _ in told(releasing)[1:]] == [
        ("canary", 2),
        ("roll back", 2),
    ]
    assert champion_in(releasing.ledger.entries()) == 1


def test_the_canary_that_a_dead_run_left_is_ended(releasing: Releasing) -> None:
    releasing.release(model())
    challenger = releasing.order(releasing.prepared(constant_model(0.5)))
    releasing.mover.start_canary(challenger, 0.2)
    assert challenger.run_id is not None
    moved = releasing.mover.end_canary(challenger.run_id, who="a rule", why="stopped")
    assert moved is not None
    assert (moved.moved, moved.baking) == (True, False)
    assert releasing.live.read().routing == Routing(lambda_version="2")
    assert told(releasing)[-1] == ("roll back", 2, 0.0, 1)
    last = releasing.ledger.entries()[-1]
    assert (last.who, last.why, last.run_id) == ("a rule", "stopped", challenger.run_id)


def test_a_canary_is_ended_once_and_only_for_the_run_that_started_it(releasing: Releasing) -> None:
    releasing.release(model())
    challenger = releasing.order(releasing.prepared(constant_model(0.5)))
    releasing.mover.start_canary(challenger, 0.2)
    assert releasing.mover.end_canary("another run", who="a rule", why="stopped") is None
    assert releasing.live.read().routing.canary == challenger.lambda_version
    assert challenger.run_id is not None
    releasing.mover.end_canary(challenger.run_id, who="a rule", why="stopped")
    before = releasing.ledger.entries()
    assert releasing.mover.end_canary(challenger.run_id, who="a rule", why="stopped") is None
    assert releasing.ledger.entries() == before


def test_a_released_challenger_stays_when_its_execution_ends_badly_afterwards(releasing: Releasing) -> None:
    releasing.release(model())
    challenger = releasing.order(releasing.prepared(constant_model(0.5)))
    releasing.mover.start_canary(challenger, 0.2)
    releasing.mover.promote(challenger)
    assert challenger.run_id is not None
    assert releasing.mover.end_canary(challenger.run_id, who="a rule", why="stopped") is None
    assert releasing.live.read().routing == Routing(lambda_version=challenger.lambda_version)


def test_ending_a_canary_leaves_nothing_to_do_before_the_first_release(releasing: Releasing) -> None:
    assert releasing.mover.end_canary("a run", who="a rule", why="stopped") is None


def test_a_challenger_that_fails_only_under_live_traffic_is_rolled_back(releasing: Releasing) -> None:
    champion = releasing.release(model())
    challenger = releasing.prepared(constant_model(0.5))
    canary = releasing.mover.start_canary(releasing.order(challenger), 0.2)

    def fails(_event: object) -> object:
        raise MemoryError("under load")

    releasing.target.versions[challenger.lambda_version] = fails
    answers = [releasing.answer(challenger.lambda_version, request(), seconds=0.5) for _ in range(6)]
    assert answers == [None] * 6
    found = verdict(releasing, challenger, canary)
    assert found.verdict == "roll back"
    releasing.mover.roll_back(releasing.order(challenger, why=found.reason))
    assert releasing.live.read().routing == Routing(lambda_version=champion.lambda_version)
    assert told(releasing)[-1] == ("roll back", 2, 0.0, 1)
    assert releasing.ledger.entries()[-1].why == "6 of 6 requests failed; up to 1.0% may"


def test_every_step_may_be_repeated_without_moving_or_recording_again(releasing: Releasing) -> None:
    releasing.release(model())
    order = releasing.order(releasing.prepared(constant_model(0.5)))
    first = releasing.mover.start_canary(order, 0.2)
    again = releasing.mover.start_canary(order, 0.2)
    assert (again.moved, again.baking, again.started_at) == (False, True, first.started_at)
    releasing.mover.promote(order)
    assert not releasing.mover.promote(order).moved
    assert len(told(releasing)) == 3


@pytest.mark.parametrize("step", ["canary", "promote", "roll back", "restore"])
def test_a_step_that_died_between_the_move_and_the_ledger_is_completed_by_its_retry(
    releasing: Releasing, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    releasing.release(model())
    order = releasing.order(releasing.prepared(constant_model(0.5)))
    mover = replace(releasing.mover, timeout_s=0.05)
    steps = {
        "canary": lambda: mover.start_canary(order, 0.2),
        "promote": lambda: mover.promote(order),
        "roll back": lambda: mover.roll_back(order),
        "restore": lambda: mover.restore(1, who="ada", why="worse"),
    }
    if step != "canary":
        steps["canary"]()
    recorded = len(releasing.ledger.entries())
    with monkeypatch.context() as dying:
        dying.setattr("keepfit.serving.release.recorded_alias.record", _killed)
        with pytest.raises(SystemExit):
            steps[step]()
    assert len(releasing.ledger.entries()) == recorded
    assert not steps[step]().moved
    assert told(releasing)[-1][0] == step
    assert told(releasing)[-1][3] == 1
    steps[step]()
    assert len(releasing.ledger.entries()) == recorded + 1


def _killed(*_args: object, **_options: object) -> None:
    raise SystemExit(137)


def test_somebody_who_finds_a_move_unrecorded_leaves_the_entry_to_its_mover(releasing: Releasing) -> None:
    for probability in (0.2, 0.4):
        releasing.release(constant_model(probability))
    recorded = Event()
    append = releasing.ledger.append

    class Slow(MemoryLedger):
        def append(self, entry: Entry) -> None:
            recorded.wait()
            append(entry)

        def last(self) -> Entry | None:
            return releasing.ledger.last()

        def entries(self) -> list[Entry]:
            return releasing.ledger.entries()

    slow = replace(releasing.mover, ledger=Slow())
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(slow.restore, 1, who="ada", why="")
        while releasing.live.read().routing.lambda_version != "2" and not first.done():
            sleep(0.001)
        second = pool.submit(replace(releasing.mover, timeout_s=20).restore, 1, who="bob", why="")
        recorded.set()
    assert (first.result().moved, second.result().moved) == (True, False)
    assert releasing.ledger.entries()[-1].who == "ada"
    assert told(releasing)[-2][0] == "promote"


def test_rolling_back_what_is_not_tried_changes_and_records_nothing(releasing: Releasing) -> None:
    releasing.release(model())
    order = releasing.order(releasing.prepared(constant_model(0.5)))
    before = told(releasing)
    assert not releasing.mover.roll_back(order).moved
    assert told(releasing) == before


def test_a_move_that_loses_to_another_decides_again_on_what_it_finds(
    releasing: Releasing, monkeypatch: pytest.MonkeyPatch
) -> None:
    for probability in (0.2, 0.4):
        releasing.release(constant_model(probability))
    challenger = releasing.prepared(constant_model(0.6))
    releasing.mover.start_canary(releasing.order(challenger), 0.2)
    move = releasing.live.move

    def overtaken(routing: Routing, *, revision: str) -> object:
        monkeypatch.setattr(releasing.live, "move", move)
        releasing.mover.restore(1, who="ada", why="first")
        return move(routing, revision=revision)

    monkeypatch.setattr(releasing.live, "move", overtaken)
    with pytest.raises(Superseded):
        releasing.mover.promote(releasing.order(challenger))
    assert told(releasing)[-1][0] == "restore"


def test_an_alias_that_never_holds_still_is_a_conflict(
    releasing: Releasing, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = releasing.prepared(model())

    def never(_routing: Routing, *, revision: str) -> object:
        raise Conflict(revision)

    monkeypatch.setattr(releasing.live, "move", never)
    with pytest.raises(Conflict, match="run the same step again"):
        releasing.mover.promote(releasing.order(prepared))
    assert releasing.ledger.entries() == []


def test_a_challenger_that_a_person_made_the_champion_is_not_watched_any_longer(releasing: Releasing) -> None:
    releasing.release(constant_model(0.2))
    challenger = releasing.prepared(constant_model(0.6))
    order = releasing.order(challenger)
    canary = releasing.mover.start_canary(order, 0.2)
    releasing.mover.restore(None, who="ada", why="a doubt")
    releasing.mover.restore(challenger.version, who="ada", why="it was none", force=True)
    before = told(releasing)
    found = verdict(releasing, challenger, canary)
    assert (found.verdict, found.reason, found.requests) == ("promote", DECIDED, 0)
    assert not releasing.mover.promote(order).moved
    assert told(releasing) == before
