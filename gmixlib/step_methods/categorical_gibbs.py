"""A PyMC step method that draws all elements of a categorical variable at once, from their conditional."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import add
from typing import Any, ClassVar

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
from pytensor.configdefaults import config
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
from pytensor.tensor.variable import TensorVariable

from gmixlib import _checks
from gmixlib.step_methods._independence import (
    NOBODY,
    Owners,
    descendants,
    evaluate,
    interpreter,
    owners_of_terms,
    refusal,
)

LogProb = Callable[[PointType], NDArray[np.float64]]


class CategoricalGibbs(BlockedStep):
    """Gibbs step for categorical variables whose elements are conditionally independent.

    Given everything else in the model, the elements of a mixture's categories are independent, so all
    of them can be drawn at once. One compiled function returns the log probability of every category
    for every element, summed over all terms of the model in which the variable appears, and one
    vectorized inversion of the cumulative probabilities draws from it. Several variables are drawn
    one after another, each given the rest.

    The constructor proves, from the graph of the model's log probability, that each element of each
    term depends on one element of the variable at most, and confirms it with numbers. It refuses a model
    for which it cannot prove this.

    Parameters
    ----------
    vars : variable or sequence of variables
        ``pm.Categorical`` or ``pm.Bernoulli`` variables of the model, of any shape. Of one that is partially
        observed, the unobserved elements are drawn: ``z`` stands for ``model["z_unobserved"]``.
    model : pm.Model, optional
        The model; by default the one whose context this is called in.
    rng : int, numpy.random.Generator or None, optional
        Source of randomness outside ``pm.sample``, which gives each chain its own.
    blocked : bool, optional
        Part of PyMC's interface for step methods; must be False when there are several variables.

    Raises
    ------
    ValueError
        If a variable is neither categorical nor Bernoulli, or observed, or if the conditional independence of
        its elements cannot be proved. Use ``pm.CategoricalGibbsMetropolis`` then.

    Notes
    -----
    ``pm.set_data`` may replace the data afterwards, but may not change its shape, nor data by which the
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
        self.vars = _value_vars(vars, model)
        if len(self.vars) != 1:
            raise ValueError(f"blocked is {blocked} with {len(self.vars)} variables; it must be False then")
        self.blocked = blocked
        _checks.seeded(rng, "rng")
        self.rng = get_random_generator(rng)
        [z] = self.vars
        point = model.initial_point()
        self._name, self._shape, self._dtype = z.name, point[z.name].shape, point[z.name].dtype
        k = _n_categories(z, model, point)
        self._log_prob, index_data = _compile_log_prob(z, k, model, point)
        self._index_data = [(data, data.get_value()) for data in index_data]

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
        for data, value in self._index_data:
            if not np.array_equal(data.get_value(borrow=True), value):
                raise pm.exceptions.SamplingError(
                    f"{self._name}: '{data.name}', by which it is indexed, has changed; "
                    "construct the step anew"
                )
        log_prob = self._log_prob(point)
        try:
            drawn = _draw(log_prob, self.rng.random(log_prob.shape[1]))
        except FloatingPointError as error:
            raise pm.exceptions.SamplingError(f"{self._name}: {error}") from error
        return {**point, self._name: drawn.astype(self._dtype).reshape(self._shape)}, [{}]


def _draw(log_prob: NDArray[np.float64], u: NDArray[np.float64]) -> NDArray[np.int64]:
    """Draw a category for each column of ``log_prob``, of shape (K, n), by inversion of ``u``, of shape (n,).

    The probabilities need not be normalized. Since 0 <= u < 1, a category of probability 0 is never drawn.
    """
    highest = log_prob.max(axis=0)
    if not np.isfinite(highest).all():
        i = np.flatnonzero(~np.isfinite(highest))[0]
        raise FloatingPointError(f"element {i} has log probabilities {log_prob[:, i]}, one must be finite")
    cumulative = np.exp(log_prob - highest)
    for row, below in zip(cumulative[1:], cumulative, strict=False):
        row += below
    return (cumulative[:-1] <= u * cumulative[-1]).sum(axis=0)


# Building the function. PyTensor types inputs and outputs of its nodes as Variable, which has neither
# dimensions nor dtype; hence Any where a tensor comes from a node.


