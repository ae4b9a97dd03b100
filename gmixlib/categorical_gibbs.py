"""A PyMC step method that draws all elements of a categorical variable at once, from their exact conditional."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar

import numpy as np
import pymc as pm
import pytensor.tensor as pt
from numpy.typing import NDArray
from pymc.blocking import PointType, StatsType
from pymc.logprob.utils import CheckParameterValue
from pymc.step_methods.compound import BlockedStep, StepMethodState
from pymc.util import RandomGenerator, get_random_generator, get_value_vars_from_user_vars
from pytensor.compile.builders import OpFromGraph
from pytensor.compile.rewriting import inline_ofg_node
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Apply, Constant, Variable
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.replace import graph_replace
from pytensor.graph.rewriting.basic import in2out, node_rewriter
from pytensor.graph.rewriting.utils import rewrite_graph
from pytensor.graph.traversal import graph_inputs
from pytensor.tensor.basic import MakeVector, ScalarFromTensor
from pytensor.tensor.math import All, Sum
from pytensor.tensor.random.basic import BernoulliRV, CategoricalRV
from pytensor.tensor.subtensor import AdvancedSubtensor, unflatten_index_variables

from gmixlib._independence import NOBODY, Owners, descendants, evaluate, interpreter, owners_of_terms, refusal

LogProb = Callable[[PointType], NDArray[np.float64]]


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
    The data may be exchanged by ``pm.set_data`` afterwards, but not its shape, nor data by which the
    variable is indexed: construct the step anew for these.

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
        k = _n_categories(z, model, point)
        self._log_prob, moving = _compile_log_prob(z, k, model, point)
        self._moving = [(data, data.get_value()) for data in moving]

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
            If the log probabilities of an element are NaN, infinite, or −inf for every category, or if data
            by which the variable is indexed has changed since the construction.
        """
        for data, value in self._moving:
            if not np.array_equal(data.get_value(borrow=True), value):
                raise pm.exceptions.SamplingError(
                    f"{self._name}: '{data.name}', by which it is indexed, has changed; construct the step anew"
                )
        log_prob = self._log_prob(point)
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
    cumulative = np.exp(log_prob - highest)
    for row, below in zip(cumulative[1:], cumulative, strict=False):
        row += below
    return (cumulative[:-1] <= u * cumulative[-1]).sum(axis=0)


# Building the function


def _n_categories(z: Variable, model: pm.Model, point: PointType) -> int:
    """Return K of a categorical or Bernoulli value variable."""
    node = model.values_to_rvs[z].owner
    if isinstance(node.op, CategoricalRV):
        [n_categories] = model.replace_rvs_by_values([node.inputs[-1].shape[-1]])
        return int(evaluate([n_categories], model, point)[0])
    if isinstance(node.op, BernoulliRV):
        return 2
    raise ValueError(f"vars has '{z.name}', which is neither pm.Categorical nor pm.Bernoulli; it must be")


def _compile_log_prob(
    z: Variable, k: int, model: pm.Model, point: PointType
) -> tuple[LogProb, list[SharedVariable]]:
    """Compile the (K, n) table of elementwise log probabilities, as a function of a point.

    Returns also the data for whose present values alone it is right.
    """
    names, terms = _terms_of(z, model)
    local = _localize_checks(_inlined(terms), z, model.check_bounds)
    owners, moving = owners_of_terms(names, local, z, model, point)
    shape, n = point[z.name].shape, point[z.name].size
    rows = []
    for category in range(k):
        everywhere = pt.constant(np.full(shape, category, dtype=z.dtype))
        at_category = graph_replace(local, {z: everywhere})
        rows.append(
            sum(_sum_by_owner(term, owner, n) for term, owner in zip(at_category, owners, strict=True))
        )
    table = rewrite_graph(pt.stack(rows), custom_rewrite=in2out(_look_up_once), clone=True)
    read = set(graph_inputs([table]))
    inputs = [value for value in model.value_vars if value in read]
    input_names = [value.name for value in inputs]
    compiled = model.compile_fn(table, inputs=inputs, point_fn=False)
    compiled.trust_input = True  # as PyMC's own steps do: samplers pass arrays of the right type

    def log_prob(at: PointType) -> NDArray[np.float64]:
        return compiled(*[np.asarray(at[name]) for name in input_names])

    _confirm(log_prob, terms, z, k, model, point)
    return log_prob, moving


