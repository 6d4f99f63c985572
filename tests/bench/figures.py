"""Statistics of samples: medians, percentiles, slopes. Pure."""

import math
from collections.abc import Sequence
from statistics import linear_regression


def quantile(samples: Sequence[float], share: float) -> float:
    """Give the smallest sample that at least this share of the samples does not exceed (nearest rank)."""
    if not samples:
        raise ValueError("there are no samples")
    if not 0 <= share <= 1:
        raise ValueError(f"{share} is no share")
    return sorted(samples)[max(math.ceil(share * len(samples)) - 1, 0)]


def median(samples: Sequence[float]) -> float:
    """Give the middle sample, or the mean of the two in the middle."""
    ordered = sorted(samples)
    middle = len(ordered) // 2
    if not ordered:
        raise ValueError("there are no samples")
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def growth_exponent(sizes: Sequence[float], costs: Sequence[float]) -> float | None:
    """Fit cost = a · sizeᵇ and give b: 1 is a flat cost per entry, 2 is quadratic; None below two positive points."""
    points = [
        (math.log(size), math.log(cost)) for size, cost in zip(sizes, costs, strict=True) if size > 0 and cost > 0
    ]
    if len({x for x, _ in points}) < 2:
        return None
    return linear_regression([x for x, _ in points], [y for _, y in points]).slope
