"""Proof, from a model's graph, that the elements of a categorical variable are conditionally independent.

The owner of an element of an array in the graph is the element of the variable on which it depends. If each
element has one owner at most, all the way to the terms of the log probability, the elements of the variable
are independent given the rest.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any

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
from pytensor.tensor.subtensor import (
    AdvancedIncSubtensor,
    AdvancedSubtensor,
    IncSubtensor,
    Subtensor,
    unflatten_index_variables,
)
from pytensor.tensor.variable import TensorVariable

Owners = NDArray[np.int64]
# Operations that only rearrange the elements of their first input; the other inputs say how.
REARRANGE = (DimShuffle, Reshape, SpecifyShape, Alloc, ExtractDiag, Subtensor, AdvancedSubtensor)
# These put the elements of their second input in place of some of the first: as for a partially observed variable.
PUT = (IncSubtensor, AdvancedIncSubtensor)
NOBODY = -1  # the owner of what depends on no element of the categorical variable


class _Entangled(Exception):
    """An element of an array has several owners."""


def owners_of_terms(
    names: list[str], terms: list[Any], z: TensorVariable, model: pm.Model, point: PointType
) -> tuple[list[Owners], list[SharedVariable]]:
    """Return, for each term, the owner of each of its elements as a flat index into ``z``.

    Follows ``z`` through the graph, operation by operation. An operation that ``_propagate`` does not know
    passes only if all that it reads of ``z`` is one and the same element. Also returns the data by which
    elements are rearranged: the answer holds for its present values only.
    """
    reached = descendants(terms, [z])
    random = descendants(terms, model.value_vars)
    nodes = [node for node in io_toposort([z], terms) if not reached.isdisjoint(node.outputs)]
    needed = dict.fromkeys(variable for node in nodes for variable in [*node.inputs, *node.outputs])
    computed = [variable for variable in needed if not isinstance(variable, Constant)]
    values = dict(zip(computed, evaluate(computed, model, point), strict=True))
    values |= {variable: variable.data for variable in needed if isinstance(variable, Constant)}
    size = point[z.name].size
    owners: dict[Variable, Owners] = {z: np.arange(size).reshape(point[z.name].shape)}
    entangled: dict[Variable, str] = {}  # with the operation to blame
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
            raise refusal(z, reason)
    return [owners[term] for term in terms], _index_data(nodes, reached)


def _index_data(nodes: list[Apply], reached: set[Variable]) -> list[SharedVariable]:
    """Return the data that says how operations rearrange elements."""
    indices = []
    for node in nodes:
        moved = 2 if isinstance(node.op, PUT) else 1 if isinstance(node.op, REARRANGE) else 0
        if not reached.isdisjoint(node.inputs[:moved]):
            indices += node.inputs[moved:]
    data = [variable for variable in graph_inputs(indices) if isinstance(variable, SharedVariable)]
    return [shared for shared in data if not descendants(indices, [shared]).isdisjoint(indices)]


def _propagate(
    node: Apply,
    owners: dict[Variable, Owners],
    values: dict[Variable, NDArray],
    random: set[Variable],
    size: int,
) -> Owners:
    """Return the owners of a node's outputs, up to broadcasting, from the owners of its inputs."""
    op: Any = node.op
    inputs: list[Any] = node.inputs
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
        case _ if isinstance(op, PUT) and op.set_instead_of_inc and random.isdisjoint(inputs[2:]):
            nobody = {inp: np.full(np.shape(values[inp]), NOBODY) for inp in inputs[:2]}
            return _perform(node, [(values | nobody | owners)[inp] for inp in inputs])
        case Dot() | Blockwise(core_op=Dot()):
            summed = [(inp, axis) for inp, axis in zip(inputs, (-1, -2), strict=True) if inp in owners]
            return _agree(np.expand_dims(_collapse(owners[inp], (axis,)), axis) for inp, axis in summed)
        case _ if isinstance(op, REARRANGE) and first_only and random.isdisjoint(inputs[1:]):
            return _perform(node, [owners[inputs[0]], *(values[inp] for inp in inputs[1:])])
        case AdvancedSubtensor() if inputs[0] not in owners:
            return _owners_of_lookup(node, owners, values, size)
        case Blockwise():
            n_batch = op.batch_ndim(node)
            batch = _agree(
                _collapse(owners[inp], tuple(range(n_batch, inp.ndim))) for inp in inputs if inp in owners
            )
            output: Any = node.outputs[0]
            return np.expand_dims(batch, tuple(range(n_batch, output.ndim)))
    return _agree(_collapse(owners[inp], tuple(range(owners[inp].ndim))) for inp in inputs if inp in owners)


def _perform(node: Apply, inputs: list[NDArray]) -> NDArray:
    """Run an operation that only rearranges elements, on owners in place of elements."""
    storage: list[list[Any]] = [[None]]
    node.op.perform(node, inputs, storage)
    return storage[0][0].astype(np.int64)  # MakeVector gives its own dtype


def _owners_of_lookup(
    node: Apply, owners: dict[Variable, Owners], values: dict[Variable, NDArray], size: int
) -> Owners:
    """Return the owners of ``table[..., index, ...]`` if indices depend on the variable, but not the table.

    Does the same lookup, for each such index, with its owners in place of the index and with a table that
    holds each position along the index's axis.
    """
    op: Any = node.op
    table, *flat = node.inputs
    indices: tuple[Any, ...] = unflatten_index_variables(flat, op.idx_list)
    if any(getattr(index, "dtype", None) == "bool" for index in indices):  # slices have none
        raise _Entangled
    by_index = []
    for axis, index in enumerate(indices):
        if not isinstance(index, Variable) or index not in owners:
            continue
        shape = list(np.shape(values[table]))
        key: list[slice | NDArray] = []
        for other_axis, other in enumerate(indices):
            if isinstance(other, slice):
                parts = (other.start, other.stop, other.step)
                key.append(slice(*(None if part is None else int(values[part]) for part in parts)))
            elif other_axis == axis:
                shape[axis] = size + 1
                key.append(owners[index])  # NOBODY = −1 finds the last entry, which is NOBODY
            else:
                shape[other_axis] = 1
                key.append(np.zeros_like(values[other]))
        positions = np.append(np.arange(size), NOBODY).reshape([-1] + [1] * (len(shape) - axis - 1))
        by_index.append(np.broadcast_to(positions, shape)[tuple(key)])
    return _agree(by_index)


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
        # Shapes are fixed while sampling, whatever the values of an array.
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


def refusal(z: TensorVariable, reason: str) -> ValueError:
    """Return the error that tells why a variable cannot be drawn, and what to use instead."""
    return ValueError(
        f"CategoricalGibbs cannot draw '{z.name}': {reason}, so its elements are not known to be independent "
        f"given the rest of the model. Use pm.CategoricalGibbsMetropolis([model['{z.name}']]) instead."
    )
