"""Relabelling: undo label switching in stored draws."""

from typing import Literal, NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import linear_sum_assignment
from scipy.special import xlogy

from gmixlib import _checks
from gmixlib._checks import Floats

Integers = NDArray[np.integer]

MAX_PASSES = 200  # of Stephens' method, which needs a few dozen where components overlap completely
# Two labellings tie, and the current one stays, if the relative gain is below this. Otherwise rounding could
# exchange them in every pass, without end.
TIE = 1e-12
SAMPLE_DIMS = ("chain", "draw")


class _Draws(NamedTuple):
    """The data, shape (n,), and the parameters of all draws, each of shape (draws, K)."""

    y: Floats
    w: Floats
    mu: Floats
    sigma: Floats


def relabel(
    idata: xr.DataTree,
    *,
    method: Literal["stephens", "assignment"] = "stephens",
    y: str | ArrayLike = "y",
    w: str | ArrayLike = "w",
    mu: str = "mu",
    sigma: str | ArrayLike = "sigma",
    category: str = "category",
) -> xr.DataTree:
    """Undo label switching: give the components of each stored draw the labels that fit the other draws.

    Both methods look at which points each component accounts for, not at the order of the locations. Both
    take one draw at a time: no array of draws by points by components is ever held.

    ``"stephens"`` permutes the labels of each draw so that its responsibilities come closest to their
    mean over all draws, in Kullback–Leibler divergence summed over draws and points. A first pass matches
    each draw with the mean of those before it. Further passes match each draw with the mean of the pass
    before, until no label changes. No pass can raise the divergence. It ends in a minimum over the labels of
    each draw, given the mean; another start may lead to a lower one.

    ``"assignment"`` permutes the labels of each draw so that as many points as possible are in the
    same category as in a pivot, the draw of the highest posterior density. It takes one pass.

    Parameters
    ----------
    idata : DataTree
        Draws in group ``posterior``, with dimensions ``chain`` and ``draw``, as `sample_gibbs` and
        ``pymc.sample`` return them. It is not changed.
    method : {"stephens", "assignment"}
        How to choose the labels.
    y : str or array_like, shape (n,)
        The data, or their name in group ``observed_data``.
    w, sigma : str or array_like
        Weights and scales: the name of a variable of ``posterior``, or the known value. A known value is
        one number, or K equal ones, since components that are known to differ cannot switch labels. It
        may stand in group ``constant_data`` under that name. The draws of ``sigma`` may have no component
        dimension: one scale for all.
    mu : str
        Name of the locations in ``posterior``. Its dimension beside ``chain`` and ``draw`` is that of the
        components.
    category : str
        Name of the categories in ``posterior``, integers from 0 to K - 1, with one dimension for the
        points. Draws without ``"category"`` are fine. ``"assignment"`` then takes the most probable
        category of each point.

    Returns
    -------
    DataTree
        Copy of ``idata`` in which each variable of ``posterior`` and ``sample_stats`` along the component
        dimension of ``mu``, ``w`` or ``sigma`` is permuted, and the categories are renamed to match.
        The ``responsibilities`` of group ``averages``, where they are kept, are averaged anew. The
        components are numbered by the mean of ``mu`` over all draws, lowest first. A variable that PyMC
        gave a dimension of its own, such as ``tau_dim_0``, stays as it is: declare a common dimension
        in the model. ``posterior.attrs`` holds ``relabel_method`` and, for Stephens' method,
        ``relabel_losses``: the divergence in nats after each pass.

    Raises
    ------
    ValueError
        If ``method`` is unknown, a group or variable is missing, a draw is not finite or out of range, a
        shape does not fit K components and n points, known values differ between components, or a
        variable holds an average over draws per component, which no relabelling can undo.
    RuntimeError
        If Stephens' method does not converge.

    Notes
    -----
    The density of a pivot is ``lp`` or ``logp`` of group ``sample_stats``. Without either the log
    likelihood stands in for it.

    Sources: for ``"stephens"`` Stephens (2000), "Dealing with label switching in mixture models", *Journal
    of the Royal Statistical Society B* 62, 795–809; for ``"assignment"`` Papastamoulis and Iliopoulos
    (2010), "An artificial allocations based solution to the label switching problem in Bayesian analysis
    of mixtures of distributions", *Journal of Computational and Graphical Statistics* 19, 313–331.
    """
    if method not in ("stephens", "assignment"):
        raise ValueError(f'method is {method!r}; it must be "stephens" or "assignment"')
    draws, component_dims = _read_draws(idata, y, w, mu, sigma)
    categories = _read_categories(idata, category, draws)
    attrs: dict[str, str | list[float]] = {"relabel_method": method}
    if method == "stephens":
        order, attrs["relabel_losses"] = _stephens(draws)
    else:
        order = _assign(draws, categories, _read_log_posterior(idata))
    order = order[:, np.argsort(np.take_along_axis(draws.mu, order, axis=1).mean(axis=0))]

    relabelled = idata.copy()
    for group in ("posterior", "sample_stats"):
        if group in idata.children:
            dataset = idata.children[group].to_dataset(inherit=False)
            relabelled.children[group].dataset = _permute_components(dataset, order, component_dims)
    posterior = relabelled.children["posterior"]
    if categories is not None:
        posterior[category] = _rename_categories(posterior.dataset[category], order)
    if _is_stored(idata, "averages", "responsibilities"):
        average = _mean_responsibilities(draws, order, posterior.sizes["chain"])
        averages = relabelled.children["averages"]
        averages["responsibilities"] = averages.dataset["responsibilities"].copy(data=average)
    posterior.attrs |= attrs
    return relabelled


