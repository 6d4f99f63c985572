# cython: language_level=3, boundscheck=True, wraparound=False, initializedcheck=False, auto_pickle=False
"""Paths and their lives: what `numbering.py`, `stack.py`, `content.py` and `diff.py` do in the plain cases."""

from array import array

from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_FromStringAndSize, PyBytes_GET_SIZE
from libc.string cimport memcmp

cdef enum:
    NONE = -1
    FILE = 0  # Kind's codes
    HARDLINK = 1
    DIRECTORY = 3

ctypedef unsigned char byte


def number(list every, list order):
    """Number keys of which `order` is how they are sorted; give the keys, each once, and the number of each of all."""
    cdef Py_ssize_t count = len(every)
    cdef Py_ssize_t at
    cdef int found = -1
    cdef bytes key
    cdef bytes last = None
    if len(order) != count:
        raise ValueError("every key has its place")
    keys = []
    nodes = array("i", [NONE]) * count
    cdef int[::1] numbers = nodes
    for number_ in order:
        at = number_
        key = every[at]
        if last is None or key != last:
            found += 1
            keys.append(key)
            last = key
        numbers[at] = found
    return keys, nodes


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


def changes(tree, columns, int layer):
    """Count what a layer did (`diff.count_changes`): (paths added, modified, pairs of entries to be looked at).

    The pairs may be modified: their times, modes and owners are the same. `columns` has mode, uid, gid, mtime and kind of
    all entries, one layer after the other; a kind of 255 asks for a closer look (extended attributes).
    """
    cdef const unsigned short[::1] mode = columns[0]
    cdef const unsigned int[::1] uid = columns[1]
    cdef const unsigned int[::1] gid = columns[2]
    cdef const double[::1] mtime = columns[3]
    cdef const byte[::1] kind = columns[4]
    cdef const int[::1] below = tree.below
    cdef const int[::1] death = tree.death
    cdef const int[::1] nodes = tree.tables[layer].node
    cdef int first = tree.first_entry[layer]
    cdef Py_ssize_t row
    cdef int entry = first
    cdef int old
    cdef long long added = 0
    cdef long long modified = 0
    cdef dict classes = tree.content_class
    open_ = []
    for row in range(nodes.shape[0]):
        if nodes[row] != 0 and death[entry] != layer:
            old = below[entry]
            while old >= first:
                old = below[old]
            if old == NONE:
                added += 1
            elif (
                mtime[old] != mtime[entry] or mode[old] != mode[entry] or uid[old] != uid[entry] or gid[old] != gid[entry]
            ):
                modified += 1
            elif kind[old] == FILE and kind[entry] == FILE:
                modified += classes.get(old, old) != classes.get(entry, entry)
            elif kind[old] != DIRECTORY or kind[entry] != DIRECTORY:
                open_.append((old, entry))
        entry += 1
    return added, modified, open_
