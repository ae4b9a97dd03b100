"""Proof, from a model's graph, that the elements of a categorical variable are conditionally independent.

Which element of the variable does each element of each array in the graph depend on? Where the answer is
"one at most" all the way to the terms of the log probability, the elements are independent given the rest.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce

import numpy as np
import pymc as pm
from numpy.typing import NDArray
from pymc.blocking import PointType
from pymc.pytensorf import compile as compile_pytensor
from pytensor.compile.mode import Mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.traversal import graph_inputs, io_toposort
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.basic import Alloc, ExtractDiag, Join, MakeVector
from pytensor.tensor.blockwise import Blockwise
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.math import Dot
from pytensor.tensor.shape import Reshape, Shape, Shape_i, SpecifyShape
from pytensor.tensor.subtensor import AdvancedSubtensor, Subtensor, unflatten_index_variables

Owners = NDArray[np.int64]
# Operations that only move the elements of their first input about; what follows says where to.
MOVES = (DimShuffle, Reshape, SpecifyShape, Alloc, ExtractDiag, Subtensor, AdvancedSubtensor)
NOBODY = -1  # the owner of what depends on no element of the categorical variable


class _Entangled(Exception):
    """An element of an array depends on several elements of the categorical variable."""


def owners_of_terms(
    names: list[str], terms: list[Variable], z: Variable, model: pm.Model, point: PointType
) -> tuple[list[Owners], list[SharedVariable]]:
    """Return, for each term, the flat index into ``z`` on which each of its elements depends.

    Follows ``z`` through the graph, operation by operation. An operation not listed in ``_propagate``
    passes only if all that it reads of ``z`` is one and the same element. Returned as well is the data by
    which elements are moved about: the answer holds for its present values only.
    """
    reached = descendants(terms, [z])
    random = descendants(terms, model.value_vars)
    nodes = [node for node in io_toposort([z], terms) if not reached.isdisjoint(node.outputs)]
    needed = dict.fromkeys(variable for node in nodes for variable in [*node.inputs, *node.outputs])
    computed = [variable for variable in needed if not isinstance(variable, Constant)]
    values = dict(zip(computed, evaluate(computed, model, point), strict=True))
    values |= {variable: variable.data for variable in needed if isinstance(variable, Constant)}
    size = point[z.name].size
    owners = {z: np.arange(size).reshape(point[z.name].shape)}
    entangled = {}
    for node in nodes:
        blame = next((entangled[inp] for inp in node.inputs if inp in entangled), None)
        try:
            if blame is None:
                owned = _propagate(node, owners, values, random, size)
        except _Entangled:
            blame = str(node.op)
        for output in node.outputs:
            if blame is None:
                owners[output] = np.broadcast_to(owned, np.shape(values[output]))
            else:
                entangled[output] = blame
    for name, term in zip(names, terms, strict=True):
        if term in entangled:
            reason = f"elements of the term '{name}' depend on several of its elements ({entangled[term]})"
            raise refusal(z.name, reason)
    return [owners[term] for term in terms], _data_moving_elements(nodes, reached)


def _data_moving_elements(nodes: list[Apply], reached: set[Variable]) -> list[SharedVariable]:
    """Return the data that says where the operations move elements to."""
    moves = [node for node in nodes if isinstance(node.op, MOVES) and node.inputs[0] in reached]
    places = [inp for node in moves for inp in node.inputs[1:]]
    data = [variable for variable in graph_inputs(places) if isinstance(variable, SharedVariable)]
    return [shared for shared in data if not descendants(places, [shared]).isdisjoint(places)]


def _propagate(
    node: Apply,
    owners: dict[Variable, Owners],
    values: dict[Variable, NDArray],
    random: set[Variable],
    size: int,
) -> Owners:
    """Return the owners of a node's outputs, up to broadcasting, from the owners of its inputs."""
    op, inputs = node.op, node.inputs
    first_only = owners.keys().isdisjoint(inputs[1:])
    match op:
        case Elemwise():
            return _agree(owners[inp] for inp in inputs if inp in owners)
        case CheckAndRaise() if first_only:
            return owners[inputs[0]]
        case CAReduce():
            axes = tuple(range(inputs[0].ndim)) if op.axis is None else op.axis
            return _collapse(owners[inputs[0]], axes)
        case Join() | MakeVector():
            nobody = {inp: np.full(np.shape(values[inp]), NOBODY) for inp in inputs}
            return _perform(node, [(nobody | owners)[inp] for inp in inputs])
        case Dot() | Blockwise(core_op=Dot()):
            summed = [(inp, axis) for inp, axis in zip(inputs, (-1, -2), strict=True) if inp in owners]
            return _agree(np.expand_dims(_collapse(owners[inp], (axis,)), axis) for inp, axis in summed)
        case _ if isinstance(op, MOVES) and first_only and random.isdisjoint(inputs[1:]):
            return _perform(node, [owners[inputs[0]], *(values[inp] for inp in inputs[1:])])
        case AdvancedSubtensor() if inputs[0] not in owners:
            return _owners_of_lookup(node, owners, values, size)
        case Blockwise():
            n_batch = op.batch_ndim(node)
            batch = _agree(
                _collapse(owners[inp], tuple(range(n_batch, inp.ndim))) for inp in inputs if inp in owners
            )
            return np.expand_dims(batch, tuple(range(n_batch, node.outputs[0].ndim)))
    return _agree(_collapse(owners[inp], tuple(range(owners[inp].ndim))) for inp in inputs if inp in owners)


