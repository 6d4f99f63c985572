r"""LS201 Package manager's index or cache in the image.

What: the image holds what apt, apk, dnf, yum, zypper or pacman downloaded in order to install: package indexes and
archives. Nothing in a running container needs them; they are out of date a day later, too.

Why: the RUN that installed did not clean up before its layer was closed. Cleaning up in a later RUN does not help:
the bytes stay in the layer below.

Bad:

    RUN apt-get update && apt-get install -y curl

Good:

    RUN apt-get update \
     && apt-get install -y --no-install-recommends curl \
     && rm -rf /var/lib/apt/lists/*

or, with BuildKit, keep the caches out of the image and between builds:

    RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
        --mount=type=cache,target=/var/lib/apt,sharing=locked \
        apt-get update && apt-get install -y --no-install-recommends curl

Ignore it when: containers install packages when they start, and must do so without a network.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import cache_findings
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level

_APT = ("apt-get", "apt", "aptitude")
_DNF = ("dnf", "microdnf", "yum", "tdnf")


class SystemCaches(Detector):
    """See the module."""

    RULE = Rule("LS201", "package manager's cache in the image", Level.WARNING)
    KINDS = (
        PathKind("apt-cache", "apt's cache", ("/var/cache/apt",), tools=_APT,
                 cleanup="apt-get clean", cache_mount="/var/cache/apt"),
        PathKind("apt-lists", "apt's package index", ("/var/lib/apt/lists",), tools=_APT,
                 cleanup="rm -rf /var/lib/apt/lists/*", cache_mount="/var/lib/apt"),
        PathKind("apk-cache", "apk's cache", ("/var/cache/apk", "/etc/apk/cache"), tools=("apk",),
                 cleanup="rm -rf /var/cache/apk/*", cache_mount="/var/cache/apk", option="apk add --no-cache"),
        PathKind("dnf-cache", "dnf's cache", ("/var/cache/dnf", "/var/cache/yum", "/var/cache/tdnf",
                 "/var/cache/libdnf5"), tools=_DNF, cleanup="rm -rf {roots}", cache_mount="/var/cache/dnf"),
        PathKind("zypper-cache", "zypper's cache", ("/var/cache/zypp", "/var/cache/zypper"), tools=("zypper",),
                 cleanup="zypper clean --all", cache_mount="/var/cache/zypp"),
        PathKind("pacman-cache", "pacman's cache", ("/var/cache/pacman/pkg", "/var/lib/pacman/sync"),
                 tools=("pacman",), cleanup="rm -rf {roots}", cache_mount="/var/cache/pacman/pkg"),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report caches above the base, one finding for each package manager."""
        return cache_findings(self.RULE, self.KINDS, evidence)
