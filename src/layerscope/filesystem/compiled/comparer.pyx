# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False, auto_pickle=False
"""Contents that lie in files, compared where they lie: what `content.py` does a pair at a time."""

from libc.string cimport memcmp
from posix.unistd cimport pread

cdef enum:
    COMPARED = 262144
    AT_FIRST = 16384  # what differs mostly does so early

ctypedef unsigned char byte


cdef class Comparer:
    """Compares contents that lie in files as they are, named by their entries."""

    cdef const byte[::1] kinds
    cdef const unsigned long long[::1] sizes
    cdef const unsigned long long[::1] offsets
    cdef const int[::1] firsts
    cdef const int[::1] descriptors
    cdef const unsigned long long[::1] bases
    cdef readonly long long read_bytes

    def __init__(self, columns, firsts, descriptors, bases):
        """Take kind, size and offset of all entries; a kind of 255 is not to be compared.

        And by layer: the number of its first entry, and the file it lies in (-1 where it does not) from which byte on;
        these two may be filled in later.
        """
        self.kinds, self.sizes, self.offsets = columns
        self.firsts, self.descriptors, self.bases = firsts, descriptors, bases
        if not self.firsts.shape[0] == self.descriptors.shape[0] == self.bases.shape[0] > 0:
            raise ValueError("there is one of each for a layer")

    def layers(self, pairs):
        """Say which layers' bytes have to be read to compare some pairs."""
        cdef const int[::1] entries = pairs
        cdef Py_ssize_t at
        flags = bytearray(self.firsts.shape[0])
        cdef byte[::1] needed = flags
        for at in range(entries.shape[0] // 2):
            if self._is_read(entries[2 * at], entries[2 * at + 1]):
                needed[self._layer(entries[2 * at])] = 1
                needed[self._layer(entries[2 * at + 1])] = 1
        return [layer for layer, flag in enumerate(flags) if flag]

    cdef Py_ssize_t _layer(self, int entry) except -1 nogil:
        cdef Py_ssize_t low = 0
        cdef Py_ssize_t high = self.firsts.shape[0]
        cdef Py_ssize_t middle
        while low + 1 < high:
            middle = (low + high) // 2
            if self.firsts[middle] <= entry:
                low = middle
            else:
                high = middle
        return low

    cdef bint _is_read(self, int one, int other) except -1 nogil:
        """Say whether only the bytes can tell two entries apart."""
        cdef bint is_plain = not self.kinds[one] and not self.kinds[other]
        return is_plain and self.sizes[one] == self.sizes[other] and self.sizes[one] > 0

    cdef int _same(self, int one, int other, byte *room, long long most_bytes, long long *read) except -1 nogil:
        cdef long long size = self.sizes[one]
        cdef long long done = 0
        cdef long long want, at, at2
        cdef Py_ssize_t layer, layer2
        if self.kinds[one] or self.kinds[other]:
            return 2
        if not self._is_read(one, other):
            return <unsigned long long>size == self.sizes[other]
        layer, layer2 = self._layer(one), self._layer(other)
        if size > most_bytes or self.descriptors[layer] < 0 or self.descriptors[layer2] < 0:
            return 2
        at, at2 = self.bases[layer] + self.offsets[one], self.bases[layer2] + self.offsets[other]
        while done < size:
            want = min(size - done, <long long>(COMPARED if done else AT_FIRST))
            if pread(self.descriptors[layer], room, want, at + done) != want:
                return 2
            if pread(self.descriptors[layer2], room + COMPARED, want, at2 + done) != want:
                return 2
            read[0] += 2 * want
            if memcmp(room, room + COMPARED, want) != 0:
                return 0
            done += want
        return 1

    def cut(self, pairs, long long most_bytes):
        """Cut pairs into pieces that ask for about as many bytes each: the number of each one's first pair, and the end.

        A pair counts as 4 kB besides its bytes: to find and read a small file takes as long.
        """
        cdef const int[::1] entries = pairs
        cdef Py_ssize_t count = entries.shape[0] // 2
        cdef Py_ssize_t at
        cdef long long held = 0
        starts = []
        for at in range(count):
            if not starts or held >= most_bytes:
                starts.append(at)
                held = 0
            held += 4096
            if self._is_read(entries[2 * at], entries[2 * at + 1]):
                held += 2 * self.sizes[entries[2 * at]]
        starts.append(count)
        return starts

    def compare(self, pairs, Py_ssize_t start, Py_ssize_t stop, long long most_bytes):
        """Say of each pair of `pairs[2 * start : 2 * stop]` whether its bytes are the same (1), not (0), or open (2).

        Open are those that are no plain files, or have more than `most_bytes`, or could not be read.
        """
        cdef const int[::1] entries = pairs
        cdef Py_ssize_t at
        cdef long long read = 0
        if not 0 <= start <= stop <= entries.shape[0] // 2:
            raise ValueError("there are not so many pairs")
        found = bytearray(stop - start)
        rooms = bytearray(2 * COMPARED)
        cdef byte[::1] same = found
        cdef byte[::1] room = rooms
        with nogil:
            for at in range(start, stop):
                same[at - start] = self._same(entries[2 * at], entries[2 * at + 1], &room[0], most_bytes, &read)
        self.read_bytes += read
        return found