def _perform(node: Apply, inputs: list[NDArray]) -> NDArray:
    """Run an operation that only moves elements about, on owners in place of elements."""
    storage = [[None]]
    node.op.perform(node, inputs, storage)
    return storage[0][0].astype(np.int64)  # MakeVector has a type of its own


def _owners_of_lookup(
    node: Apply, owners: dict[Variable, Owners], values: dict[Variable, NDArray], size: int
) -> Owners:
    """Return the owners of ``table[..., index, ...]`` where indices depend on the variable, the table not.

    Looks the owners up in a table that says of each position along the index's axis which it is.
    """
    table, *flat = node.inputs
    indices = unflatten_index_variables(flat, node.op.idx_list)
    if any(isinstance(index, Variable) and index.dtype == "bool" for index in indices):
        raise _Entangled
    found = []
    for axis, index in enumerate(indices):
        if not isinstance(index, Variable) or index not in owners:
            continue
        shape, key = list(np.shape(values[table])), []
        for other_axis, other in enumerate(indices):
            if isinstance(other, slice):
                parts = (other.start, other.stop, other.step)
                key.append(slice(*(None if part is None else int(values[part]) for part in parts)))
            elif other_axis == axis:
                shape[axis] = size + 1
                key.append(owners[index])  # NOBODY, −1, finds the last entry
            else:
                shape[other_axis] = 1
                key.append(np.zeros_like(values[other]))
        positions = np.append(np.arange(size), NOBODY).reshape([-1] + [1] * (len(shape) - axis - 1))
        found.append(np.broadcast_to(positions, shape)[tuple(key)])
    return _agree(found)


def _agree(owners: Iterable[Owners]) -> Owners:
    """Merge the owners of arrays that meet element by element."""

    def merge(a: Owners, b: Owners) -> Owners:
        if ((a != b) & (a != NOBODY) & (b != NOBODY)).any():
            raise _Entangled
        return np.maximum(a, b)

    return reduce(merge, owners)


def _collapse(owners: Owners, axes: tuple[int, ...]) -> Owners:
    """Merge the owners of elements that meet along axes."""
    highest = owners.max(axis=axes, initial=NOBODY, keepdims=True)
    if ((owners != highest) & (owners != NOBODY)).any():
        raise _Entangled
    return highest.squeeze(axis=axes)


def descendants(outputs: Sequence[Variable], sources: Sequence[Variable]) -> set[Variable]:
    """Return the sources and the variables between them and the outputs whose values depend on them."""
    reached = set(sources)
    for node in io_toposort(sources, outputs):
        # Shapes are fixed while sampling: a shape does not depend on what its array holds.
        if not isinstance(node.op, Shape | Shape_i) and not reached.isdisjoint(node.inputs):
            reached.update(node.outputs)
    return reached


def evaluate(outputs: Sequence[Variable], model: pm.Model, point: PointType) -> list[NDArray]:
    """Evaluate graphs at a point, without compiling them."""
    return interpreter(outputs, model)(*[point[value.name] for value in model.value_vars])


def interpreter(outputs: Sequence[Variable], model: pm.Model) -> Callable[..., list[NDArray]]:
    """Make a function of all value variables that is quick to build and slow to run."""
    mode = Mode(linker="py", optimizer="fast_compile")
    with model:
        return compile_pytensor(model.value_vars, list(outputs), mode=mode, on_unused_input="ignore")


def refusal(name: str, reason: str) -> ValueError:
    return ValueError(
        f"CategoricalGibbs cannot draw '{name}': {reason}, so its elements are not known to be independent "
        f"given the rest of the model. Use pm.CategoricalGibbsMetropolis(['{name}']) instead."
    )