def _value_vars(vars: Variable | Sequence[Variable], model: pm.Model) -> list[TensorVariable]:
    """Return the value variables of ``vars``; of those that are partially observed, of the unobserved part."""
    parts = {z: model[name] for z in model.deterministics if (name := f"{z.name}_unobserved") in model}
    try:
        variables = [parts.get(z, z) for z in (vars if isinstance(vars, list | tuple) else [vars])]
        return get_value_vars_from_user_vars(variables, model)
    except (TypeError, ValueError, AttributeError):
        raise ValueError(f"vars is {vars!r}; it must hold unobserved variables of the model") from None


def _n_categories(z: TensorVariable, model: pm.Model, point: PointType) -> int:
    """Return K of a categorical or Bernoulli value variable."""
    node = model.values_to_rvs[z].owner
    if isinstance(node.op, CategoricalRV):
        probabilities: Any = node.inputs[-1]
        [n_categories] = model.replace_rvs_by_values([probabilities.shape[-1]])
        return int(evaluate([n_categories], model, point)[0])
    if isinstance(node.op, BernoulliRV):
        return 2
    raise ValueError(f"vars has '{z.name}', which is neither pm.Categorical nor pm.Bernoulli; it must be")


def _compile_log_prob(
    z: TensorVariable, k: int, model: pm.Model, point: PointType
) -> tuple[LogProb, list[SharedVariable]]:
    """Compile the (K, n) table of elementwise log probabilities, as a function of a point.

    Also returns the data by which the variable is indexed: the function is right for its present values only.
    """
    names, terms = _terms_of(z, model)
    local = _localize_checks(_inline_composites(terms), z, model.check_bounds)
    owners, index_data = owners_of_terms(names, local, z, model, point)
    shape, n = point[z.name].shape, point[z.name].size
    rows = []
    for category in range(k):
        everywhere = pt.constant(np.full(shape, category, dtype=z.dtype))
        at_category: Any = graph_replace(local, [(z, everywhere)])
        rows.append(reduce(add, (_sum_by_owner(*pair, n) for pair in zip(at_category, owners, strict=True))))
    table: Any = rewrite_graph(pt.stack(rows), custom_rewrite=in2out(_look_up_once), clone=True)
    needed = set(graph_inputs([table]))
    inputs = [value for value in model.value_vars if value in needed]
    compiled = model.compile_fn(table, inputs=inputs, point_fn=False)
    compiled.trust_input = True  # as PyMC's own steps do: samplers pass arrays of the right type

    def log_prob(at: PointType) -> NDArray[np.float64]:
        return compiled(*[np.asarray(at[value.name], value.dtype) for value in inputs]).astype(
            np.float64, copy=False
        )

    _confirm(log_prob, terms, z, k, model, point)
    return log_prob, index_data


@node_rewriter([AdvancedSubtensor])
def _look_up_once(_: FunctionGraph, node: Apply) -> list[Any] | None:
    """Replace a lookup by indices that are all equal by the lookup of one entry.

    What follows, such as a logarithm, is then computed once for each category, not for each element.
    """
    inputs: list[Any] = node.inputs
    table, *indices = inputs
    if not all(isinstance(index, Constant) and _is_one_value(index.data) for index in indices):
        return None
    entry = unflatten_index_variables([int(index.data.flat[0]) for index in indices], node.op.idx_list)
    if any(isinstance(index, slice) for index in entry):
        return None
    shape = np.broadcast_shapes(*(index.data.shape for index in indices))
    return [pt.alloc(table[entry], *shape, *table.shape[len(entry) :])]


def _is_one_value(index: NDArray) -> bool:
    return index.dtype != bool and index.size > 0 and bool((index == index.flat[0]).all())


def _terms_of(z: TensorVariable, model: pm.Model) -> tuple[list[str], list[TensorVariable]]:
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
            raise refusal(z, f"the unobserved categorical variable '{variable.name}' depends on it")
        names.append(variable.name)
        while term.owner and isinstance(term.owner.op, Sum):  # the joint log probability is the sum anyway
            term = term.owner.inputs[0]
        dependent.append(term)
    return names, dependent


def _inline_composites(terms: list[TensorVariable]) -> list[Any]:
    """Replace operations that are composed of others by those."""
    graph = FunctionGraph(outputs=terms, clone=True, copy_inputs=False)
    while composites := [node for node in graph.toposort() if isinstance(node.op, OpFromGraph)]:
        for node in composites:
            graph.replace_all(zip(node.outputs, inline_ofg_node(node), strict=True), import_missing=True)
    return graph.outputs


