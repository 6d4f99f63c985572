"""Scores: ours, and Dive's.

efficiency = live / total bytes of the ledger: what a perfect squash would save, exactly. `user_*` leave out the base
image's layers: user_efficiency = live bytes of user layers / their bytes; user_wasted_ratio = wasted bytes owned by
user layers / bytes shipped by user layers. All are 0-1; a ratio over nothing is 1.0 (efficiency) or 0.0 (waste).
"""

from collections.abc import Sequence

from layerscope.analysis.ledger import total_ledger
from layerscope.model.ledger import DiveScores, Ledger, Scores


def scores_of(ledgers: Sequence[Ledger], base_layer_count: int | None, dive: DiveScores) -> Scores:
    """Work out all scores; `ledgers[k]` is layer k's, and the base is the first `base_layer_count` layers."""
    user = None if base_layer_count is None else total_ledger(ledgers[base_layer_count:])
    return Scores(
        efficiency=total_ledger(ledgers).efficiency,
        user_efficiency=None if user is None else user.efficiency,
        user_wasted_ratio=None if user is None else (user.wasted_bytes / user.total_bytes if user.total_bytes else 0.0),
        dive=dive,
    )
