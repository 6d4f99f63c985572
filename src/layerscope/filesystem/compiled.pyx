# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False, auto_pickle=False
"""The hot loops of reading and folding, in C where a compiler was there at installation (`hot.py` says what they buy).

Each does the plain case only and stops at whatever is not plain: there the Python beside it goes on (`tarscan.py`,
`stack.py`, `content.py`, `diff.py`), which does all cases and is what is used everywhere else. So what is rare, odd or
hostile is read by one program only, and tests hold the two against each other.

Arrays are read and written through checked views; raw memory is touched in `_take`, `_key` and `arrange` alone.
"""

from array import array

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
    COMPARED = 65536
    NONE = -1
    FILE = 0  # Kind's codes
    HARDLINK = 1
    SYMLINK = 2
    DIRECTORY = 3

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
        self._begin(position)
        with nogil:
            while self.count < BATCH:
                if self.position < first or self.position + BLOCK > first + held:
                    want = end - self.position
                    most = NEAR if self.position < first + held + FAR else FAR
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


def arrange(list keys, parent, end, depth):
    """Fill what sorted keys say: each path's parent, where its subtree ends, its depth; give the missing parents' keys.

    Columns are arrays of "i", "i" and "H", as long as the keys. While parents are missing they mean nothing.
    """
    cdef int[::1] above = parent
    cdef int[::1] ends = end
    cdef unsigned short[::1] depths = depth
    cdef Py_ssize_t count = len(keys)
    cdef Py_ssize_t node, length, upper, at
    cdef Py_ssize_t top = 0
    cdef bytes key, other
    cdef const char *text
    if count == 0 or len(keys[0]) != 0:
        raise ValueError("the first key is the root")
    missing = []
    above[0] = NONE
    depths[0] = 0
    for node in range(1, count):
        key = keys[node]
        text = PyBytes_AS_STRING(key)
        length = PyBytes_GET_SIZE(key)
        upper = 0
        while top > 0:
            other = keys[top]
            upper = PyBytes_GET_SIZE(other)
            if upper < length and text[upper] == 0 and memcmp(text, PyBytes_AS_STRING(other), upper) == 0:
                break
            upper = 0
            ends[top] = node
            top = above[top]
        at = length - 1
        while at > 0 and text[at] != 0:
            at -= 1
        if at != upper:
            missing.append(PyBytes_FromStringAndSize(text, at))
        above[node] = top
        depths[node] = depths[top] + 1
        top = node
    while top != NONE:
        ends[top] = count
        top = above[top]
    return missing


def fold(tree, table, dict pending, states, int index, Py_ssize_t row):
    """Apply entries of a layer (`stack._Fold.entries`) from a row on; give the first row that is not plain.

    `states` are bytes by node: alive, directory, known. Not plain are hard links, entries in a directory that nothing
    made, and what takes the place of a directory without being one.
    """
    cdef const int[::1] nodes = table.node
    cdef const byte[::1] kinds = table.kind
    cdef int[::1] live = tree.live
    cdef const int[::1] parent = tree.parent
    cdef int[::1] below = tree.below
    cdef int[::1] successor = tree.successor
    cdef int[::1] death = tree.death
    cdef byte[::1] alive = states[0]
    cdef byte[::1] directory = states[1]
    cdef byte[::1] known = states[2]
    cdef Py_ssize_t last = table.implied_from
    cdef int entry = tree.first_entry[index] + row
    cdef int node, old
    cdef byte kind
    rewrites = []
    while row < last:
        node = nodes[row]
        kind = kinds[row]
        old = live[node]
        if kind == HARDLINK or (node and not directory[parent[node]]):
            break
        if old != NONE and kind != DIRECTORY and directory[node]:
            break
        if old == NONE and pending:
            old = pending.pop(node, NONE)
        if old != NONE:
            below[entry] = old
            successor[old] = entry
            death[old] = index
        if not known[node]:
            known[node] = 1
        elif kind == FILE:
            rewrites.append(entry)
        live[node] = entry
        alive[node] = 1
        directory[node] = kind == DIRECTORY
        entry += 1
        row += 1
    tree.rewrites.extend(rewrites)
    return row


def versions(tree, wanted):
    """Find the files at paths of which `wanted` (bytes by node) says so: (pairs, others).

    Only regular files and hard links count. `pairs` is an array of "i": the older and the newer entry of each path
    that has two. `others` has a list of those of each path with more, oldest first.
    """
    cdef const byte[::1] asked = wanted
    cdef const int[::1] nodes
    cdef const byte[::1] kinds
    cdef Py_ssize_t count = asked.shape[0]
    none = array("i", [NONE]) * count
    firsts, seconds = none[:], none
    cdef int[::1] first = firsts
    cdef int[::1] second = seconds
    cdef int entry = 0
    cdef int node
    cdef Py_ssize_t row
    more = {}
    for table in tree.tables:
        nodes = table.node
        kinds = table.kind
        for row in range(kinds.shape[0]):
            node = nodes[row]
            if asked[node] and kinds[row] <= HARDLINK:
                if first[node] == NONE:
                    first[node] = entry
                elif second[node] == NONE:
                    second[node] = entry
                else:
                    more.setdefault(node, []).append(entry)
            entry += 1
    pairs = []
    for node in range(count):
        if second[node] != NONE and (not more or node not in more):
            pairs.append(first[node])
            pairs.append(second[node])
    return array("i", pairs), [[first[node], second[node], *rest] for node, rest in more.items()]


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
            want = min(size - done, <long long>COMPARED)
            if pread(self.descriptors[layer], room, want, at + done) != want:
                return 2
            if pread(self.descriptors[layer2], room + COMPARED, want, at2 + done) != want:
                return 2
            read[0] += 2 * want
            if memcmp(room, room + COMPARED, want) != 0:
                return 0
            done += want
        return 1

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
