"""The line below the headline while something is planned: what the image would be, seen from every pane."""

from layerscope.model.plan import Plan
from layerscope.tui import planrows
from layerscope.tui.panes.base import NOTHING, Subject
from layerscope.tui.roles import Line
from layerscope.tui.state import ViewState
from layerscope.tui.widgets.written import Written


class PlanStrip(Written):
    """Follows the view as a pane does."""

    def __init__(self) -> None:
        super().__init__(self._line, id="planstrip")
        self._subject: Subject = NOTHING
        self._view = ViewState()
        self.wished = Plan()

    def present(self, subject: Subject, view: ViewState) -> None:
        """Show another plan, or the same for another layer."""
        self._subject, self._view = subject, view
        self._show()

    def wish(self, plan: Plan) -> None:
        """Say that a plan is worked out, until it is what is shown."""
        self.wished = plan
        self._show()

    def _show(self) -> None:
        self.display = self.is_wanted
        if self.display:
            self.renew()

    @property
    def is_wanted(self) -> bool:
        """Tell whether there is a plan to show."""
        return bool(self._view.plan or self.wished) and self._subject.planner is not None

    def _line(self, width: int) -> tuple[Line, ...]:
        inspection, planner = self._subject.inspection, self._subject.planner
        if inspection is None or planner is None or not self.is_wanted:
            return ()
        if self.wished != self._view.plan:
            return (planrows.awaited(self.wished, width),)
        from layerscope.analysis.planedits import foresee_file

        now, then = planner.now, planner.outcome(self._view.plan)
        file = foresee_file(inspection, planner, self._view.plan)
        return (planrows.strip(self._view.plan, now, then, self._view.layer, width, file=file),)
