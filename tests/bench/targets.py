"""What is aimed at, and whether a row of the table meets it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

OURS = "layerscope"


@dataclass(frozen=True, slots=True)
class AtMost:
    """Our own figure is no higher."""

    limit: float

    def text(self, unit: str) -> str:
        """Say what is aimed at."""
        return f"≤ {self.limit:g} {unit}"

    def met(self, figures: Mapping[str, float]) -> bool | None:
        """Say whether the figures of a row do; None where one that is needed was not measured."""
        return figures[OURS] <= self.limit if OURS in figures else None


@dataclass(frozen=True, slots=True)
class TimesLess:
    """A peer's figure is so many times ours."""

    peer: str
    factor: float

    def text(self, _unit: str) -> str:
        """Say what is aimed at."""
        return f"≤ {self.peer} / {self.factor:g}"

    def met(self, figures: Mapping[str, float]) -> bool | None:
        """Say whether the figures of a row do; None where one that is needed was not measured."""
        if not {OURS, self.peer} <= figures.keys():
            return None
        return figures[OURS] * self.factor <= figures[self.peer]


@dataclass(frozen=True, slots=True)
class LittleMore:
    """Our figure is hardly more than another one: a factor, and a fixed amount."""

    than: str
    factor: float
    plus: float

    def text(self, unit: str) -> str:
        """Say what is aimed at."""
        return f"≤ {self.factor:g} x {self.than} + {self.plus:g} {unit}"

    def met(self, figures: Mapping[str, float]) -> bool | None:
        """Say whether the figures of a row do; None where one that is needed was not measured."""
        if not {OURS, self.than} <= figures.keys():
            return None
        return figures[OURS] <= self.factor * figures[self.than] + self.plus


Target = AtMost | TimesLess | LittleMore
