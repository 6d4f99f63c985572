r"""Regular expressions that are compiled when they are first looked for.

The rules, detectors and parsers have more than a hundred, and an image needs few of them: to compile all took a tenth
of a small run. `_NAME = regex(r"\w+")` is used as what `re.compile` gives; type checkers take it for that.
"""

import re
from typing import TYPE_CHECKING, Any

__all__ = ["regex"]

if TYPE_CHECKING:
    from re import compile as regex
else:

    class regex:  # noqa: N801 - a function for all who use it
        """A pattern that is there once anything of it is asked for."""

        def __init__(self, pattern: str | bytes, flags: int = 0) -> None:
            self.pattern = pattern
            self._flags = flags

        def __reduce__(self) -> tuple[Any, ...]:
            return regex, (self.pattern, self._flags)

        def __getattr__(self, name: str) -> Any:
            found = getattr(re.compile(self.pattern, self._flags), name)
            setattr(self, name, found)  # what is asked for again costs no more than with a pattern itself
            return found