def _stephens(draws: _Draws) -> tuple[Integers, list[float]]:
    """Return the old label of each new one, shape (draws, K), and the divergence after each pass."""
    n_draws, k = draws.mu.shape
    order = np.tile(np.arange(k), (n_draws, 1))
    total = np.zeros((k, draws.y.size))
    negentropy = 0.0
    for t in range(n_draws):
        p, _ = _allocation(draws, t)
        # The sum instead of the mean: a common factor does not change which labelling is best.
        order[t] = _best_labels(_log(total) @ p.T, order[t])
        total += p[order[t]]
        negentropy += xlogy(p, p).sum()

    losses = [_divergence(negentropy, total, n_draws)]
    for _ in range(MAX_PASSES):
        log_mean, total, before = _log(total / n_draws), np.zeros_like(total), order.copy()
        for t in range(n_draws):
            p, _ = _allocation(draws, t)
            order[t] = _best_labels(log_mean @ p.T, order[t])
            total += p[order[t]]
        losses.append(_divergence(negentropy, total, n_draws))
        if (order == before).all():
            return order, losses
    raise RuntimeError(f"Stephens' relabelling did not converge in {MAX_PASSES} passes")


def _divergence(negentropy: float, total: Floats, n_draws: int) -> float:
    """Kullback–Leibler divergence of the responsibilities from their mean, summed over draws and points."""
    return float(negentropy - xlogy(total, total / n_draws).sum())


def _assign(draws: _Draws, categories: Integers | None, log_posterior: Floats | None) -> Integers:
    """Return the old label of each new one, shape (draws, K), by the points in common with the pivot."""
    n_draws, k = draws.mu.shape

    def category_of_points(t: int) -> Integers:
        if categories is None:
            return _allocation(draws, t)[0].argmax(axis=0)
        return categories[t].astype(np.intp, copy=False)

    if log_posterior is None:
        log_posterior = np.array([_allocation(draws, t)[1] for t in range(n_draws)])
    pivot = k * category_of_points(int(log_posterior.argmax()))
    order = np.tile(np.arange(k), (n_draws, 1))
    for t in range(n_draws):
        in_common = np.bincount(pivot + category_of_points(t), minlength=k * k).reshape(k, k)
        order[t] = _best_labels(in_common, order[t])
    return order


def _best_labels(gain: NDArray, current: Integers) -> Integers:
    """Return the old label (column) for each new one (row), one to one, with the highest gain in all."""
    rows, best = linear_sum_assignment(gain, maximize=True)
    now = gain[rows, current].sum()
    return best if gain[rows, best].sum() - now > TIE * abs(now) else current


