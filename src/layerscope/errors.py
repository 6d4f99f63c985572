"""Every error a user can meet, each with what to do next and its exit code.

    LayerscopeError                     4  a fault of our own, when nothing below fits
    ├── UsageError                      2  the command line makes no sense
    │   ├── ConfigError                 2  a configuration file or rule makes no sense
    │   └── AlreadyThereError           2  a file would have to be replaced unasked
    ├── ImageError                      3  the image could not be read
    │   ├── ImageNotFoundError          3  no such file, no such image in any engine
    │   ├── EngineError                 3  an engine did not answer, refused, or broke off
    │   ├── NotAnImageError             3  the file is something else
    │   ├── UnsupportedImageError       3  an image, in a form that is not read: says how to re-save it
    │   ├── DamagedImageError           3  truncated, altered, or inconsistent
    │   ├── AmbiguousImageError         3  several images or platforms fit: lists the choices
    │   └── LimitError                  3  larger than a documented limit
    └── CancelledError                130  the user stopped it

This module knows nothing of the others. A message is one line: what is wrong, with the file and the member
it is wrong in. A hint is one line: what to do. Both are plain text and are made printable by whoever shows them.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from layerscope.frozen import dataclass


class LayerscopeError(Exception):
    """The root of all errors that layerscope raises on purpose."""

    exit_code: ClassVar[int] = 4

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(LayerscopeError):
    """The command line makes no sense."""

    exit_code = 2


class ConfigError(UsageError):
    """A configuration file, environment variable or rule makes no sense; `others` are mistakes found beside it."""

    def __init__(self, message: str, *, hint: str | None = None, others: "tuple[ConfigError, ...]" = ()) -> None:
        super().__init__(message, hint=hint)
        self.others = others

    @property
    def each(self) -> "tuple[ConfigError, ...]":
        """All mistakes, this one first, each alone."""
        return (ConfigError(self.message, hint=self.hint), *self.others)

    def at(self, place: str) -> "ConfigError":
        """Say of all of them where they stand."""
        return together([ConfigError(f"{place}{one.message}", hint=one.hint) for one in self.each])


def together(mistakes: "Sequence[ConfigError]") -> ConfigError:
    """Make one error of one or more."""
    first, *others = (alone for one in mistakes for alone in one.each)
    return ConfigError(first.message, hint=first.hint, others=tuple(others))


class AlreadyThereError(UsageError):
    """What is to be written is there already, and nothing is replaced unasked."""


class ImageError(LayerscopeError):
    """The image could not be read."""

    exit_code = 3


class ImageNotFoundError(ImageError):
    """There is no such file, and no such image in any engine that answered."""


class EngineError(ImageError):
    """A container engine did not answer, refused, or broke off."""


class NotAnImageError(ImageError):
    """The file is readable but is not a container image."""


class UnsupportedImageError(ImageError):
    """It is an image in a form that layerscope does not read."""


class DamagedImageError(ImageError):
    """The image is truncated, altered, or contradicts itself."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the images that fit, and what to ask for to get it and no other."""

    label: str
    """For people; from the image, untrusted."""
    option: Literal["reference", "tag", "platform"]
    """What has to be given: another reference, or a field of `InspectOptions`."""
    value: str


class AmbiguousImageError(ImageError):
    """Several images or platforms fit.

    `choices` names them as the user would type them; `candidates` are the same for a program that asks, the first
    being what is taken when nobody is asked. After one choice there may be another (first a tag, then a platform).
    """

    def __init__(
        self, message: str, *, choices: tuple[str, ...], candidates: tuple[Choice, ...] = (), hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.choices = choices
        self.candidates = candidates


class LimitError(ImageError):
    """The input is larger than a documented limit."""


class CancelledError(LayerscopeError):
    """The user stopped it."""

    exit_code = 130

    def __init__(self, message: str = "stopped", *, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
