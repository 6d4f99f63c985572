r"""LS315 Too many layers.

What: more layers above the base than anyone can look through; engines refuse images of more than 127.

Why: each RUN, COPY and ADD is a layer; each costs a request when the image is pulled, and a lookup when a file is
opened.

Bad: a RUN for each file that is touched.

Good:

    COPY etc/ /etc/
    RUN step-one \
     && step-two

Ignore it when: tools make the layers so that parts are shared between images (nix, jib, bazel).
"""

from collections.abc import Iterator

from layerscope.analysis.detecting import Detector, Rule, practice_finding
from layerscope.analysis.evidence import Evidence
from layerscope.model.findings import Finding, Level

_MANY, _LIMIT, _NEAR = 40, 127, 110


class ManyLayers(Detector):
    """See the module."""

    RULE = Rule("LS315", "too many layers", Level.NOTE)

    def detect(self, evidence: Evidence) -> Iterator[Finding]:
        """Report an image of many layers above its base, or near the engines' limit."""
        count = evidence.tree.layer_count
        mine = count - evidence.base_count
        by_hand = any(layer.instruction and layer.instruction.keyword == "RUN" for layer in evidence.inputs.layers)
        if count >= _NEAR or (mine > _MANY and by_hand):
            yield practice_finding(
                self.RULE, level=Level.WARNING if count >= _NEAR else None,
                title=f"{count} layers, {mine} of them above the base",
                why=f"Engines take at most {_LIMIT}; each layer is a request when the image is pulled.",
                advice="Copy directories instead of files, and make one RUN of those that belong together.",
            )  # fmt: skip