@node_rewriter([AdvancedSubtensor])
def _look_up_once(_: FunctionGraph, node: Apply) -> list[Variable] | None:
    """Replace a lookup whose indices are all the same by one of a single entry.

    What follows, such as a logarithm, is then computed once for each category, not for each element.
    """
    table, *indices = node.inputs
    if not all(isinstance(index, Constant) and _is_uniform(index.data) for index in indices):
        return None
    entry = unflatten_index_variables([int(index.data.flat[0]) for index in indices], node.op.idx_list)
    if any(isinstance(index, slice) for index in entry):
        return None
    shape = np.broadcast_shapes(*(index.data.shape for index in indices))
    return [pt.alloc(table[entry], *shape, *table.shape[len(entry) :])]


def _is_uniform(index: NDArray) -> bool:
    return index.dtype != bool and index.size > 0 and bool((index == index.flat[0]).all())


def _terms_of(z: Variable, model: pm.Model) -> tuple[list[str], list[Variable]]:
    """Return the terms of the model's log probability that depend on ``z``, and their names."""
    variables = model.free_RVs + model.observed_RVs + model.potentials
    terms = model.logp(vars=variables, sum=False)
    reached = descendants(terms, [z])
    names, dependent = [], []
    for variable, term in zip(variables, terms, strict=True):
        if term not in reached:
            continue
        other = variable in model.free_RVs and model.rvs_to_values[variable] is not z
        if other and isinstance(variable.owner.op, CategoricalRV | BernoulliRV):
            raise refusal(z.name, f"the unobserved categorical variable '{variable.name}' depends on it")
        names.append(variable.name)
        while term.owner and isinstance(term.owner.op, Sum):  # the joint sums the elements anyway
            term = term.owner.inputs[0]
        dependent.append(term)
    return names, dependent


def _inlined(terms: list[Variable]) -> list[Variable]:
    """Replace operations that are made of others by these."""
    graph = FunctionGraph(outputs=terms, clone=True, copy_inputs=False)
    while composed := [node for node in graph.toposort() if isinstance(node.op, OpFromGraph)]:
        for node in composed:
            graph.replace_all(zip(node.outputs, inline_ofg_node(node), strict=True), import_missing=True)
    return graph.outputs


def _localize_checks(terms: list[Variable], z: Variable, check_bounds: bool) -> list[Variable]:
    """Replace checks of parameters picked by ``z`` by elementwise ones.

    PyMC gives a whole variable the log probability −inf if one element has a bad parameter. With all
    elements of ``z`` set to one category at a time, that would rule out the category for every element.
    """
    graph = FunctionGraph(outputs=terms, clone=True, copy_inputs=False)
    reached = descendants(graph.outputs, [z])
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


# The confirmation by numbers


def _confirm(
    log_prob: LogProb, terms: list[Variable], z: Variable, k: int, model: pm.Model, point: PointType
) -> None:
    """Compare the table with the joint log probability as elements change, or raise ValueError.

    The joint is that of PyMC's own graph, run by another backend, with the elements as they are. A fixed
    generator of its own picks points and changes, so that constructing a step uses up no random numbers.
    """
    joint = interpreter([sum(pt.sum(term) for term in terms)], model)
    rng = np.random.default_rng(0)
    n = point[z.name].size

    def both(at: PointType, flat: NDArray[np.int64]) -> tuple[float, float]:
        moved = at | {z.name: flat.reshape(point[z.name].shape).astype(point[z.name].dtype)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # −inf is met on the way
            expected = float(joint(*[moved[value.name] for value in model.value_vars])[0])
        return expected, float(log_prob(at)[flat, np.arange(n)].sum())

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
                raise refusal(z.name, f"{reason}{expected}, not by {found} as for independent elements")


def _jittered(point: PointType, rng: np.random.Generator) -> PointType:
    """Move the continuous variables, which live on the whole real line, away from a point."""
    return {
        name: value + rng.normal(size=value.shape) if value.dtype.kind == "f" else value
        for name, value in point.items()
    }