def _localize_checks(terms: list[Any], z: TensorVariable, check_bounds: bool) -> list[Any]:
    """Replace checks of parameters that ``z`` selects by elementwise ones.

    PyMC gives a whole variable the log probability −inf if one element has a bad parameter. With all
    elements of ``z`` set to one category at a time, that would rule out the category for every element.
    """
    graph = FunctionGraph(outputs=terms, clone=True, copy_inputs=False)
    reached = descendants(graph.outputs, [z])
    for node in graph.toposort():
        if not isinstance(node.op, CheckParameterValue) or reached.isdisjoint(node.inputs[1:]):
            continue
        checked: Any = node.inputs[0]
        if check_bounds:
            for condition in _conjuncts(node.inputs[1:]):
                extra = tuple(range(checked.ndim, condition.ndim))
                valid = condition.all(axis=extra) if extra else condition
                checked = pt.switch(valid, checked, -np.inf).astype(checked.dtype)
        graph.replace(node.outputs[0], checked, import_missing=True)
    return graph.outputs


def _conjuncts(conditions: Iterable[Any]) -> list[TensorVariable]:
    """Split conditions into the arrays of which all elements must be true."""
    conjuncts = []
    for condition in conditions:
        op = condition.owner and condition.owner.op
        if isinstance(op, ScalarFromTensor | MakeVector) or (isinstance(op, All) and condition.ndim == 0):
            conjuncts += _conjuncts(condition.owner.inputs)
        else:
            conjuncts.append(pt.as_tensor(condition))
    return conjuncts


def _sum_by_owner(term: TensorVariable, owners: Owners, n: int) -> TensorVariable:
    """Sum the elements of a term that have the same owner: the result has the shape (n,)."""
    flat_owners = owners.ravel()
    if np.array_equal(flat_owners, np.arange(n)):
        return term.ravel()
    owned = np.flatnonzero(flat_owners != NOBODY)
    return pt.zeros(n, dtype=term.dtype)[flat_owners[owned]].inc(term.ravel()[owned])


# The confirmation by numbers


def _confirm(
    log_prob: LogProb,
    terms: list[TensorVariable],
    z: TensorVariable,
    k: int,
    model: pm.Model,
    point: PointType,
) -> None:
    """Compare the table with the joint log probability as elements change, or raise ValueError.

    The joint is that of PyMC's own graph, run by another backend. A fixed generator picks points and changes,
    so that constructing a step leaves all other random numbers as they are.
    """
    joint = interpreter([reduce(add, (pt.sum(term) for term in terms))], model)
    rng = np.random.default_rng(0)
    n = point[z.name].size
    unit = 1 if config.floatX == "float64" else 1e3  # what rounding to single precision may add up to

    def joint_and_table(at: PointType, flat: NDArray[np.int64]) -> tuple[float, float]:
        moved = at | {z.name: flat.reshape(point[z.name].shape).astype(point[z.name].dtype)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # log(0) = −inf is no error here
            expected = float(joint(*[moved[value.name] for value in model.value_vars])[0])
        return expected, float(log_prob(at)[flat, np.arange(n)].sum())

    for attempt in range(4):
        at = point if attempt == 0 else _jitter(point, rng)
        start = point[z.name].ravel() if attempt == 0 else rng.integers(k, size=n)
        joint_before, table_before = joint_and_table(at, start)
        if not np.isfinite(joint_before):
            continue
        for share in (0, 0, 0, 0.1, 0.5, 1):
            changed = rng.random(n) < share
            changed[rng.integers(n)] = True
            joint_after, table_after = joint_and_table(at, np.where(changed, rng.integers(k, size=n), start))
            tolerance = unit * (1e-6 + 1e-8 * (abs(joint_before) + abs(joint_after)))
            expected, by_table = joint_after - joint_before, table_after - table_before
            if not (expected == by_table or abs(expected - by_table) <= tolerance):
                reason = f"changing {changed.sum()} of its elements moves the model's log probability by "
                raise refusal(z, f"{reason}{expected}, not by {by_table} as for independent elements")


def _jitter(point: PointType, rng: np.random.Generator) -> PointType:
    """Return a point whose continuous variables, each on the whole real line, are moved at random."""
    return {
        name: (value + rng.normal(size=value.shape)).astype(value.dtype) if value.dtype.kind == "f" else value
        for name, value in point.items()
    }
