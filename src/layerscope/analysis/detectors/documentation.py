r"""LS204 Documentation in the image.

What: manual pages, info pages, and what packages put below `/usr/share/doc`. Licence files (`copyright`) do not count:
they should stay.

Why: packages bring their documentation, and nobody reads it in a container.

Bad:

    RUN apt-get update && apt-get install -y git

Good:

    RUN printf 'path-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\n' > /etc/dpkg/dpkg.cfg.d/90-nodoc
    RUN apt-get update && apt-get install -y git

(dnf: `--setopt=tsflags=nodocs`; apk has documentation in packages of its own.)

Ignore it when: people log into the container and work there.
"""

from collections.abc import Iterator

from layerscope.analysis.bunch import Bunch
from layerscope.analysis.detecting import Detector, Remedy, Rule, files_in, layers_text, live_finding
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.leftovers import dead_text, user_bytes
from layerscope.analysis.packageruns import installs
from layerscope.analysis.pathkinds import PathKind
from layerscope.model.findings import Edit, Finding, Level

_LEAST_BYTES = 1_000_000
_KEEP = (b"\0copyright", b"\0LICENSE", b"\0LICENCE", b"\0COPYING", b"\0NOTICE")
_EXCLUDE = (
    "RUN printf 'path-exclude=/usr/share/doc/*\\npath-include=/usr/share/doc/*/copyright\\n"
    "path-exclude=/usr/share/man/*\\npath-exclude=/usr/share/info/*\\n' > /etc/dpkg/dpkg.cfg.d/90-nodoc"
)


class Documentation(Detector):
    """See the module."""

    RULE = Rule("LS204", "documentation in the image", Level.NOTE)
    KINDS = (
        PathKind("documentation", "documentation", (
            "/usr/share/doc", "/usr/share/man", "/usr/share/info", "/usr/share/gtk-doc", "/usr/share/help",
            "/usr/local/share/doc", "/usr/local/share/man", "/usr/local/man",
            "/usr/share/doc-base", "/usr/share/lintian",
        )),
    )  # fmt: skip

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report documentation above the base, licences left out."""
        whole, layers = user_bytes(evidence, self.KINDS)
        bunch = Bunch()
        for size, node in zip(whole.sizes, whole.nodes, strict=True):
            if not evidence.tree.keys[node].endswith(_KEEP):
                bunch.add(size, node)
        if bunch.size_bytes < _LEAST_BYTES:
            return
        script = evidence.script
        debian = evidence.tree.find(b"/etc/dpkg/dpkg.cfg.d") is not None
        first = next((layer for layer in layers if installs(script.run(layer) or "")), None)
        edits: tuple[Edit, ...] = ()
        if debian and first is not None:
            at = script.edit(first, ())
            edits = (Edit((_EXCLUDE,), at.first_line, (at.first_line or 1) - 1 if at.first_line else None),)
        place = script.place(first if first is not None else layers[0])
        advice = (
            f"Tell dpkg not to unpack it, before {place}."
            if debian
            else f"Leave it out in {place} (dnf: `--setopt=tsflags=nodocs`), or delete it there."
        )
        yield live_finding(
            self.RULE, bunch, layers, evidence, kind="documentation",
            title=f"documentation in the image: {files_in(evidence, bunch)}",
            why=f"Packages installed by {layers_text(layers)} brought it.",
            remedy=Remedy(f"{advice}{dead_text(evidence, self.KINDS)}", edits),
        )  # fmt: skip
