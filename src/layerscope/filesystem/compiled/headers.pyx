# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False, auto_pickle=False
"""Plain tar headers into columns: what `tarscan.py` does a header at a time (`hot.py` says what it buys)."""

from cpython.buffer cimport PyBUF_READ
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from cpython.memoryview cimport PyMemoryView_FromMemory
from libc.string cimport memcmp, memcpy
from posix.unistd cimport pread

cdef enum:
    BLOCK = 512
    BATCH = 1024
    NEAR = 16384  # read at a time where one header comes soon after the other
    FAR = 1024  # and beyond a long content: the header after that mostly lies behind another one
    FILE = 0  # Kind's codes
    HARDLINK = 1
    SYMLINK = 2
    DIRECTORY = 3

cdef long long MOST = 1 << 62  # beyond it sums of two places may not be counted

ctypedef unsigned char byte


cdef inline long long _octal(const byte *field, int size) noexcept nogil:
    """Read octal digits with blanks and NULs around them; -1 for anything else."""
    cdef long long value = 0
    cdef int at = 0
    while at < size and (field[at] == 0x20 or field[at] == 0):
        at += 1
    while at < size and 0x30 <= field[at] <= 0x37:
        value = value * 8 + (field[at] - 0x30)
        at += 1
    while at < size:
        if field[at] != 0x20 and field[at] != 0:
            return -1
        at += 1
    return value


cdef inline long long _size(const byte *head) noexcept nogil:
    """Read the size of a regular file; -1 where it is not eleven octal digits and an end."""
    cdef long long value = 0
    cdef int at
    for at in range(124, 135):
        if not 0x30 <= head[at] <= 0x37:
            return -1
        value = value * 8 + (head[at] - 0x30)
    return value if head[135] == 0 or head[135] == 0x20 else -1


cdef inline long long _sum(const byte *head) noexcept nogil:
    """Sum up a header, its checksum field taken as blanks."""
    cdef unsigned int found = 0
    cdef int at
    for at in range(BLOCK):
        found += head[at]
    for at in range(148, 156):
        found -= head[at]
    return found + 8 * 0x20


cdef inline bint _is_odd(const byte *name, int at, int length) noexcept nogil:
    """Say whether the component that begins here is empty, ".", "..", or begins as markers do."""
    if at == length or name[at] == 0x2F:
        return True
    if name[at] != 0x2E:
        return False
    if at + 1 == length or name[at + 1] == 0x2F or name[at + 1] == 0x2E:
        return True  # "..x" is none, but rare
    return at + 3 < length and memcmp(name + at, b".wh.", 4) == 0


cdef int _key(const byte *head, byte *key) noexcept nogil:
    """Turn the name of a header into a key; its length, or -1 where the name is not plain.

    `key` has room for 256 bytes: 155 of the prefix field, a slash, 100 of the name field.
    """
    cdef int length = 0
    cdef int start = 0
    cdef int at = 0
    if head[345]:
        if memcmp(head + 257, b"ustar\0", 6) != 0:
            return -1
        while length < 155 and head[345 + length]:
            key[length] = head[345 + length]
            length += 1
        key[length] = 0x2F
        length += 1
    while at < 100 and head[at]:
        key[length] = head[at]
        length += 1
        at += 1
    if length > 2 and key[0] == 0x2E and key[1] == 0x2F:
        start = 2  # as "tar -C DIR ." writes them
    if length > start + 1 and key[length - 1] == 0x2F:
        length -= 1
    if _is_odd(key, start, length):
        return -1
    for at in range(start, length):
        if key[at] != 0x2F:
            key[at - start] = key[at]
        elif _is_odd(key, at + 1, length):
            return -1
        else:
            key[at - start] = 0
    return length - start


