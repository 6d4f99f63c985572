"""The rules' pages: what `layerscope explain` shows. A page is the docstring of the rule's module."""

import sys

from layerscope.analysis.detecting import Rule
from layerscope.analysis.detectors import DETECTORS


def rules() -> tuple[Rule, ...]:
    """Give all rules by number."""
    return tuple(sorted((detector.RULE for detector in DETECTORS), key=lambda rule: rule.id))


def known_names() -> tuple[str, ...]:
    """Give the ids of all rules, and the names of their kinds; one that ends in `-` is how many begin."""
    kinds = (kind.name for detector in DETECTORS for kind in detector.KINDS)
    others = (kind for detector in DETECTORS for kind in detector.OTHER_KINDS)
    return tuple(dict.fromkeys((*(rule.id for rule in rules()), *kinds, *others)))


def is_known(name: str) -> bool:
    """Tell whether findings can have a rule or kind of this name, however it is written."""
    lower = name.lower()
    known = [one.lower() for one in known_names()]
    return lower in known or any(lower.startswith(one) for one in known if one.endswith("-"))


def page_of(rule_id: str) -> str | None:
    """Give the page of a rule, plain text; None when there is no such rule."""
    for detector in DETECTORS:
        if detector.RULE.id == rule_id:
            import inspect  # an index of rules is asked for far more often than a page

            page = inspect.getdoc(sys.modules[type(detector).__module__])
            return page or f"{rule_id} {detector.RULE.name}."  # under `python -OO` there are no docstrings
    return None
