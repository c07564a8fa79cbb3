"""Pairing rows with columns at the least total cost."""

from __future__ import annotations

import numpy as np


def assignment(costs: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs (row, column) of least total cost, as many as the shorter side of float (R, C) has.

    The Hungarian method (Kuhn, 1955) with shortest augmenting paths, O(n^3).
    """
    if costs.shape[0] > costs.shape[1]:
        return sorted((row, column) for column, row in assignment(costs.T))
    rows, columns = costs.shape
    row_price, column_price = np.zeros(rows), np.zeros(columns + 1)
    owner = np.full(columns + 1, -1)  # the row of each column; the last one is where a new row waits
    for row in range(rows):
        owner[columns], column = row, columns
        least, came_from = np.full(columns, np.inf), np.full(columns, columns)
        visited = np.zeros(columns + 1, bool)
        while owner[column] >= 0:
            visited[column] = True
            reduced = costs[owner[column]] - row_price[owner[column]] - column_price[:columns]
            better = ~visited[:columns] & (reduced < least)
            least[better], came_from[better] = reduced[better], column
            nearest = int(np.argmin(np.where(visited[:columns], np.inf, least)))
            step = least[nearest]
            row_price[owner[visited]] += step
            column_price[visited] -= step
            least[~visited[:columns]] -= step
            column = nearest
        while column != columns:
            owner[column] = owner[came_from[column]]
            column = came_from[column]
    return [(int(owner[column]), column) for column in range(columns) if owner[column] >= 0]