def _allocation(draws: _Draws, t: int) -> tuple[Floats, float]:
    """Return the responsibilities of one draw, shape (K, n), and its log likelihood up to a constant.

    In place and without checks: a fifth of the time that `gmixlib.responsibilities` would take.
    """
    sigma = draws.sigma[t]
    with np.errstate(divide="ignore"):  # a weight of 0 gives log(0) = -inf, which is right
        log_scale = np.log(draws.w[t]) - np.log(sigma)
    log_p = (draws.y - draws.mu[t][:, None]) / sigma[:, None]
    log_p *= -0.5 * log_p
    log_p += log_scale[:, None]
    top = log_p.max(axis=0)
    log_p -= top
    p = np.exp(log_p, out=log_p)
    density = p.sum(axis=0)
    p /= density
    return p, float((top + np.log(density)).sum())


def _mean_responsibilities(draws: _Draws, order: Integers, chains: int) -> Floats:
    """Average the responsibilities over the relabelled draws of each chain, shape (chains, n, K)."""
    by_chain = np.arange(len(order)).reshape(chains, -1)
    average = np.zeros((chains, draws.y.size, draws.mu.shape[1]))
    for chain, ts in enumerate(by_chain):
        for t in ts:
            average[chain] += _allocation(draws, t)[0][order[t]].T
    return average / by_chain.shape[1]


def _log(mean: Floats) -> Floats:
    """Logarithm that stays finite where the responsibilities of all draws so far underflow to 0."""
    return np.log(np.maximum(mean, np.finfo(float).tiny))


def _permute_components(group: xr.Dataset, order: Integers, component_dims: set[str]) -> xr.Dataset:
    """Return a copy of a group whose variables along a component dimension are permuted draw by draw."""
    changed = {}
    for name, variable in group.data_vars.items():
        new = variable.variable
        for dim in component_dims.intersection(variable.dims):
            if not set(SAMPLE_DIMS) <= set(variable.dims):
                raise ValueError(
                    f"{name} has dimensions {variable.dims}; an average over draws for each component cannot "
                    "be relabelled: drop it from idata"
                )
            shape = (*(group.sizes[sample_dim] for sample_dim in SAMPLE_DIMS), -1)
            new = new.isel({dim: xr.Variable((*SAMPLE_DIMS, dim), order.reshape(shape))})
            changed[name] = new.transpose(*variable.dims)
    return group.assign(changed)


def _rename_categories(categories: xr.DataArray, order: Integers) -> xr.DataArray:
    """Return the categories with the new label in place of each old one."""
    stored = categories.transpose(*SAMPLE_DIMS, ...)
    old = stored.values.reshape(len(order), -1)
    new = np.empty_like(old)
    for t, new_label in enumerate(order.argsort(axis=1)):
        new[t] = new_label[old[t]]
    return stored.copy(data=new.reshape(stored.shape)).transpose(*categories.dims)


def _read_draws(
    idata: xr.DataTree, y: str | ArrayLike, w: str | ArrayLike, mu: str, sigma: str | ArrayLike
) -> tuple[_Draws, set[str]]:
    """Return data and parameters, and the dimensions that ``w``, ``mu`` and ``sigma`` have for components."""
    data = _checks.observations(_variable(idata, "observed_data", y, "y") if isinstance(y, str) else y)
    stored = _read_sampled(idata, mu, "mu")
    if stored.ndim != 3:
        raise ValueError(
            f"mu has dimensions {stored.dims}; it must have chain, draw and one for the components"
        )
    if "sample_stats" in idata.children:
        for dim, size in idata.children["sample_stats"].sizes.items():
            if dim in SAMPLE_DIMS and size != stored.sizes[dim]:
                raise ValueError(
                    f"idata.sample_stats has {size} values along {dim}, posterior has {stored.sizes[dim]}; "
                    "both must hold the same draws"
                )
    locations = stored.values.reshape(-1, stored.shape[2]).astype(np.float64)
    k = stored.shape[2]
    dims = {str(stored.dims[2])}

    parameters: dict[str, NDArray] = {}
    for name, argument in (("w", w), ("sigma", sigma)):
        if isinstance(argument, str) and not _is_known(idata, argument):
            stored = _read_sampled(idata, argument, name)
            if stored.shape[2:] not in ((k,), ()) or (name == "w" and stored.ndim == 2):
                raise ValueError(
                    f"{name} has dimensions {dict(stored.sizes)}; it must have {k} components as mu"
                )
            dims |= {str(dim) for dim in stored.dims[2:]}
            values = stored.values.reshape(len(locations), -1)
        else:
            if isinstance(argument, str):
                argument = _variable(idata, "constant_data", argument, name).values
            values = _check_known(argument, k, name)
        parameters[name] = np.broadcast_to(values, locations.shape)
    weights = _checks.weights(parameters["w"], batched=True)
    scales = _checks.scales(parameters["sigma"], k, batched=True)
    return _Draws(data, weights, locations, scales), dims


