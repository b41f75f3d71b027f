"""Which nodes of a glTF scene are one body."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from ganbodypose.io.formats.skeleton_motion import rig_joint

_NOBODY = -1


def outwards(nodes: Sequence[Any]) -> list[tuple[int, int]]:
    """The number of every node and that of its parent (-1: none), parents before their children; nodes that are
    their own ancestors are not there."""
    parents = {child: number for number, node in enumerate(nodes) for child in node.children or ()}
    children: dict[int, list[int]] = defaultdict(list)
    for child, parent in parents.items():
        children[parent].append(child)
    order = [(number, -1) for number in range(len(nodes)) if number not in parents]
    for number, _ in order:  # which grows meanwhile
        order += [(child, number) for child in children[number]]
    return order


def bodies(nodes: Sequence[Any]) -> list[list[int]]:
    """The numbers of the nodes of each body, which is all below the highest node with but one pelvis below it: people
    may stand below one common node, and have nodes above their pelvis. One body of all nodes where none has any."""
    order = outwards(nodes)
    pelvises = _pelvises(nodes, order)
    below = Counter(pelvises)
    for number, parent in reversed(order):
        below[parent] += below[number]
    owner = {-1: _NOBODY}
    found: dict[int, list[int]] = defaultdict(list)
    for number, parent in order:
        alone = number if below[number] == 1 else _NOBODY
        owner[number] = alone if owner[parent] == _NOBODY else owner[parent]
        found[owner[number]].append(number)
    return [numbers for of, numbers in found.items() if of != _NOBODY] or list(found.values())


def _pelvises(nodes: Sequence[Any], order: Sequence[tuple[int, int]]) -> list[int]:
    """Nodes named so, none below another; where a tree has none, left hips stand in."""
    joints = [rig_joint(node.name or "") for node in nodes]
    root: dict[int, int] = {}
    for number, parent in order:
        root[number] = root.get(parent, number)
    with_pelvis = {root[number] for number, _ in order if joints[number] == "pelvis"}
    inside: set[int] = set()
    found = []
    for number, parent in order:
        named = joints[number] == ("pelvis" if root[number] in with_pelvis else "left_hip")
        if named and parent not in inside:
            found.append(number)
        if named or parent in inside:
            inside.add(number)
    return found
