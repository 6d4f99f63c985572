"""LS108 Package databases and logs written again by each step.

What: every RUN that installs, removes or adds a user writes the package database, the logs and /etc/passwd again; each
layer has a copy of its own.

Why: a layer stores changed files whole, even when one line was added.

Bad:

    RUN apt-get install -y a
    RUN apt-get install -y b

Good:

    RUN apt-get install -y a b

Ignore it when: the steps must be apart for the build cache, or it is small; two installations cost about a megabyte.
"""

from collections.abc import Iterator

from layerscope.analysis.bunch import joined
from layerscope.analysis.detecting import (
    Deaths,
    Remedy,
    Rule,
    WasteDetector,
    files_in,
    layers_text,
    waste_finding,
)  # fmt: skip
from layerscope.analysis.evidence import Death, Evidence
from layerscope.analysis.packageruns import SYSTEM_TOOLS, installs, package_plan
from layerscope.analysis.pathkinds import PathKind
from layerscope.analysis.remedies import merged_runs
from layerscope.model.findings import Finding, Level

_BACKUPS = frozenset({"debconf-backup", "dpkg-backup"})
"""Kinds of LS216, which tells of those in the final image."""


class DatabasesRewritten(WasteDetector):
    """See the module."""

    RULE = Rule("LS108", "package databases written again", Level.NOTE)
    KINDS = (
        PathKind("package-database", "package database", (
            "/var/lib/dpkg", "/var/lib/apt/extended_states", "/var/lib/pam", "/lib/apk/db", "/usr/lib/apk/db",
            "/etc/apk/world", "/var/lib/rpm", "/usr/lib/sysimage/rpm", "/var/lib/dnf", "/var/lib/yum",
            "/usr/lib/sysimage/libdnf5", "/var/lib/pacman/local", "/var/cache/debconf", "/var/lib/ucf",
            "/var/lib/systemd/deb-systemd-helper-enabled", "/var/cache/ldconfig", "/etc/ld.so.cache", "/var/cache/man",
            "/var/cache/fontconfig",
        )),
        PathKind("package-log", "logs of installing", (
            "/var/log/dpkg.log", "/var/log/apt", "/var/log/alternatives.log", "/var/log/bootstrap.log",
            "/var/log/dnf.log", "/var/log/dnf.librepo.log", "/var/log/dnf.rpm.log", "/var/log/hawkey.log",
            "/var/log/yum.log", "/var/log/zypper.log", "/var/log/apk.log", "/var/log/pacman.log", "/var/log/lastlog",
            "/var/log/faillog",
        )),
        PathKind("user-database", "users and groups", (
            "/etc/passwd", "/etc/group", "/etc/shadow", "/etc/gshadow", "/etc/passwd-", "/etc/group-", "/etc/shadow-",
            "/etc/gshadow-", "/etc/subuid", "/etc/subgid", "/etc/subuid-", "/etc/subgid-",
        )),
    )  # fmt: skip

    def claims(self, death: Death, evidence: Evidence) -> bool:
        """Take what steps above the base wrote into databases."""
        kind = evidence.kind(death.kind)
        own = kind is not None and (kind in self.KINDS or kind.name in _BACKUPS)
        return own and not evidence.in_base(death.owner)

    def explain(self, deaths: Deaths, evidence: Evidence) -> Iterator[Finding]:
        """Write one finding for all of them."""
        whole = joined(deaths.values())
        biggest = evidence.kind(max(deaths, key=lambda death: deaths[death].size_bytes).kind)
        yield waste_finding(
            self.RULE, deaths, evidence, kind=biggest.name if biggest else "",
            title=f"package databases and logs are written again by {layers_text(death.killer for death in deaths)}: "
            f"{files_in(evidence, whole)}",
            why="Each step that installs something ships these files whole once more.",
            remedy=_remedy(deaths, evidence),
        )  # fmt: skip


def _remedy(deaths: Deaths, evidence: Evidence) -> Remedy:
    script = evidence.script
    involved = {death.owner for death in deaths} | {death.killer for death in deaths}
    members = tuple(layer for layer in sorted(involved) if installs(script.run(layer) or ""))
    if len(members) < 2:
        return Remedy("Do what changes packages and users in one RUN.", saving_bytes=0)
    saved = sum(bunch.size_bytes for death, bunch in deaths.items() if {death.owner, death.killer} <= set(members))
    kinds = [kind for kind in evidence.table.kinds if kind.cleanup and set(kind.tools) & set(SYSTEM_TOOLS)]
    for tools in {kind.tools for kind in kinds}:
        plan = package_plan(evidence, [kind for kind in kinds if kind.tools == tools])
        if set(plan.merged) >= set(members):
            places = script.places(plan.merged)
            return Remedy(f"Make one RUN of {places}; it is the change that the caches ask for.", plan.edits, saved)
    places = script.places(members)
    return Remedy(f"Make one RUN of {places}.", merged_runs(script, members), saved)