cdef class Headers:
    """Plain headers that follow each other, as columns of at most `BATCH` rows."""

    cdef byte piece[NEAR]
    cdef byte kind[BATCH]
    cdef unsigned long long size[BATCH]
    cdef unsigned short mode[BATCH]
    cdef unsigned int uid[BATCH]
    cdef unsigned int gid[BATCH]
    cdef double mtime_s[BATCH]
    cdef unsigned long long offset[BATCH]
    cdef byte keys[BATCH][256]
    cdef unsigned short key_length[BATCH]
    cdef byte targets[BATCH][100]
    cdef int count
    cdef readonly long long position
    """Where the next header is."""
    cdef readonly long long content_end
    """Where the last content ends; 0 when there was none."""

    cdef bint _take(self, const byte *head) noexcept nogil:
        """Make a row of a plain header; False when it is none."""
        cdef int row = self.count
        cdef byte code = head[156]
        cdef long long size = 0
        cdef long long mode, uid, gid, mtime
        cdef int length
        if code == 0x30:
            size = _size(head)
            if size < 0:
                return False
            self.kind[row] = FILE
        elif code == 0x31 or code == 0x32:
            self.kind[row] = code - 0x30
            memcpy(self.targets[row], head + 157, 100)
        elif code == 0x35:
            self.kind[row] = DIRECTORY
        else:
            return False
        mode, uid, gid = _octal(head + 100, 8), _octal(head + 108, 8), _octal(head + 116, 8)
        mtime = _octal(head + 136, 12)
        if mode < 0 or uid < 0 or gid < 0 or mtime < 0 or _octal(head + 148, 8) != _sum(head):
            return False
        length = _key(head, self.keys[row])
        if length < 0:
            return False
        self.key_length[row] = length
        self.size[row] = size
        self.mode[row] = mode & 0o7777
        self.uid[row] = uid
        self.gid[row] = gid
        self.mtime_s[row] = mtime
        self.position += BLOCK
        self.offset[row] = self.position
        if size:
            self.content_end = self.position + size
            self.position += (size + 511) & -BLOCK
        self.count = row + 1
        return True

    cdef void _begin(self, long long position) noexcept:
        self.count = 0
        self.position = position
        self.content_end = 0

    def of_file(self, int descriptor, long long base, long long end, long long position):
        """Read headers from `position` on of a tar that lies from `base` to `base + end` in a file.

        Gives whether there may be more plain ones: False when what comes next is none, or the end.
        """
        cdef long long first = position
        cdef long long held = 0
        cdef long long want, most
        if not (0 <= base <= MOST and 0 <= end <= MOST and 0 <= position <= MOST):
            raise ValueError("no file is so long")
        self._begin(position)
        with nogil:
            while self.count < BATCH:
                if self.position - first + BLOCK > held:
                    want = end - self.position
                    most = NEAR if self.position - first < held + FAR else FAR
                    if want > most:
                        want = most
                    if want < BLOCK:
                        break
                    first = self.position
                    held = pread(descriptor, self.piece, want, base + first)
                    if held < BLOCK:
                        break  # whoever reads it next learns what is wrong
                if not self._take(self.piece + (self.position - first)):
                    break
        return self.count == BATCH

    def of_buffer(self, bytes buffer, long long start, long long position, hash_):
        """Read headers that, with their contents, lie in a buffer of which the first byte is at `start`.

        Gives the hash of each content, b"" where there is none.
        """
        cdef const byte *data = <const byte *>PyBytes_AS_STRING(buffer)
        cdef long long length = PyBytes_GET_SIZE(buffer)
        cdef long long at, size
        if not (0 <= start <= MOST and 0 <= position <= MOST):
            raise ValueError("no tar is so long")
        hashes = []
        self._begin(position)
        while self.count < BATCH:
            at = self.position - start
            if at < 0 or at + BLOCK > length:
                break
            size = _size(data + at) if data[at + 156] == 0x30 else 0
            if size < 0 or at + BLOCK + size > length or not self._take(data + at):
                break
            if size:
                content = PyMemoryView_FromMemory(<char *>data + at + BLOCK, size, PyBUF_READ)
                hashes.append(hash_(content).digest())
            else:
                hashes.append(b"")
        return hashes

    def move_to(self, table):
        """Add the rows to a table; give what links say they point to, as (row of the table, bytes)."""
        cdef int count = self.count
        cdef int row, length
        first = len(table.kind)
        found = []
        links = []
        for row in range(count):
            found.append(PyBytes_FromStringAndSize(<char *>self.keys[row], self.key_length[row]))
            if self.kind[row] == HARDLINK or self.kind[row] == SYMLINK:
                length = 0
                while length < 100 and self.targets[row][length]:
                    length += 1
                links.append((first + row, PyBytes_FromStringAndSize(<char *>self.targets[row], length)))
        table.keys += found
        table.kind += PyMemoryView_FromMemory(<char *>self.kind, count, PyBUF_READ)
        table.size.frombytes(PyMemoryView_FromMemory(<char *>self.size, 8 * count, PyBUF_READ))
        table.mode.frombytes(PyMemoryView_FromMemory(<char *>self.mode, 2 * count, PyBUF_READ))
        table.uid.frombytes(PyMemoryView_FromMemory(<char *>self.uid, 4 * count, PyBUF_READ))
        table.gid.frombytes(PyMemoryView_FromMemory(<char *>self.gid, 4 * count, PyBUF_READ))
        table.mtime_s.frombytes(PyMemoryView_FromMemory(<char *>self.mtime_s, 8 * count, PyBUF_READ))
        table.offset.frombytes(PyMemoryView_FromMemory(<char *>self.offset, 8 * count, PyBUF_READ))
        table.entry_count += count
        return links
