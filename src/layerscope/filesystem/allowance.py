"""How much of what is rare in a tar an image may hold: extended headers compress to nearly nothing and cost a lot.

Owns the limits on PAX records, extended attributes and runs of sparse files, over all layers of an image together: a
kilobyte of archive can unpack to millions of each, and each costs a hundred bytes or a microsecond. What an image of
honest tools has goes by its entries; so do the limits. Knows nothing of tars.
"""

from layerscope.errors import LimitError

FREE_RECORDS, RECORDS_EACH = 200_000, 24
"""PAX records, and for each entry that has an extended header: bsdtar and star write some fifteen."""
FREE_XATTRS, XATTRS_EACH = 200_000, 2
"""Extended attributes; files of an image have none, or a capability and a label."""
FREE_RUNS, RUNS_EACH = 1 << 18, 2
"""Runs of sparse files: two files with the most that one may have (`MAX_SPARSE_RUNS`)."""


class Allowance:
    """What the layers of one image have had so far."""

    def __init__(self) -> None:
        self._entries = self._records = self._xattrs = self._runs = 0
        self.withdrawn = False
        """Nobody wants to know any more what is in the layers: whoever reads one stops."""

    def records(self, name: str, count: int) -> None:
        """Count the records of an extended header; LimitError when they are too many, for the layer `name`."""
        self._records += count
        self._check(name, self._records, FREE_RECORDS + RECORDS_EACH * self._entries, "PAX records")

    def entry(self, name: str, *, xattrs: int, runs: int) -> None:
        """Count what an entry has of them."""
        self._entries += 1
        self._xattrs += xattrs
        self._runs += runs
        self._check(name, self._xattrs, FREE_XATTRS + XATTRS_EACH * self._entries, "extended attributes")
        self._check(name, self._runs, FREE_RUNS + RUNS_EACH * self._entries, "runs of sparse files")

    @staticmethod
    def _check(name: str, count: int, limit: int, what: str) -> None:
        if count > limit:
            raise LimitError(f"{name}: the image has more than {limit:,} {what}")
