from array import array

SOURCE: int

class Comparer:
    read_bytes: int
    def __init__(
        self,
        columns: tuple[bytearray, array[int], array[int]],
        firsts: array[int],
        descriptors: array[int],
        bases: array[int],
    ) -> None: ...
    def layers(self, pairs: array[int]) -> list[int]: ...
    def cut(self, pairs: array[int], most_bytes: int) -> list[int]: ...
    def compare(self, pairs: array[int], start: int, stop: int, most_bytes: int) -> bytearray: ...
