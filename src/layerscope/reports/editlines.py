"""Lines of a Dockerfile to change, under comments that say where: where there is no whole file to show instead."""

from collections.abc import Iterable

from layerscope.model.findings import Edit
from layerscope.model.plan import PlannedChange


def plan_edits(changes: Iterable[PlannedChange]) -> str:
    """Write the lines to change, each group under a comment that says where; as text to paste."""
    parts: list[str] = []
    written: list[Edit] = []
    for change in changes:
        parts += [f"# {change.title}", *(() if change.edits else (f"#   {change.advice}",))]
        for edit in change.edits:
            parts += [f"# {edit_place(edit)}{edit_said(edit, written)}", *(() if edit in written else edit.lines)]
            written.append(edit)
        parts.append("")
    return "\n".join(parts)


def edit_said(edit: Edit, written: list[Edit]) -> str:
    """Say what to do there; changes that mend the same lines in the same way say it once."""
    if edit in written:
        return ": as above"
    return ":" if edit.lines else ": take it out"


def edit_place(edit: Edit) -> str:
    """Say where an edit goes: "Dockerfile, lines 6-9"."""
    if edit.first_line is None:
        return edit.file if edit.layer is None else f"{edit.file}, the step of layer {edit.layer}"
    if edit.last_line is not None and edit.last_line < edit.first_line:
        return f"{edit.file}, before line {edit.first_line}"
    last = "" if edit.last_line in {None, edit.first_line} else f"-{edit.last_line}"
    return f"{edit.file}, line{'s' * bool(last)} {edit.first_line}{last}"
