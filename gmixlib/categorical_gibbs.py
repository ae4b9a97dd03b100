"""A PyMC step method that draws all elements of a categorical variable at once, from their exact conditional."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import ClassVar

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pymc.blocking import PointType, StatsType
from pymc.logprob.utils import CheckParameterValue
from pymc.pytensorf import compile as compile_pytensor
from pymc.step_methods.compound import BlockedStep, StepMethodState
from pymc.util import RandomGenerator, get_random_generator, get_value_vars_from_user_vars
from pytensor.compile.mode import Mode
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.replace import graph_replace
from pytensor.graph.traversal import graph_inputs, io_toposort
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor.basic import Alloc, ExtractDiag, Join, MakeVector, ScalarFromTensor
from pytensor.tensor.blockwise import Blockwise
from pytensor.tensor.elemwise import CAReduce, DimShuffle, Elemwise
from pytensor.tensor.math import All
from pytensor.tensor.random.basic import BernoulliRV, CategoricalRV
from pytensor.tensor.shape import Reshape, Shape, Shape_i, SpecifyShape
from pytensor.tensor.subtensor import AdvancedSubtensor, Subtensor, unflatten_index_variables

Owners = NDArray[np.int64]
# Operations that only move the elements of their first input about; what follows says where to.
MOVES = (DimShuffle, Reshape, SpecifyShape, Alloc, ExtractDiag, Subtensor, AdvancedSubtensor)
NOBODY = -1  # the owner of what depends on no element of the categorical variable


class CategoricalGibbs(BlockedStep):
    """Gibbs step for categorical variables whose elements are conditionally independent.

    Given everything else in the model, the elements of a mixture's categories are independent, so all
    of them can be drawn in one go. One compiled function returns the log probability of every category
    for every element, gathered over all terms of the model in which the variable appears, and one
    vectorized inversion of the cumulative probabilities draws from it. Several variables are drawn
    one after another, each given the rest.

    The construction proves, from the graph of the model's log probability, that each element of each
    term depends on one element of the variable at most, and confirms it with numbers. What it cannot
    prove it refuses.

    Parameters
    ----------
    vars : variable or sequence of variables
        ``pm.Categorical`` or ``pm.Bernoulli`` variables of the model, of any shape.
    model : pm.Model, optional
        The model; by default the one whose context this is called in.
    rng : int, numpy.random.Generator or None, optional
        Source of randomness outside of ``pm.sample``, which hands each chain its own.
    blocked : bool, optional
        Part of PyMC's interface for step methods; must be False when there are several variables.

    Raises
    ------
    ValueError
        If a variable is neither categorical nor Bernoulli, or if the conditional independence of its
        elements cannot be established. The way out is ``pm.CategoricalGibbsMetropolis``.

    Notes
    -----
    The data may be exchanged by ``pm.set_data`` afterwards, shapes and indices may not: construct the
    step anew for these.

    Source: Diebolt and Robert (1994), "Estimation of finite mixture distributions through Bayesian
    sampling", *Journal of the Royal Statistical Society B* 56, 363–375.

    Examples
    --------
    >>> with model:  # doctest: +SKIP
    ...     pm.sample(step=[pm.Metropolis([w, sigma, mu]), CategoricalGibbs([category])])
    """

    name = "categorical_gibbs"
    default_blocked = False
    stats_dtypes_shapes: ClassVar[dict] = {}
    _state_class = StepMethodState

    def __init__(
        self,
        vars: Variable | Sequence[Variable],
        *,
        model: pm.Model | None = None,
        rng: RandomGenerator = None,
        blocked: bool = False,
    ) -> None:
        model = pm.modelcontext(model)
        self.vars = get_value_vars_from_user_vars(vars, model)
        if len(self.vars) != 1:
            raise ValueError(f"blocked is {blocked} with {len(self.vars)} variables; it must be False then")
        self.blocked = blocked
        self.rng = get_random_generator(rng)
        [z] = self.vars
        point = model.initial_point()
        self._name, self._shape, self._dtype = z.name, point[z.name].shape, point[z.name].dtype
        self._log_prob, self._inputs = _compile_log_prob(z, _n_categories(z, model, point), model, point)

    def step(self, point: PointType) -> tuple[PointType, StatsType]:
        """Draw every element anew.

        Parameters
        ----------
        point : dict of str to ndarray
            Values of the model's variables, as PyMC's samplers pass them.

        Returns
        -------
        point : dict of str to ndarray
            A copy with the new categories.
        stats : list of dict
            One empty dict: there is nothing to accept or tune.

        Raises
        ------
        pm.SamplingError
            If the log probabilities of an element are NaN, infinite, or −inf for every category.
        """
        log_prob = self._log_prob(*[point[name] for name in self._inputs])
        try:
            drawn = _draw(log_prob, self.rng.random(log_prob.shape[1]))
        except FloatingPointError as error:
            raise pm.exceptions.SamplingError(f"{self._name}: {error}") from error
        return {**point, self._name: drawn.astype(self._dtype).reshape(self._shape)}, [{}]


def _draw(log_prob: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draw one category a column of ``log_prob``, shape (K, n) and unnormalized, by inversion of ``u``.

    Since 0 <= u < 1, a category of probability 0 is never drawn, wherever it stands.
    """
    highest = log_prob.max(axis=0)
    if not np.isfinite(highest).all():
        i = np.flatnonzero(~np.isfinite(highest))[0]
        raise FloatingPointError(f"element {i} has log probabilities {log_prob[:, i]}, one must be finite")
    cumulative = np.exp(log_prob - highest).cumsum(axis=0)
    return (cumulative[:-1] <= u * cumulative[-1]).sum(axis=0)


