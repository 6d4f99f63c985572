r"""LS401 Sources copied before packages are installed.

What: a COPY or ADD of what changes often (the whole directory, many files; with `--git DIR`, what commits changed most)
above a RUN that installs packages of the system and needs none of it.

Why: a change of one source file makes every layer above the COPY anew: the packages are fetched, installed, pushed and
pulled again, though they are the same.

Bad:

    FROM debian:12
    COPY . /srv/app
    RUN apt-get update && apt-get install -y --no-install-recommends python3

Good:

    FROM debian:12
    RUN apt-get update && apt-get install -y --no-install-recommends python3
    COPY . /srv/app

Ignore it when: the image is built once, or always without a cache.
"""

from collections.abc import Iterator

from layerscope.analysis import shelltext
from layerscope.analysis.detecting import Detector, Rule
from layerscope.analysis.evidence import Evidence
from layerscope.analysis.layerorder import (
    LEAST_BYTES,
    Cost,
    Place,
    VolatileCopy,
    insertion,
    order_finding,
    places,
    removal,
    text_of,
    volatile_copies,
)
from layerscope.analysis.packageruns import installs
from layerscope.analysis.script import safe_lines
from layerscope.model.findings import Edit, Finding, Level


class VolatileCopyEarly(Detector):
    """See the module."""

    RULE = Rule("LS401", "sources copied before packages are installed", Level.WARNING)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report each volatile COPY with the installs that stand above it for no reason; an install once."""
        order = places(evidence)
        taken: set[int] = set()
        for copy in volatile_copies(evidence, order):
            if _is_for_packages(evidence, copy.layer):
                continue
            late = [place for place in order[copy.place.index + 1 :] if _could_be_earlier(evidence, place, copy)]
            late = [place for place in late if place.index not in taken]
            taken.update(place.index for place in late)
            saved = Cost.of(evidence.inputs.layers[place.layer] for place in late if place.layer is not None)
            if late and saved.content_bytes >= LEAST_BYTES:
                yield self._finding(evidence, copy, late, saved)

    def _finding(self, evidence: Evidence, copy: VolatileCopy, late: list[Place], saved: Cost) -> Finding:
        script = evidence.script
        where = " and ".join(script.place(place.layer) for place in late if place.layer is not None)
        return order_finding(
            self.RULE,
            title=f"{text_of(copy.place.instruction)} stands before packages are installed: each change installs again",
            why=f"{copy.why.capitalize()}; each time {where} runs again: {saved} built, pushed and pulled.",
            advice=f"Install first: put {where} above {script.place(copy.layer)}; a rebuild then makes {saved} less.",
            layers=[copy.layer, *(place.layer for place in late if place.layer is not None)],
            line=copy.place.instruction.dockerfile_line,
            saved=saved,
            edits=_moved(copy, late),
        )


def _is_for_packages(evidence: Evidence, layer: int) -> bool:
    """Tell whether a layer brings what installing looks at: sources of packages, keys, certificates."""
    tree, nodes = evidence.tree, evidence.tree.tables[layer].node
    ranges = [(node, tree.end[node]) for node in map(tree.find, _OF_PACKAGES) if node is not None]
    return any(first <= node < end for first, end in ranges for node in nodes)


def _could_be_earlier(evidence: Evidence, place: Place, copy: VolatileCopy) -> bool:
    """Tell whether a RUN only installs packages, and nothing between it and the COPY matters to it."""
    if place.instruction.keyword != "RUN" or place.layer is None:
        return False
    text = evidence.script.run(place.layer)
    script = evidence.script
    if (
        text is None
        or not installs(text)
        or any(flag.startswith("--mount=type=bind") for flag in place.instruction.flags)
    ):
        return False
    # A piece with a relative path, or of a program of the project's own, may need what was copied.
    alone = all(installs(piece) or _is_housekeeping(piece) for piece in shelltext.pieces(text) or [text])
    same_user = script.user(place.layer) == script.user(copy.layer)
    return alone and same_user and script.can_move(place.layer, copy.layer, text)


def _is_housekeeping(piece: str) -> bool:
    words = shelltext.words(piece)
    if not words or any(word.startswith("./") for word in words):
        return False
    paths = [word for word in words[1:] if "/" in word]
    return words[0] in _HARMLESS and all(path.startswith("/") for path in paths)


_OF_PACKAGES = (
    b"/etc/apt", b"/etc/apk", b"/etc/dnf", b"/etc/yum.conf", b"/etc/yum.repos.d", b"/etc/zypp", b"/etc/pacman.d",
    b"/etc/pki", b"/etc/ssl", b"/usr/share/keyrings", b"/usr/local/share/ca-certificates",
)  # fmt: skip
_HARMLESS = frozenset({
    "apk", "apt", "apt-get", "apt-mark", "apt-cache", "dnf", "echo", "ln", "locale-gen", "microdnf", "mkdir", "rm",
    "set", "true", "truncate", "update-ca-certificates", "yum", "zypper", "find", "groupadd", "useradd", "adduser",
    "addgroup",
})  # fmt: skip


def _moved(copy: VolatileCopy, late: list[Place]) -> tuple[Edit, ...]:
    line = copy.place.instruction.dockerfile_line
    runs: list[str] = []
    for place in late:
        found = place.instruction
        runs += shelltext.written(shelltext.pieces(found.text) or [found.text], found.flags)
    return (insertion(line, safe_lines(tuple(runs))), *(removal(place.instruction) for place in late))
