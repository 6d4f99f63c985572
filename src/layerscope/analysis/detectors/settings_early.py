r"""LS404 A label, argument or variable of the build stands early.

What: an ARG or ENV that is new in each build (a version, a commit, a date) above a RUN that does not use it; a LABEL of
that kind, where the builder is not BuildKit, whose labels break no cache.

Why: an argument or a variable is a part of every RUN below it: when it changes, all of them run again, and everything
above them is built, pushed and pulled anew.

Bad:

    ARG GIT_COMMIT
    RUN apt-get update && apt-get install -y --no-install-recommends curl
    RUN echo "$GIT_COMMIT" > /version

Good:

    RUN apt-get update && apt-get install -y --no-install-recommends curl
    ARG GIT_COMMIT
    RUN echo "$GIT_COMMIT" > /version

Ignore it when: the value changes as seldom as the base image.
"""

import re
from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.layerorder import (
    LEAST_BYTES,
    Cost,
    Place,
    insertion,
    order_finding,
    places,
    removal,
    text_of,
)
from layerscope.analysis.script import safe_lines
from layerscope.model.findings import Finding, Level
from layerscope.patterns import regex

_NAME = regex(r"(?:^|\s)\"?([A-Za-z_][\w./-]*)\"?(?==|\s|$)")
_NEW_IN_EACH_BUILD = regex(
    r"(?:app|application|image|project|package|service|release|build|git|vcs|scm|source|ci|drone|github|gitlab)?[._-]?"
    r"(?:version|revision|commit(?:[._-]?(?:sha|hash|id))?|sha|rev|ref|vcs[._-]?ref|hash|build(?:[._-]?(?:id|number|num|date|time"
    r"|timestamp))?|date|timestamp|created|cachebust(?:er)?|cache[._-]?bust(?:er)?|serial|nonce|tag)",
    re.IGNORECASE,
)
_LABEL_PREFIX = regex(r"^(?:org\.opencontainers\.image\.|org\.label-schema\.)")
_KEYWORDS = frozenset({"ARG", "ENV", "LABEL"})


class SettingsEarly(Detector):
    """See the module."""

    RULE = Rule("LS404", "a setting of the build stands early", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report each setting that is new in each build, up to the first instruction that uses it."""
        order = places(evidence)
        buildkit = any("buildkit" in step.record.comment for step in evidence.inputs.steps)
        for place in order:
            keyword = place.instruction.keyword
            if keyword not in _KEYWORDS or (keyword == "LABEL" and buildkit):
                continue
            names = _names(place)
            if not names or not all(map(_is_new_in_each_build, names)):
                continue
            free = _until_used(order[place.index + 1 :], names)
            again = free if keyword == "LABEL" else _from_first_run(free)
            layers = [one.layer for one in again if one.layer is not None]
            saved = Cost.of(evidence.inputs.layers[layer] for layer in layers)
            if saved.content_bytes >= LEAST_BYTES:
                yield self._finding(evidence, place, layers, _next(order, free), saved)

    def _finding(self, evidence: Evidence, place: Place, layers: list[int], user: Place | None, saved: Cost) -> Finding:
        script, line = evidence.script, place.instruction.dockerfile_line
        target = user.instruction.dockerfile_line if user is not None else None
        where = "the end"
        if user is not None:
            where = f"line {target}" if target is not None else text_of(user.instruction)
        edits = (removal(place.instruction), insertion(target, safe_lines((place.instruction.shown,))))
        return order_finding(
            self.RULE,
            title=f"{text_of(place.instruction)} stands above what does not use it",
            why=f"When it changes, {script.place(layers[0])} and what follows run again: {saved} built and pulled.",
            advice=f"Move it down to {where}, where it is needed; a rebuild then makes {saved} less.",
            layers=layers,
            line=line,
            saved=saved,
            edits=edits if user is None or target is not None else (),
        )


def _names(place: Place) -> list[str]:
    """List the names that it sets; a value with blanks ends the list of those that are told apart."""
    text = place.text
    if place.instruction.keyword == "ARG" or "=" not in text:
        return [word.partition("=")[0] for word in text.split()[:1]]
    return [match[1] for match in _NAME.finditer(text) if text[match.end() : match.end() + 1] == "="]


def _is_new_in_each_build(name: str) -> bool:
    return _NEW_IN_EACH_BUILD.fullmatch(_LABEL_PREFIX.sub("", name)) is not None


def _until_used(following: list[Place], names: list[str]) -> list[Place]:
    """Give the instructions up to the first that uses one of the names."""
    used = re.compile("|".join(rf"\$\{{?{re.escape(name)}\b" for name in names))
    for position, place in enumerate(following):
        if used.search(place.instruction.shown) or used.search(place.text):
            return following[:position]
    return following


def _from_first_run(free: list[Place]) -> list[Place]:
    """Leave out what stands before the first RUN: a COPY does not look at arguments."""
    start = next((index for index, place in enumerate(free) if place.instruction.keyword == "RUN"), len(free))
    return free[start:]


def _next(order: list[Place], free: list[Place]) -> Place | None:
    index = free[-1].index + 1
    return order[index] if index < len(order) else None
