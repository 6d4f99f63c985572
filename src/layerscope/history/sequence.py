"""Aligning two sequences: which rows of one belong to which of the other, in order, and how sure that is.

Owns the dynamic programming only (Needleman-Wunsch with a free start); what the scores mean is the caller's.
"""

from collections.abc import Sequence

from layerscope.frozen import dataclass

STEP_COST = 150
"""For a step, between or after matched ones, that no statement explains."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """The best alignment."""

    partner: tuple[int | None, ...]
    """By row: its column in the best alignment; None as well where another would be as good."""
    path: tuple[tuple[int, int], ...]
    """Rows and columns of one best alignment, in order, those that could be otherwise included."""
    total: int
    """Its score."""


def pair_up(
    scores: Sequence[Sequence[int]], column_costs: Sequence[int], *, min_score: int, margin: int, free_start: bool
) -> Pairing:
    """Pair rows with columns, in order, so that the sum of scores less the costs of what is left out is greatest.

    A row gets a partner only if every alignment without that pair is worse by `margin` at least: where two are as
    good, there is no answer. `free_start` makes rows before the first column cost nothing.
    """
    rows, columns = len(scores), len(column_costs)
    ahead = _table(scores, column_costs, min_score, free_start=free_start)
    behind = _table_back(scores, column_costs, min_score, free_start=free_start)
    total = ahead[rows][columns]
    partner: list[int | None] = []
    for row in range(rows):
        before, after = ahead[row], behind[row + 1]
        best, second = (
            None,
            max(
                before[column] - _row_cost(column, free_start=free_start) + after[column]
                for column in range(columns + 1)
            ),
        )
        first = second
        for column, score in enumerate(scores[row]):
            if score < min_score:
                continue
            value = before[column] + score + after[column + 1]
            if value > first:
                best, second, first = column, first, value
            else:
                second = max(second, value)
        partner.append(best if first == total and total - second >= margin else None)
    return Pairing(tuple(partner), tuple(_path(scores, ahead, min_score)), total)


def _path(scores: Sequence[Sequence[int]], ahead: list[list[int]], min_score: int) -> list[tuple[int, int]]:
    """Walk one best alignment back from its end."""
    path: list[tuple[int, int]] = []
    row, column = len(scores), len(ahead[0]) - 1
    while row and column:
        score = scores[row - 1][column - 1]
        if score >= min_score and ahead[row][column] == ahead[row - 1][column - 1] + score:
            path.append((row - 1, column - 1))
            row, column = row - 1, column - 1
        elif ahead[row][column] == ahead[row - 1][column] - STEP_COST:
            row -= 1
        else:
            column -= 1
    path.reverse()
    return path


def _row_cost(column: int, *, free_start: bool) -> int:
    return 0 if free_start and column == 0 else STEP_COST


def _table(
    scores: Sequence[Sequence[int]], column_costs: Sequence[int], min_score: int, *, free_start: bool
) -> list[list[int]]:
    """Best value for the first rows and columns, by their numbers."""
    columns = len(column_costs)
    first = [0]
    for cost in column_costs:
        first.append(first[-1] - cost)
    table = [first]
    for row_scores in scores:
        above = table[-1]
        line = [above[0] - _row_cost(0, free_start=free_start)]
        for column in range(columns):
            value = max(above[column + 1] - STEP_COST, line[column] - column_costs[column])
            if row_scores[column] >= min_score:
                value = max(value, above[column] + row_scores[column])
            line.append(value)
        table.append(line)
    return table


def _table_back(
    scores: Sequence[Sequence[int]], column_costs: Sequence[int], min_score: int, *, free_start: bool
) -> list[list[int]]:
    """Best value for what follows, by the numbers of rows and columns already used."""
    columns = len(column_costs)
    last = [0]
    for cost in reversed(column_costs):
        last.append(last[-1] - cost)
    last.reverse()
    table = [last]
    for row_scores in reversed(scores):
        below = table[-1]
        line = [0] * (columns + 1)
        line[columns] = below[columns] - _row_cost(columns, free_start=free_start)
        for column in range(columns - 1, -1, -1):
            value = max(
                below[column] - _row_cost(column, free_start=free_start), line[column + 1] - column_costs[column]
            )
            if row_scores[column] >= min_score:
                value = max(value, below[column + 1] + row_scores[column])
            line[column] = value
        table.append(line)
    table.reverse()
    return table
