"""What a plan would do, worked out before the plan is shown: on a thread where there is much to add up.

Owns the thread, and the plan that was wished for last: until its numbers are there, the screen shows the one before.
"""

from collections.abc import Callable
from functools import partial

from layerscope.analysis.plan import Planner
from layerscope.model.inspection import Inspection
from layerscope.model.plan import Plan
from layerscope.tui.fairness import begin, fair_turns
from layerscope.tui.panes.base import Subject
from layerscope.tui.planrows import items_of

AT_ONCE = 20_000
"""Entries of an image whose plans are worked out without a thread: a few milliseconds."""


class Foresight:
    """The plans of one screen."""

    def __init__(self, tell: Callable[[Plan], object]) -> None:
        """`tell` is called on another thread when the numbers of a plan are there."""
        self.wished = Plan()
        self._tell = tell
        self._asked: Plan | None = None

    def is_ready(self, plan: Plan, subject: Subject) -> bool:
        """Tell whether a plan can be shown at once; else it is told when it can."""
        self.wished = plan
        planner, inspection = subject.planner, subject.inspection
        if not plan or planner is None or inspection is None or inspection.tree.entry_count <= AT_ONCE:
            return True
        if planner.knows(plan):
            return True
        if plan != self._asked:
            self._asked = plan
            begin("plan", partial(self._work, planner, inspection, plan))
        return False

    def _work(self, planner: Planner, inspection: Inspection, plan: Plan) -> None:
        from layerscope.analysis.planedits import foresee_file

        try:
            with fair_turns():
                _ = planner.now
                items_of(inspection, planner, plan)
                foresee_file(inspection, planner, plan)
        finally:
            self._tell(plan)  # what went wrong goes wrong again where it is seen
