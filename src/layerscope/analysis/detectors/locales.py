r"""LS205 Translations in the image.

What: message catalogues and locale sources: `/usr/share/locale`, `/usr/share/i18n`, `/usr/lib/locale`.

Why: packages bring all their translations; a service speaks one language, or none.

Bad:

    RUN apt-get update && apt-get install -y git

Good:

    RUN printf 'path-exclude=/usr/share/locale/*\n' > /etc/dpkg/dpkg.cfg.d/90-nolocale
    RUN apt-get update && apt-get install -y git

Ignore it when: users see the messages of the programs in it.
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Remedy, Rule, files_in, layers_text, live_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import dead_text, user_bytes
from layerscope.analysis.packageruns import installs
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Edit, Finding, Level

_LEAST_BYTES = 1_000_000
_EXCLUDE = "RUN printf 'path-exclude=/usr/share/locale/*\\n' > /etc/dpkg/dpkg.cfg.d/90-nolocale"


class Locales(Detector):
    """See the module."""

    RULE = Rule("LS205", "translations in the image", Level.NOTE)
    KINDS = (
        PathKind("locales", "translations", ("/usr/share/locale", "/usr/share/i18n", "/usr/lib/locale")),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report translations above the base."""
        bunch, layers = user_bytes(evidence, self.KINDS)
        if bunch.size_bytes < _LEAST_BYTES:
            return
        script = evidence.script
        first = next((layer for layer in layers if installs(script.run(layer) or "")), layers[0])
        debian = evidence.tree.find(b"/etc/dpkg/dpkg.cfg.d") is not None
        edits: tuple[Edit, ...] = ()
        line = script.line(first)
        if debian:
            edits = (Edit((_EXCLUDE,), line, None if line is None else line - 1),)
        how = "Tell dpkg not to unpack them, before" if debian else "Delete them at the end of"
        yield live_finding(
            self.RULE, bunch, layers, evidence, kind="locales",
            title=f"translations in the image: {files_in(evidence, bunch)}",
            why=f"Packages installed by {layers_text(layers)} brought them.",
            remedy=Remedy(f"{how} {script.place(first)}.{dead_text(evidence, self.KINDS)}", edits),
        )  # fmt: skip
