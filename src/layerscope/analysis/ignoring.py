"""Lines of `.dockerignore`: what files of a COPY are called in the build's context, and whether it can do without them.

Owns that a line keeps out these files and no others: directories that stay in the image stay, and nothing that a RUN
names is kept from it. What several lines do together to one COPY is `assembly.py`'s business.
"""

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence

from layerscope.analysis import shelltext
from layerscope.analysis.bunch import Bunch
from layerscope.analysis.evidence import Evidence, replaced_directories
from layerscope.analysis.reach import Range, names_within, ranges_of
from layerscope.analysis.remedies import copy_words, forced, removals
from layerscope.analysis.script import safe
from layerscope.model.files import Kind
from layerscope.model.filetree import NONE
from layerscope.model.history import Instruction
from layerscope.patterns import regex

MOST_IGNORED = 20
"""Lines; nobody pastes more, and fewer than all would not do what is promised."""

_ODD = regex(r"[*?\[\\]|^[#!\s]|\s$")
"""What means something else in `.dockerignore`."""


def ignored_paths(
    evidence: Evidence,
    instruction: Instruction,
    layer: int,
    bunch: Bunch,
    *,
    but: Iterable[str] = (),
    killer: int | None = None,
) -> tuple[str, ...]:
    """Name files of a COPY as `.dockerignore` does; () where it is not known what they are called in the context.

    So it is where RUNs name what would not be there, by other commands than `but`. `killer`: the layer that ends them;
    None where they are in the image, and are to go from it.
    """
    source, home = _ends(evidence, instruction, layer)
    if source is None:
        return ()
    tops, found = _tops(evidence, layer, bunch, killer=killer), []
    for path in dict.fromkeys(_lines(evidence, layer, tops)):
        inside = posixpath.relpath(path, home)
        if inside == "." or inside.startswith(".."):
            return ()
        name = posixpath.normpath(posixpath.join(source, inside)) if source != "." else inside
        plain = name.removesuffix("/*")
        if _ODD.search(plain) or safe(plain) != plain or plain == f"{source}/{posixpath.basename(source)}":
            return ()  # the last is the source itself, where that is a file
        found.append(name)
    if len(found) > MOST_IGNORED or _is_named(evidence, layer, [(top, evidence.tree.end[top]) for top in tops], but):
        return ()
    others = range(evidence.base_count, evidence.tree.layer_count)
    return (
        ()
        if any(_needs(evidence, other, found, but, killer=killer) for other in others if other != layer)
        else tuple(found)
    )


def _ends(evidence: Evidence, instruction: Instruction, layer: int) -> tuple[str | None, str]:
    """Give the one source of a COPY, and where it goes; None where there are more, or it is not of the context."""
    sources, target = copy_words(instruction)
    home = posixpath.normpath(posixpath.join(evidence.script.workdir(layer), target))
    plain = len(sources) == 1 and not any(char in sources[0] for char in "*?[$")
    if not plain or any(flag.startswith("--from") for flag in instruction.flags):
        return None, home
    return posixpath.normpath(sources[0]).lstrip("/") or ".", home


def _needs(evidence: Evidence, layer: int, lines: Iterable[str], but: Iterable[str], *, killer: int | None) -> bool:
    """Tell whether another COPY brings what lines keep out, and it is in the image, or is named by a RUN."""
    script, tree = evidence.script, evidence.tree
    copy = script.instruction(layer)
    if copy is None or copy.keyword not in {"COPY", "ADD"} or any(flag.startswith("--from") for flag in copy.flags):
        return False
    source, home = _ends(evidence, copy, layer)
    for line in lines:
        name = line.removesuffix("/*")
        for one in copy_words(copy)[0] if source is None else [source]:
            start = re.split(r"[*?\[$]", posixpath.normpath(one).lstrip("/") or ".")[0]
            if start in {".", ""} or name == start or name.startswith(f"{start}/"):
                if source is None or name == start:
                    return True
                inside = name if start in {".", ""} else posixpath.relpath(name, start)
                found = ranges_of(tree, [posixpath.join(home, inside)], "/")
                stays = any(tree.live[node] != NONE and tree.ships_within(node, node + 1, layer)
                            for low, high in found for node in range(low, high))  # fmt: skip
                if (stays and killer is not None) or _is_named(evidence, layer, found, but):
                    return True
            elif f"{start}/".startswith(f"{name}/"):
                return True
    return False


def _is_named(evidence: Evidence, layer: int, ranges: Sequence[Range], but: Iterable[str]) -> bool:
    """Tell whether RUNs behind a COPY name something of it, but to remove it if it is there."""
    script, gone = evidence.script, set(but)
    for other in range(layer + 1, evidence.tree.layer_count):
        instruction = script.instruction(other)
        if instruction is None or script.keyword(other) != "RUN":
            continue
        for piece in shelltext.pieces(instruction.text) or [instruction.text]:
            for one in shelltext.listed(piece):
                is_harmless = piece in gone if removals([one]) else False
                is_harmless = is_harmless or (one.split()[:1] == ["rm"] and forced(one) == one)
                if not is_harmless and names_within(one, script.workdir(other), evidence.tree, ranges):
                    return True
    return False


def _tops(evidence: Evidence, layer: int, bunch: Bunch, *, killer: int | None) -> list[int]:
    """Find whole directories where all that a layer ships below them is among the files, and they go as well."""
    tree = evidence.tree
    wanted = set(bunch.nodes)
    table = tree.tables[layer]
    rows = [(node, kind) for node, kind in zip(table.node[: table.implied_from], table.kind, strict=False) if node]
    spared: set[int] = {0}
    for node, kind in rows:
        above = node
        while kind != Kind.DIRECTORY and node not in wanted and above not in spared:
            spared.add(above)
            above = tree.parent[above]
    again = set() if killer is None else replaced_directories(tree, killer)
    tops: set[int] = set()
    for start in wanted:
        top = start
        while (above := tree.parent[top]) not in spared and _goes(evidence, layer, above, again, killer):
            top = above
        tops.add(top)
    return sorted(tops)


def _lines(evidence: Evidence, layer: int, tops: list[int]) -> Iterator[str]:
    """Write paths, and those of whole directories that stay as `directory/*`."""
    tree, table = evidence.tree, evidence.tree.tables[layer]
    gone = set(tops)
    kept = {tree.parent[node] for node in table.node[: table.implied_from] if node and node not in gone}
    for top in tops:
        above = tree.parent[top]
        whole = len(tops) > 1 and above > 0 and above not in kept and tree.live[above] != NONE
        yield f"{_text(evidence, above)}/*" if whole else _text(evidence, top)


def _goes(evidence: Evidence, layer: int, node: int, again: set[int], killer: int | None) -> bool:
    """Tell whether a directory came with the files, and goes with them, or is made again by the RUN that ends them."""
    tree = evidence.tree
    remade = any(one <= node < tree.end[one] for one in again)
    return _is_new(evidence, layer, node) and (killer is None or tree.live[node] == NONE or remade)


def _text(evidence: Evidence, node: int) -> str:
    return evidence.tree.path(node).decode("utf-8", "surrogateescape")


def _is_new(evidence: Evidence, layer: int, node: int) -> bool:
    """Tell whether a layer brings a directory, that was not there before."""
    return not layer or evidence.tree.alive_after(node, layer - 1) < 0
