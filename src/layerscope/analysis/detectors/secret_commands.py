"""LS302 Secret in a command.

What: a RUN, CMD or ENTRYPOINT has a token, or a password in a URL or an option. Values are never shown here.

Why: the text of every instruction is in the image's history. Values of build arguments that a RUN uses are written in
front of it by Docker's classic builder and by BuildKit.

Bad:

    RUN git clone https://me:token@example.com/private.git
    RUN curl -H "Authorization: token ghp_…" https://api.github.com/…

Good:

    RUN --mount=type=secret,id=token curl -H "Authorization: token $(cat /run/secrets/token)" https://api.github.com/…

Ignore it when: it is a password that only the build itself uses, of a server that lives in that RUN.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.script import safe
from layerscope.analysis.secretwords import kinds_in, tokens_in
from layerscope.model.findings import Finding, Level

_COMMANDS = frozenset({"RUN", "CMD", "ENTRYPOINT", "HEALTHCHECK", "ADD"})


class SecretCommands(Detector):
    """See the module."""

    RULE = Rule("LS302", "secret in a command", Level.ERROR)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report commands above the base, and build arguments that the builder wrote in front of them."""
        for instruction, layer in evidence.script.above_base(evidence.base_count):
            if instruction.keyword not in _COMMANDS:
                continue
            created_by = evidence.inputs.layers[layer].created_by if layer is not None else None
            kinds = kinds_in(instruction.text) or tokens_in(created_by or "")
            if kinds:
                line = instruction.dockerfile_line
                place = f"line {line}" if line else f"a {instruction.keyword}"
                yield practice_finding(
                    self.RULE, layers=() if layer is None else (layer,), line=line,
                    title=f"{place} holds a secret in its text: {safe(', '.join(kinds[:3]))}",
                    why="The text of every instruction is in the history of the image.",
                    advice="Use `RUN --mount=type=secret,id=NAME` and read it from /run/secrets/NAME; and revoke it.",
                )  # fmt: skip
