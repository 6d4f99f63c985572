"""How far the reading of the image is."""

import enum


class Phase(enum.Enum):
    """One value at a time; the screen owns which."""

    READING = enum.auto()
    READY = enum.auto()
    STOPPED = enum.auto()
    FAILED = enum.auto()