# Building the function


def _n_categories(z: Variable, model: pm.Model, point: PointType) -> int:
    """Return K of a categorical or Bernoulli value variable."""
    node = model.values_to_rvs[z].owner
    if isinstance(node.op, CategoricalRV):
        [n_categories] = model.replace_rvs_by_values([node.inputs[-1].shape[-1]])
        return int(_evaluate([n_categories], model, point)[0])
    if isinstance(node.op, BernoulliRV):
        return 2
    raise ValueError(f"vars has '{z.name}', which is neither pm.Categorical nor pm.Bernoulli; it must be")


def _compile_log_prob(
    z: Variable, k: int, model: pm.Model, point: PointType
) -> tuple[Callable[..., NDArray[np.float64]], list[str]]:
    """Compile the (K, n) table of elementwise log probabilities; return it and the names of its inputs."""
    names, terms = _terms_of(z, model)
    local = _localize_checks(terms, z, model.check_bounds)
    owners = _owners_of_terms(names, local, z, model, point)
    shape, n = point[z.name].shape, point[z.name].size
    rows = []
    for category in range(k):
        at_category = graph_replace(local, {z: pt.full(shape, category, dtype=z.dtype)})
        rows.append(
            sum(_sum_by_owner(term, owner, n) for term, owner in zip(at_category, owners, strict=True))
        )
    table = pt.stack(rows)
    read = set(graph_inputs([table]))
    inputs = [value for value in model.value_vars if value in read]
    log_prob = model.compile_fn(table, inputs=inputs, point_fn=False)
    input_names = [value.name for value in inputs]
    _confirm(log_prob, input_names, terms, z, k, model, point)
    return log_prob, input_names


def _terms_of(z: Variable, model: pm.Model) -> tuple[list[str], list[Variable]]:
    """Return the terms of the model's log probability that depend on ``z``, and their names."""
    variables = model.free_RVs + model.observed_RVs + model.potentials
    terms = model.logp(vars=variables, sum=False)
    reached = _descendants(terms, [z])
    names, dependent = [], []
    for variable, term in zip(variables, terms, strict=True):
        if term not in reached:
            continue
        other = variable in model.free_RVs and model.rvs_to_values[variable] is not z
        if other and isinstance(variable.owner.op, CategoricalRV | BernoulliRV):
            raise _refusal(z.name, f"the unobserved categorical variable '{variable.name}' depends on it")
        names.append(variable.name)
        dependent.append(term)
    return names, dependent


def _localize_checks(terms: list[Variable], z: Variable, check_bounds: bool) -> list[Variable]:
    """Replace checks of parameters picked by ``z`` by elementwise ones.

    PyMC gives a whole variable the log probability −inf if one element has a bad parameter. With all
    elements of ``z`` set to one category at a time, that would rule out the category for every element.
    """
    graph = FunctionGraph(outputs=terms, clone=True, copy_inputs=False)
    reached = _descendants(graph.outputs, [z])
    for node in graph.toposort():
        if not isinstance(node.op, CheckParameterValue) or reached.isdisjoint(node.inputs[1:]):
            continue
        checked = node.inputs[0]
        if check_bounds:
            for condition in _conjuncts(node.inputs[1:]):
                extra = tuple(range(checked.ndim, condition.ndim))
                valid = condition.all(axis=extra) if extra else condition
                checked = pt.switch(valid, checked, -np.inf).astype(checked.dtype)
        graph.replace(node.outputs[0], checked, import_missing=True)
    return graph.outputs


def _conjuncts(conditions: Iterable[Variable]) -> list[Variable]:
    """Split conditions into the arrays of which all elements must be true."""
    found = []
    for condition in conditions:
        op = condition.owner and condition.owner.op
        if isinstance(op, ScalarFromTensor | MakeVector) or (isinstance(op, All) and condition.ndim == 0):
            found += _conjuncts(condition.owner.inputs)
        else:
            found.append(pt.as_tensor(condition))
    return found


def _sum_by_owner(term: Variable, owners: Owners, n: int) -> Variable:
    """Sum the elements of a term over those that belong to the same element of the variable."""
    flat_owners = owners.ravel()
    if np.array_equal(flat_owners, np.arange(n)):
        return term.ravel()
    owned = np.flatnonzero(flat_owners != NOBODY)
    return pt.zeros(n)[flat_owners[owned]].inc(term.ravel()[owned])


