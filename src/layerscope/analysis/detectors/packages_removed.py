"""LS103 Packages installed in one layer and removed in a later one.

What: compilers or tools are installed, used, and then removed with `apt-get purge`, `apk del` or `dnf remove` in a RUN
of their own. They are gone from the final image and still in the layer that installed them.

Why: a layer cannot take bytes out of those below it.

Bad:

    RUN apt-get install -y gcc
    RUN make
    RUN apt-get purge -y gcc

Good: build in a stage that is not shipped,

    FROM debian:12 AS build
    RUN apt-get update && apt-get install -y gcc
    COPY src/ .
    RUN make
    FROM debian:12
    COPY --from=build /src/app /usr/local/bin/app

or install, use and remove in one RUN.

Ignore it when: the stage is never shipped.
"""

from collections.abc import Iterator

from layerscope.analysis import shelltext
from layerscope.analysis.bunch import Bunch, joined
from layerscope.analysis.detecting import (
    Deaths,
    Remedy,
    Rule,
    WasteDetector,
    files_in,
    grouped,
    layers_text,
    waste_finding,
)  # fmt: skip
from layerscope.analysis.evidence import Death, Evidence
from layerscope.analysis.remedies import merged_runs, needing, users_between
from layerscope.model.findings import Finding, Level
from layerscope.model.ledger import Fate
from layerscope.patterns import regex
from layerscope.units import format_size

_MOST_NAMES, _MOST_USERS = 20, 6
"""More steps than that between installing and removing are no one RUN any more."""
_UP_TO = r"\s[^&|;]{0,300}?"
_REMOVES = regex(
    rf"\b(?:(?:apt-get|apt|aptitude){_UP_TO}(?:purge|remove|autoremove)|apk{_UP_TO}del"
    rf"|(?:dnf|microdnf|yum|tdnf|zypper){_UP_TO}(?:remove|erase|autoremove)|pacman\s+-R\w*"
    rf"|dpkg{_UP_TO}(?:-r|-P|--purge)|(?:pip3?|uv pip|gem){_UP_TO}uninstall"
    rf"|npm{_UP_TO}(?:prune|uninstall|remove)|yarn{_UP_TO}remove)\b([^&|;]*)"
)


class PackagesRemoved(WasteDetector):
    """See the module."""

    RULE = Rule("LS103", "packages removed in a later layer", Level.WARNING)

    def claims(self, death: Death, evidence: Evidence) -> bool:
        """Take what a removing RUN deleted."""
        return death.fate is Fate.DELETED and _REMOVES.search(evidence.script.run(death.killer) or "") is not None

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write a finding for each RUN that removes."""
        for group in grouped(deaths, "killer"):
            killer = next(iter(group)).killer
            yield waste_finding(
                self.RULE, group, evidence,
                title=f"packages installed by {layers_text(death.owner for death in group)} are removed by "
                f"{evidence.script.where(killer)}: {files_in(evidence, joined(group.values()))}",
                why="Removing hides the files; the layer that installed them still has them, and everyone pulls it.",
                remedy=_remedy(group, evidence, killer),
            )  # fmt: skip


def _remedy(group: Deaths, evidence: Evidence, killer: int) -> Remedy:
    script = evidence.script
    owners = sorted({death.owner for death in group if not evidence.in_base(death.owner)})
    users = _users(evidence, owners[0], killer, joined(group.values())) if owners else []
    members = sorted({*owners, *users, killer})
    while users and (more_users := needing(script, members, members, users[-1])):
        users = sorted({*users, *more_users})
        members = sorted({*members, *more_users})
    stage = "Install and use them in a build stage, and `COPY --from=` what they made"
    edits = merged_runs(script, members, at=users[-1] if users else None) if len(users) <= _MOST_USERS else ()
    places = script.places(members)
    one = f"; or make one RUN of {places}" if edits else f"; or install, use and remove them in one RUN ({places})"
    extra = sum(
        bunch.size_bytes
        for death, bunch in evidence.deaths.items()
        if death not in group and death.owner in members and death.killer in members
    )
    more = f" With it go {format_size(extra)} that other findings count." if edits and extra else ""
    return Remedy(f"{stage}{one}.{more}", edits)


def _users(evidence: Evidence, owner: int, killer: int, files: Bunch) -> list[int]:
    """Find the RUNs between two layers that may need the packages: a compiler is used by `make` without being named."""
    script = evidence.script
    removed = _REMOVES.search(script.run(killer) or "")
    names = [word for word in (removed[1].split() if removed else []) if not word.startswith("-")]
    names += [evidence.tree.name(node).decode("utf-8", "replace") for _, node in files.top(_MOST_NAMES)]
    looking = (
        layer
        for layer in range(owner + 1, killer)
        if any(map(shelltext.looks_around, shelltext.pieces(script.run(layer) or "") or ()))
    )
    return sorted({*users_between(script, owner, killer, names), *looking})
