"""LS318 Account without a password check.

What: `/etc/shadow` of the final image has an account with an empty password, or `/etc/passwd` a second account with the
user id 0.

Why: anyone who reaches a login (su, ssh, a console) gets in.

Bad:

    RUN adduser -D admin && sed -i 's/^admin:!/admin:/' /etc/shadow

Good: leave accounts locked (`!` or `*`), as `useradd --system` makes them.

Ignore it when: never, in an image that is shipped.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.script import safe
from layerscope.model.filetree import NONE
from layerscope.model.findings import Finding, Level

_MOST_BYTES = 65536


class EmptyPasswords(Detector):
    """See the module."""

    RULE = Rule("LS318", "account without a password check", Level.WARNING)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report accounts of the final image, where a layer above the base wrote the file."""
        for path, is_open, what in (
            (b"/etc/shadow", _no_password, "has an empty password"),
            (b"/etc/passwd", _second_root, "is a second root (user id 0)"),
        ):
            node = evidence.tree.find(path)
            entry = NONE if node is None else evidence.tree.live[node]
            if node is None or entry == NONE or evidence.in_base(evidence.tree.layer_of(entry)):
                continue
            text = (evidence.inputs.read(entry, _MOST_BYTES) or b"").decode("utf-8", "replace")
            names = [line.split(":")[0] for line in text.splitlines() if is_open(line.split(":"))]
            if names:
                layer = evidence.tree.layer_of(entry)
                yield practice_finding(
                    self.RULE, layers=(layer,), line=evidence.script.line(layer), paths=(path,), nodes=(node,),
                    title=f"account {safe(', '.join(names[:3]))} {what}",
                    why="Whoever reaches a login of the container gets in.",
                    advice=f"Lock it in {evidence.script.place(layer)}: `&& passwd -l {safe(names[0])}`.",
                )  # fmt: skip


def _no_password(fields: list[str]) -> bool:
    return len(fields) > 2 and fields[1] == ""


def _second_root(fields: list[str]) -> bool:
    return len(fields) > 3 and fields[2] == "0" and fields[0] not in {"root", "toor"}
