"""The steps of a run taken one after the other: `--direct` as they are, the flow as its tasks."""

import logging
import time
from collections.abc import Callable, Sequence

from flows.errors import ExitCode, OpKoersError
from flows.mishaps import told_as_sentence
from flows.running.plan import RunPlan, Step, StepDone
from flows.running.steps import STEPS, deliver, report_critical

steps_log = logging.getLogger("opkoers.steps")
log = logging.getLogger("opkoers.run")


def perform(step: Step, plan: RunPlan) -> StepDone:
    """One step, with its time and words in the log; mistakes that are not ours as sentences."""
    started = time.perf_counter()
    with told_as_sentence():
        done = step(plan)
    for mistake in done.mistakes:
        log.warning("%s", mistake.sentence())
    steps_log.info("%-22s %6.1f s  %s", done.name, time.perf_counter() - started, done.words)
    return done


def follow(
    plan: RunPlan, perform_step: Callable[[Step], StepDone], steps: Sequence[Step] = STEPS
) -> tuple[OpKoersError, ...]:
    """All steps in order; the mistakes met. When checks stop it, critical items are still reported,
    and delivered where the run delivers.

    Raises OpKoersError when a step stops the run.
    """
    mistakes: list[OpKoersError] = []
    try:
        for step in steps:
            mistakes += perform_step(step).mistakes
    except OpKoersError as error:
        if error.exit_code is ExitCode.CHECKS_STOPPED_PUBLISHING:
            perform_step(report_critical)
            if deliver in steps:
                _deliver_all_the_same(perform_step)
        raise
    return tuple(mistakes)


def _deliver_all_the_same(perform_step: Callable[[Step], StepDone]) -> None:
    """What cannot be delivered is told in the log: what stopped the run is what must be mended."""
    try:
        perform_step(deliver)
    except OpKoersError as mistake:
        log.warning("%s", mistake.sentence())