def _is_known(idata: xr.DataTree, variable: str) -> bool:
    """Whether a variable is known and not sampled: `sample_gibbs` puts it in group ``constant_data`` then."""
    return _is_stored(idata, "constant_data", variable) and not _is_stored(idata, "posterior", variable)


def _check_known(values: ArrayLike, k: int, name: str) -> Floats:
    """Return a known value, after checking that it is the same for each of ``k`` components."""
    array = _checks.numbers(values, name)
    if array.shape not in ((), (k,)):
        raise ValueError(
            f"{name} has shape {array.shape}; it must be one number or one for each of {k} components"
        )
    if not np.isfinite(array).all() or not np.allclose(array, array.mean()):
        raise ValueError(
            f"{name} is {array}; known values must be finite and equal, since components that differ in "
            "them cannot switch labels"
        )
    return array


def _read_categories(idata: xr.DataTree, category: str, draws: _Draws) -> Integers | None:
    """Return the stored categories, shape (draws, n), if there are any."""
    if category == "category" and not _is_stored(idata, "posterior", category):
        return None
    stored = _read_sampled(idata, category, "category")
    n, k = draws.y.size, draws.mu.shape[1]
    if stored.shape[2:] != (n,):
        raise ValueError(
            f"category has dimensions {dict(stored.sizes)}; it must have one for the {n} points of y"
        )
    values = stored.values.reshape(-1, n)
    if not (np.issubdtype(values.dtype, np.integer) and values.min() >= 0 and values.max() < k):
        raise ValueError(f"category must hold integers from 0 to {k - 1}")
    return values


def _read_log_posterior(idata: xr.DataTree) -> Floats | None:
    """Return the stored log posterior density of each draw, shape (draws,), by the name of PyMC or nutpie."""
    for name in ("lp", "logp"):
        if _is_stored(idata, "sample_stats", name):
            return _read_sampled(idata, name, name, group="sample_stats").values.ravel()
    return None


def _read_sampled(idata: xr.DataTree, variable: str, argument: str, group: str = "posterior") -> xr.DataArray:
    """Return the draws of a variable, chain and draw first, after checking that they are finite."""
    stored = _variable(idata, group, variable, argument)
    if not set(SAMPLE_DIMS) <= set(stored.dims):
        raise ValueError(f"{argument} has dimensions {stored.dims}; it must have chain and draw")
    if not np.isfinite(_checks.real(stored.values, argument)).all():
        raise ValueError(f"{argument} has draws that are not finite")
    return stored.transpose(*SAMPLE_DIMS, ...)


def _is_stored(idata: xr.DataTree, group: str, variable: str) -> bool:
    return group in idata.children and variable in idata.children[group].data_vars


def _variable(idata: xr.DataTree, group: str, variable: str, argument: str) -> xr.DataArray:
    if group not in getattr(idata, "children", ()):
        raise ValueError(f"idata has no group {group}; it must be a DataTree with that group")
    variables = idata.children[group].data_vars
    if not isinstance(variable, str) or variable not in variables:
        raise ValueError(
            f"{argument} is {variable!r}; it must name a variable of group {group}: "
            f"{', '.join(map(str, variables))}"
        )
    return variables[variable]
