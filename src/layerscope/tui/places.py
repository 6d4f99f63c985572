"""Where a finding, or a change of the plan, is to be seen: its file, its line of the Dockerfile, its layer. Pure.

What `enter` does in the panes that list them.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from layerscope.model.filetree import NONE, FileTree
from layerscope.model.findings import Finding
from layerscope.model.plan import Plan
from layerscope.tui.filerows import end_of
from layerscope.tui.state import Trail, ViewState, focus, follow_trail, jump, layer_to, step_to

if TYPE_CHECKING:
    from layerscope.tui.panes.base import Subject

Going = Callable[[ViewState], ViewState]


def to_finding(subject: "Subject", finding: Finding, origin: str) -> Going | None:
    """Go to its biggest file where it was shipped (again: where it was ended), else to its line, else to its layer."""
    inspection = subject.inspection
    if inspection is None:
        return None
    tree, layers = inspection.tree, subject.layers
    node = finding.nodes[0] if finding.nodes else tree.find(finding.paths[0]) if finding.paths else None
    if node is not None and finding.owner_layers:
        owner = _owner_of(tree, finding, node)
        trail = trail_from(tree, node, owner, origin) or Trail(node, owner, owner, origin)
        return lambda view: follow_trail(view, tree, layers, trail)
    lines = [finding.dockerfile_line, *finding.owner_lines, *(edit.first_line for edit in finding.edits)]
    for line in lines:
        row = _row_of(subject, line)
        if row is not None:
            return lambda view: focus(step_to(view, layers, row), "dockerfile")
    if finding.owner_layers:
        layer = finding.owner_layers[0]
        return lambda view: focus(layer_to(view, layers, layer), "layers")
    return None


def _owner_of(tree: FileTree, finding: Finding, node: int) -> int:
    """Find which layer of a finding shipped one of its files: the last whose bytes ended as the finding says."""

    def fit(entry: int) -> tuple[bool, bool, int]:
        ended, layer = end_of(tree, entry), tree.layer_of(entry)
        as_said = ended is not None and ended[1] in finding.killer_layers
        return layer in finding.owner_layers, as_said if finding.killer_layers else ended is None, layer

    entries = tree.entries_at(node)
    return tree.layer_of(max(entries, key=fit)) if entries else finding.owner_layers[-1]


def to_change(subject: "Subject", plan: Plan, without: Plan) -> Going | None:
    """Go to what one change of a plan is about; it is the one that another plan has not."""
    inspection = subject.inspection
    if inspection is None:
        return None
    tree, layers = inspection.tree, subject.layers
    for index in plan.fixed - without.fixed:
        return to_finding(subject, inspection.findings[index], "plan")
    for node in plan.dropped - without.dropped:
        shipped = [layer for layer in range(tree.layer_count) if tree.ships_within(node, tree.end[node], layer)]
        layer = shipped[-1] if shipped else 0
        return lambda view: focus(jump(view, tree, layers, layer=layer, node=node), "files")
    for first, _last in set(plan.squashes) - set(without.squashes):
        return lambda view: focus(layer_to(view, layers, first), "layers")
    return None


def _row_of(subject: "Subject", line: int | None) -> int | None:
    """Find the row of the layers pane whose instruction has a line of the Dockerfile."""
    if line is None:
        return None
    for number, row in enumerate(subject.rows):
        instruction = row.step.instruction if row.step else None
        if row.line is not None and instruction is not None:
            last = instruction.dockerfile_end_line or row.line
            if row.line <= line <= last:
                return number
    return None


def trail_from(tree: FileTree, node: int, owner: int, origin: str) -> Trail | None:
    """Say who ended what a layer shipped at a path, if anybody did."""
    shipped = [entry for entry in tree.entries_at(node) if tree.layer_of(entry) == owner]
    dead = [entry for entry in shipped if end_of(tree, entry)]
    return trail_at(tree, dead[-1], origin) if dead else None


def trail_at(tree: FileTree, entry: int, origin: str) -> Trail | None:
    """Say who ended an entry, if anybody did."""
    ended = end_of(tree, entry) if entry != NONE else None
    if ended is None:
        return None
    table, row = tree.place_of(entry)
    return Trail(table.node[row], tree.layer_of(entry), ended[1], origin)
