"""The table of attacks, read; and printed with the number of cases: `python tests/hostile/attacks.py`.

A case is what pytest collects: each parameter counts, and what a test tries in a loop does not.
"""

import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

TESTS = Path(__file__).parents[1]
TABLE = Path(__file__).with_name("attacks.md")


@dataclass(frozen=True)
class Row:
    """One attack."""

    point: int
    attack: str
    stands_for: tuple[str, ...]
    tests: tuple[str, ...]
    """Node ids below `tests`, or whole files."""
    outcome: str

    @property
    def cases(self) -> int:
        """How many cases pytest collects for its tests."""
        return sum(collected()[test] for test in self.tests)


@cache
def rows() -> tuple[Row, ...]:
    """Read the table."""
    found = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if re.match(r"\| \d ", line):
            point, attack, stands_for, tests, outcome = (cell.strip() for cell in line.strip("|").split(" | "))
            anchors = tuple(one for one in stands_for.split(", ") if one != "\N{EN DASH}")
            found.append(Row(int(point), attack, anchors, tuple(tests.split("; ")), outcome))
    return tuple(found)


@cache
def collected() -> Counter[str]:
    """Count the cases of every test that the table names, and of every whole file."""
    files = sorted({test.partition("::")[0] for row in rows() for test in row.tests})
    words = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *files]
    done = subprocess.run(words, cwd=TESTS, capture_output=True, text=True, check=False)
    found: Counter[str] = Counter()
    for line in done.stdout.splitlines():
        if "::" in line:
            test = line.partition("[")[0].removeprefix("tests/")
            found[test] += 1
            found[test.partition("::")[0]] += 1
    return found


def main() -> None:
    """Print the table, with cases instead of the names of tests."""
    print("| point | attack or fault | stands for | tests | cases | outcome |\n|---|---|---|---:|---:|---|")
    for row in rows():
        stands_for = ", ".join(row.stands_for) or "\N{EN DASH}"
        print(f"| {row.point} | {row.attack} | {stands_for} | {len(row.tests)} | {row.cases} | {row.outcome} |")
    every = {test for row in rows() for test in row.tests}
    once = [test for test in every if test.partition("::")[0] not in every or "::" not in test]
    print(f"\n{len(rows())} attacks and faults, {sum(collected()[test] for test in once):,} cases.")


if __name__ == "__main__":
    main()
