"""LS301 Secret in ENV, ARG or LABEL.

What: the image's configuration or history holds a password, key or token as the value of a variable. Values are never
shown here.

Why: `docker inspect` and `docker history` show them to everyone who has the image; every process of a container sees
ENV. Values of build arguments are written into the history of each RUN.

Bad:

    ARG NPM_TOKEN
    ENV DB_PASSWORD=hunter2

Good:

    RUN --mount=type=secret,id=npm_token NPM_TOKEN=$(cat /run/secrets/npm_token) npm ci

and give the container its password when it starts: `docker run -e DB_PASSWORD …`, or a secret of the orchestrator.

Ignore it when: the value is a placeholder that is replaced when the container starts.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.script import safe
from layerscope.analysis.secretwords import holds, tokens_in
from layerscope.model.findings import Finding, Level
from layerscope.patterns import regex

_PAIR = regex(r"(?<![\w.-])([A-Za-z_][\w.-]*)(?:=|\s+)(\"[^\"]*\"|'[^']*'|\S+)")
_WITH_VALUES = frozenset({"ENV", "ARG", "LABEL"})


class SecretSettings(Detector):
    """See the module."""

    RULE = Rule("LS301", "secret in ENV, ARG or LABEL", Level.ERROR)
    OTHER_KINDS = tuple(sorted(keyword.lower() for keyword in _WITH_VALUES))

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report variables of the configuration and of the history above the base; each once."""
        seen: set[str] = set()
        for instruction, _ in evidence.script.above_base(evidence.base_count):
            if instruction.keyword in _WITH_VALUES:
                for name, value in _PAIR.findall(instruction.text):
                    if name not in seen and (holds(name, value) or tokens_in(value)):
                        seen.add(name)
                        yield self._finding(instruction.keyword, name, instruction.dockerfile_line)
        for variable in evidence.config.env:
            name, _, value = variable.partition("=")
            if name not in seen and (holds(name, value) or tokens_in(value)):
                seen.add(name)
                yield self._finding("ENV", name, None)

    def _finding(self, keyword: str, name: str, line: int | None) -> Finding:
        shown = safe(name)
        return practice_finding(
            self.RULE, kind=keyword.lower(), line=line,
            title=f"{keyword} {shown} holds a secret, which `docker history` and `docker inspect` show",
            why="The configuration and the history of an image are public to everyone who has the image.",
            advice=f"Take {shown} out of {keyword}: for a build step use `RUN --mount=type=secret,id={shown.lower()}`, "
            f"for the container `docker run -e {shown}`; and revoke it.",
        )  # fmt: skip
