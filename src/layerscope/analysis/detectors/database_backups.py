r"""LS216 Backup copies of package databases.

What: the copies that dpkg and debconf make before they write their databases again: `status-old`,
`templates.dat-old`, and the cache that ldconfig makes anew.

Why: each installation leaves them. The tools never read them; a person might, on a machine that lives for years.

Bad:

    RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*

Good:

    RUN apt-get update && apt-get install -y --no-install-recommends curl \
     && rm -rf /var/lib/apt/lists/* /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/cache/ldconfig/aux-cache

Ignore it when: a megabyte or two does not matter.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Remedy, Rule, files_in, layers_text, live_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import biggest_kind, cleaned, user_bytes
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Finding, Level

_LEAST_BYTES = 500_000
_CLEANUP = "rm -f /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/cache/ldconfig/aux-cache"


class DatabaseBackups(Detector):
    """See the module."""

    RULE = Rule("LS216", "backup copies of package databases", Level.NOTE)
    KINDS = (
        PathKind("debconf-backup", "debconf's backup copies", (
            "/var/cache/debconf/templates.dat-old", "/var/cache/debconf/config.dat-old",
            "/var/cache/debconf/passwords.dat-old",
        )),
        PathKind("dpkg-backup", "dpkg's backup copies", (
            "/var/lib/dpkg/status-old", "/var/lib/dpkg/available-old", "/var/lib/dpkg/diversions-old",
            "/var/lib/dpkg/statoverride-old", "/var/cache/ldconfig/aux-cache",
        )),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report copies that layers above the base ship, with the command that each of their RUNs should end with."""
        bunch, layers = user_bytes(evidence, self.KINDS)
        if bunch.size_bytes < _LEAST_BYTES:
            return
        script = evidence.script
        places = script.places(layers)
        yield live_finding(
            self.RULE, bunch, layers, evidence, kind=biggest_kind(evidence, self.KINDS).name,
            title=f"backup copies of package databases are in the image: {files_in(evidence, bunch)}",
            why=f"{layers_text(layers).capitalize()} left them; no tool reads them again.",
            remedy=Remedy(f"End {places} with `&& {_CLEANUP}`.", cleaned(evidence, layers, _CLEANUP)),
        )  # fmt: skip