def _evaluate(outputs: Sequence[Variable], model: pm.Model, point: PointType) -> list[NDArray]:
    """Evaluate graphs at a point, without compiling them."""
    return _interpreter(outputs, model)(*[point[value.name] for value in model.value_vars])


def _interpreter(outputs: Sequence[Variable], model: pm.Model) -> Callable[..., list[NDArray]]:
    """Make a function of all value variables that is quick to build and slow to run."""
    mode = Mode(linker="py", optimizer="fast_compile")
    with model:
        return compile_pytensor(model.value_vars, list(outputs), mode=mode, on_unused_input="ignore")


def _refusal(name: str, reason: str) -> ValueError:
    return ValueError(
        f"CategoricalGibbs cannot draw '{name}': {reason}, so its elements are not known to be independent "
        f"given the rest of the model. Use pm.CategoricalGibbsMetropolis(['{name}']) instead."
    )


# The proof: which element of the variable does each element of each array in the graph depend on?


class _Entangled(Exception):
    """An element of an array depends on several elements of the categorical variable."""


def _owners_of_terms(
    names: list[str], terms: list[Variable], z: Variable, model: pm.Model, point: PointType
) -> list[Owners]:
    """Return, for each term, the flat index into ``z`` on which each of its elements depends.

    Follows ``z`` through the graph, operation by operation. An operation not listed in ``_propagate``
    passes only if all that it reads of ``z`` is one and the same element.
    """
    reached = _descendants(terms, [z])
    random = _descendants(terms, model.value_vars)
    nodes = [node for node in io_toposort([z], terms) if not reached.isdisjoint(node.outputs)]
    needed = dict.fromkeys(variable for node in nodes for variable in [*node.inputs, *node.outputs])
    computed = [variable for variable in needed if not isinstance(variable, Constant)]
    values = dict(zip(computed, _evaluate(computed, model, point), strict=True))
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
            raise _refusal(z.name, reason)
    return [owners[term] for term in terms]


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
        case Join():
            nobody = {inp: np.full(np.shape(values[inp]), NOBODY) for inp in inputs}
            return _perform(node, [(nobody | owners)[inp] for inp in inputs])
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
    return storage[0][0]


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


def _descendants(outputs: Sequence[Variable], sources: Sequence[Variable]) -> set[Variable]:
    """Return the sources and the variables between them and the outputs whose values depend on them."""
    reached = set(sources)
    for node in io_toposort(sources, outputs):
        # Shapes are fixed while sampling: a shape does not depend on what its array holds.
        if not isinstance(node.op, Shape | Shape_i) and not reached.isdisjoint(node.inputs):
            reached.update(node.outputs)
    return reached


# The confirmation by numbers


def _confirm(
    log_prob: Callable[..., NDArray[np.float64]],
    input_names: list[str],
    terms: list[Variable],
    z: Variable,
    k: int,
    model: pm.Model,
    point: PointType,
) -> None:
    """Compare the table with the joint log probability as elements change, or raise ValueError.

    The joint is that of PyMC's own graph, run by another backend, with the elements as they are. A fixed
    generator of its own picks points and changes, so that constructing a step uses up no random numbers.
    """
    joint = _interpreter([sum(pt.sum(term) for term in terms)], model)
    rng = np.random.default_rng(0)
    n = point[z.name].size

    def both(at: PointType, flat: NDArray[np.int64]) -> tuple[float, float]:
        moved = at | {z.name: flat.reshape(point[z.name].shape).astype(point[z.name].dtype)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # −inf is met on the way
            expected = float(joint(*[moved[value.name] for value in model.value_vars])[0])
        table = log_prob(*[at[name] for name in input_names])
        return expected, float(table[flat, np.arange(n)].sum())

    for attempt in range(4):
        at = point if attempt == 0 else _jittered(point, rng)
        start = point[z.name].ravel() if attempt == 0 else rng.integers(k, size=n)
        joint_before, table_before = both(at, start)
        if not np.isfinite(joint_before):
            continue
        for share in (0, 0, 0, 0.1, 0.5, 1):
            changed = rng.random(n) < share
            changed[rng.integers(n)] = True
            joint_after, table_after = both(at, np.where(changed, rng.integers(k, size=n), start))
            tolerance = 1e-6 + 1e-8 * (abs(joint_before) + abs(joint_after))
            expected, found = joint_after - joint_before, table_after - table_before
            if not (expected == found or abs(expected - found) <= tolerance):
                reason = f"changing {changed.sum()} of its elements moves the model's log probability by "
                raise _refusal(z.name, f"{reason}{expected}, not by {found} as for independent elements")


def _jittered(point: PointType, rng: np.random.Generator) -> PointType:
    """Move the continuous variables, which live on the whole real line, away from a point."""
    return {
        name: value + rng.normal(size=value.shape) if value.dtype.kind == "f" else value
        for name, value in point.items()
    }
