"""The marginal likelihood of a Gaussian mixture, over all labellings."""

import math
import os
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import ArrayLike
from scipy.special import gammaln, xlogy

from gmixlib import _checks
from gmixlib._checks import Floats
from gmixlib._kernels import log_term
from gmixlib.density import LOG_SQRT_2PI, logsumexp
from gmixlib.gibbs import RandomSeed, _generators, _initial_states, _watch, checked_problem, run_chains
from gmixlib.priors import INVERSE_GAMMA, KNOWN, UNIFORM, Hyper, Prior

MOST_COMPONENTS = 8  # each one more doubles the cost
TUNE = 200  # sweeps of a chain before the first stored draw
THIN = 25  # sweeps from one stored draw to the next
STORED = 8  # stored draws of a chain
NARROWEST = 4.0  # initial scales are down to exp(-4) of the standard deviation of the data
WIDENING = 0.05  # part of the observations, for each component after the first
EVEN = 0.1  # part of the proposal that is the same for all chains
SHARING_STEPS = 100
FEW_EFFECTIVE = 100
NEGLIGIBLE = 40.0  # nats
LEAST_SUM = 1e-200  # below it, terms may have been too small for a float
CHUNK = 32  # draws between two looks at the progress and at the keyboard


class Evidence(NamedTuple):
    """An estimated marginal likelihood.

    Attributes
    ----------
    log_evidence : float
        Log of the marginal likelihood, in nats.
    error : float
        Its Monte Carlo standard error, in nats.
    effective_draws : float
        How many draws of equal weight would have the same error.
    """

    log_evidence: float
    error: float
    effective_draws: float


class Points(NamedTuple):
    """Parameters drawn from the proposal, each of shape (draws, K)."""

    log_w: Floats  # a weight may be too small for a float
    mu: Floats
    sigma: Floats


class Stored(NamedTuple):
    """Draws of the Gibbs sampler with what their categories sum up to, each of shape (S, K)."""

    mu: Floats
    sigma: Floats
    counts: Floats
    means: Floats
    spreads: Floats


class Conditionals(NamedTuple):
    """Distributions of the parameters given the categories of each stored draw, by any labelling.

    Each of shape (S, K, K): stored draw, component, and which of the stored components lends it its
    observations. The scales' have a length of 0 along the components when known, of 1 when shared.
    """

    log_label: Floats  # log probability of that labelling, one term a component
    concentration: Floats  # of the weights' Dirichlet distribution
    centre: Floats  # of a location
    precision: Floats  # of a location; with a ScaledNormal of unknown scale, times its variance
    shape: Floats  # of a precision's gamma distribution
    rate: Floats
    start: Floats  # where that distribution begins


def log_evidence(
    y: ArrayLike,
    k: int,
    *,
    prior: Prior,
    draws: int = 4000,
    chains: int = 128,
    random_seed: RandomSeed = None,
    cores: int | None = None,
    progressbar: bool = True,
) -> Evidence:
    r"""Estimate the marginal likelihood of a Gaussian mixture by importance sampling.

    Gibbs chains from random observations store draws of the categories. The proposal is the mixture,
    over the stored draws and over all K! labellings of each, of the conditional distributions of the
    parameters given the categories. All labellings are thereby counted, whether or not the chains have
    visited them. A pilot sets the shares of the chains in the
    mixture, since a chain that cannot leave a minor mode would else count as much as any other.
    The draws that follow are independent, and so the spread of their weights tells the error.

    Parameters
    ----------
    y : array_like, shape (n,)
        Observations, finite.
    k : int
        Number of components, from 1 to n and at most 8.
    prior : Prior
        Prior of weights, locations and scales. It need not treat all components alike.
    draws : int
        Draws from the proposal, at least 2; a quarter more for the pilot.
    chains : int
        Gibbs chains, at least 1. Each adds 8 stored draws to the proposal: more chains miss fewer modes,
        and make the weights more even.
    random_seed : int, SeedSequence, Generator or None
        The same seed gives the same estimate, on any number of cores.
    cores : int, optional
        Threads to run at the same time, by default one on each processor.
    progressbar : bool
        Whether to show progress where a step takes longer than a second.

    Returns
    -------
    Evidence
        ``log_evidence`` and its Monte Carlo standard ``error``, in nats, and ``effective_draws``.

    Raises
    ------
    ValueError
        If an argument is out of range.
    RuntimeError
        If no draw lies where the prior has a density.

    Warns
    -----
    RuntimeWarning
        If fewer than 100 draws, and fewer than half, are effective. The error may then be too small: use
        more chains and more draws.

    Notes
    -----
    The density of the proposal has a sum over K! labellings of products over K components: a permanent,
    which costs K 2**(K - 1) multiplications when summed over subsets.

    Sources: Frühwirth-Schnatter (2004), "Estimating marginal likelihoods for mixture and Markov switching
    models using bridge sampling techniques", *Econometrics Journal* 7, 143–167, and Lee and Robert (2016),
    "Importance sampling schemes for evidence approximation in mixture models", *Bayesian Analysis* 11,
    573–597, for the proposal; Cappé et al. (2008), "Adaptive importance sampling in general mixture
    classes", *Statistics and Computing* 18, 447–459, for the shares.

    Examples
    --------
    >>> from gmixlib import two_gaussians
    >>> from gmixlib.priors import Normal, Prior
    >>> y, z = two_gaussians()
    >>> found = log_evidence(y, 2, prior=Prior(Normal(0, 10), 1.0, [0.5, 0.5]), random_seed=1)
    >>> round(found.log_evidence, 1)
    -180.5
    """
    y, hyper = checked_problem(y, k, prior)
    if k > MOST_COMPONENTS:
        raise ValueError(f"k is {k}; it must be at most {MOST_COMPONENTS}, as the cost doubles with each")
    for name, value, least in (("draws", draws, 2), ("chains", chains, 1)):
        _checks.at_least(value, least, name)
    if cores is not None:
        _checks.at_least(cores, 1, "cores")
    *rngs, rng = _generators(random_seed, chains + 1)
    cores = cores or os.cpu_count() or 1

    stored = _stored_draws(y, k, hyper, rngs, cores, progressbar)
    proposal = _Proposal(y, prior, hyper, stored, cores, progressbar)
    even = np.full(chains, 1 / chains)
    log_weights, log_density = proposal.draw(even, math.ceil(draws / 4), rng)
    log_weights, _ = proposal.draw(_best_shares(even, log_weights, log_density), draws, rng)

    total = float(logsumexp(log_weights))
    if total == -np.inf:
        raise RuntimeError(f"none of {draws} draws lies where the prior has a density; use more draws")
    effective = float(np.exp(-logsumexp(2 * (log_weights - total))))
    error = math.sqrt(max(0.0, 1 / effective - 1 / draws))
    if effective < min(FEW_EFFECTIVE, 0.5 * draws):
        warnings.warn(
            f"only {effective:.0f} of {draws} draws are effective, so that the error may be too small; "
            f"use more than {chains} chains, and more draws",
            RuntimeWarning,
            stacklevel=2,
        )
    return Evidence(total - math.log(draws), error, effective)


def _stored_draws(
    y: Floats, k: int, hyper: Hyper, rngs: list[np.random.Generator], cores: int, progressbar: bool
) -> Stored:
    """Return draws of each chain in turn."""
    starts = _starts(y, k, hyper, rngs)
    states = _initial_states(y, k, hyper, len(rngs), starts, rngs)
    records = run_chains(
        y, hyper, states, rngs, draws=STORED * THIN, tune=TUNE, cores=cores, progressbar=progressbar
    )
    stored = Stored(
        *(np.concatenate([getattr(record, name)[::THIN] for record in records]) for name in Stored._fields)
    )
    # As if there were fewer observations: wider conditional distributions leave fewer gaps between them.
    kept = 1 - WIDENING * (k - 1)
    return stored._replace(counts=kept * stored.counts, spreads=kept * stored.spreads)


def _starts(y: Floats, k: int, hyper: Hyper, rngs: list[np.random.Generator]) -> dict[str, list[Floats]]:
    """Return initial values as different as can be, so that few modes are missed."""
    starts = {"mu": [_locations(y, k, rng, power=2 * (i % 2)) for i, rng in enumerate(rngs)]}
    if hyper.sigma_kind != KNOWN:
        widest = y.std() or 1.0
        if hyper.sigma_kind == UNIFORM:
            widest = min(widest, 0.5 * hyper.upper)
        starts["sigma"] = [np.full(k, widest * math.exp(-rng.uniform(0, NARROWEST))) for rng in rngs]
    return starts


def _locations(y: Floats, k: int, rng: np.random.Generator, power: int) -> Floats:
    """Draw observations, each with the odds of its distance from those before to a power.

    Source: Arthur and Vassilvitskii (2007), "k-means++: the advantages of careful seeding".
    """
    chosen = [rng.choice(y)]
    for _ in range(1, k):
        distance = np.min([np.abs(y - one) for one in chosen], axis=0)
        odds = distance**power + np.finfo(float).tiny  # also where all observations are equal
        chosen.append(rng.choice(y, p=odds / odds.sum()))
    return np.array(chosen)


def _conditionals(hyper: Hyper, stored: Stored) -> Conditionals:
    """Return the conditional distributions given the categories of each stored draw."""
    k = hyper.mean.size
    # Components of the prior along the second dimension, those of the stored draw along the third.
    mu, sigma, n, means, spreads = (part[:, None, :] for part in stored)
    prior_mean = hyper.mean[:, None]
    known, scaled = hyper.sigma_kind == KNOWN, hyper.points > 0
    variance = hyper.sigma[:, None] ** 2 if known else sigma**2
    if scaled:
        about = spreads + hyper.points * n / (hyper.points + n) * (means - prior_mean) ** 2
        unit = variance if known else 1.0
        precision, prior_precision = (hyper.points + n) / unit, hyper.points / unit
        prior_variance = variance / hyper.points
    else:
        about = spreads + n * (means - mu) ** 2 + 0 * prior_mean
        prior_precision = hyper.sd[:, None] ** -2
        precision, prior_variance = prior_precision + n / variance, 1 / prior_precision
    weight = prior_precision / precision
    shape, rate, start = _scale_conditionals(hyper, n, about)

    if scaled and not known and not hyper.shared:
        log_label = -shape * np.log(rate)  # exact; else given the stored scales
    else:
        spread_of_mean = prior_variance + variance / np.maximum(n, 1)
        log_label = -0.5 * np.log(spread_of_mean) - 0.5 * (means - prior_mean) ** 2 / spread_of_mean
        if known:
            log_label = log_label - 0.5 * (n - 1) * np.log(variance) - 0.5 * spreads / variance
        log_label = log_label * (n > 0)
    if hyper.w_known:
        concentration = np.ones((n.shape[0], k, k))
        log_label = log_label + xlogy(n, hyper.w[:, None])
    else:
        concentration = hyper.concentration[:, None] + n
        log_label = log_label + gammaln(concentration)
    # Only ratios to the stored labelling count. Bounds keep all labellings possible and sums finite.
    log_label = np.clip(log_label - np.einsum("skk->sk", log_label)[:, None], -NEGLIGIBLE, NEGLIGIBLE)
    centre = weight * prior_mean + (1 - weight) * means
    full = (np.broadcast_to(x, (n.shape[0], k, k)) for x in (log_label, concentration, centre, precision))
    return Conditionals(*full, shape, rate, start)


def _scale_conditionals(hyper: Hyper, n: Floats, about: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the distributions of the precisions given counts and sums of squared deviations."""
    if hyper.sigma_kind == KNOWN:
        return about[:, :0], about[:, :0], about[:, :0]
    n = np.broadcast_to(n, about.shape)
    if hyper.shared:  # from all components together, by the stored labelling
        n, about = (np.einsum("skk->s", x)[:, None, None] + 0 * about[:, :1] for x in (n, about))
    if hyper.sigma_kind == INVERSE_GAMMA:
        return hyper.shape + 0.5 * n, hyper.scale + 0.5 * about, np.zeros(n.shape)
    shape, rate, least = 0.5 * (n - 1), 0.5 * about, hyper.upper**-2
    # Where the bound leaves only the tail, that is close to an exponential distribution.
    is_tail = rate * least > shape
    steepness = np.maximum(rate - (shape - 1) / least, np.sqrt(shape) / least)
    return np.where(is_tail, 1, shape), np.where(is_tail, steepness, rate), np.where(is_tail, least, 0)


class _Proposal:
    """The mixture that parameters are drawn from, and the weights of such draws."""

    def __init__(
        self, y: Floats, prior: Prior, hyper: Hyper, stored: Stored, cores: int, progressbar: bool
    ) -> None:
        self.y, self.prior, self.hyper, self.cores, self.progressbar = y, prior, hyper, cores, progressbar
        self.given = _conditionals(hyper, stored)
        self.labels = np.exp(np.ascontiguousarray(np.moveaxis(self.given.log_label, 0, 2)))
        self.label_sums = np.empty((2**hyper.mean.size, stored.mu.shape[0]))
        sum_over_labellings(self.labels, self.label_sums)
        self.coefficients = self._coefficients()

    def _coefficients(self) -> Floats:
        """Return the coefficients of `log_densities`, of shape (6, chains, K, K, STORED)."""
        given, hyper = self.given, self.hyper
        scales = given.shape.shape[1]
        constant = given.log_label + 0.5 * np.log(given.precision) - LOG_SQRT_2PI
        on_log_w, on_log_sigma, on_precision = np.zeros((3, *constant.shape))
        on_log_sigma += hyper.points > 0 and scales > 0
        on_log_sigma[:, :scales] += 2 * given.shape + 1
        on_precision[:, :scales] = given.rate
        constant[:, :scales] += math.log(2) + given.rate * given.start
        constant[:, :scales] += given.shape * np.log(given.rate) - gammaln(given.shape)
        # What all components have in common stands with the first.
        constant[:, 0] -= np.log(self.label_sums[-1])[:, None] + math.log(STORED)
        if not hyper.w_known:
            on_log_w = given.concentration - 1
            constant -= gammaln(given.concentration)
            constant[:, 0] += gammaln(np.einsum("skk->s", given.concentration))[:, None]
        together = np.stack([constant, on_log_w, on_log_sigma, on_precision, given.precision, given.centre])
        chains = together.shape[1] // STORED
        return np.ascontiguousarray(
            np.moveaxis(together.reshape(6, chains, STORED, *constant.shape[1:]), 2, 4)
        )

    def draw(self, shares: Floats, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw parameters, and return the logs of their weights and of the density of each chain's part."""
        points = self._draw_points(shares, draws, rng)
        w, (log_w, mu, sigma) = np.exp(points.log_w), points
        unit = sigma**-2 if self.hyper.points > 0 and self.given.shape.shape[1] > 0 else np.ones(mu.shape)
        log_w = np.maximum(log_w, np.finfo(float).min)  # a known weight may be 0
        features = np.stack([log_w, np.log(sigma), sigma**-2, mu, unit])
        log_density, log_likelihood = np.empty((draws, shares.size)), np.empty(draws)
        done = [0]

        def work(part: slice) -> None:
            log_densities(features[:, part], self.coefficients, log_density[part])
            log_likelihoods(self.y, w[part], mu[part], sigma[part], log_likelihood[part])
            done[0] += log_likelihood[part].size

        with ThreadPoolExecutor(self.cores) as pool:
            futures = [pool.submit(work, slice(i, i + CHUNK)) for i in range(0, draws, CHUNK)]
            try:
                _watch(futures, done, draws, self.progressbar)
            finally:  # also when the keyboard interrupts
                pool.shutdown(cancel_futures=True)
        for future in futures:
            future.result()
        log_proposal = logsumexp(log_density + np.log(shares), axis=1)
        return self._log_prior(points) + log_likelihood - log_proposal, log_density

    def _draw_points(self, shares: Floats, draws: int, rng: np.random.Generator) -> Points:
        """Draw parameters: a stored draw, its labelling, and from its conditional distributions."""
        given, hyper = self.given, self.hyper
        k = hyper.mean.size
        which = rng.choice(shares.size, draws, p=shares) * STORED + rng.integers(STORED, size=draws)
        labelling = draw_labellings(self.labels, self.label_sums, which, rng.random((draws, k)))
        concentration, centre, precision, shape, rate, start = (
            part[which[:, None], np.arange(part.shape[1]), labelling[:, : part.shape[1]]]
            for part in given[1:]
        )
        sigma = np.full((draws, k), hyper.sigma)
        if shape.size:
            sigma[:] = (start + rng.standard_gamma(shape) / rate) ** -0.5
        sd = precision**-0.5 * (sigma if hyper.points > 0 and shape.size else 1)
        mu = rng.normal(centre, sd)
        if hyper.w_known:
            with np.errstate(divide="ignore"):
                return Points(np.tile(np.log(hyper.w), (draws, 1)), mu, sigma)
        # A gamma variable of a small shape is smaller than any float: its log is that of one of shape + 1,
        # less an exponential variable over the shape.
        log_w = np.log(rng.standard_gamma(concentration + 1))
        log_w -= rng.standard_exponential(log_w.shape) / concentration
        return Points(log_w - logsumexp(log_w, axis=1, keepdims=True), mu, sigma)

    def _log_prior(self, points: Points) -> Floats:
        """Log prior density of the points, also where a weight is too small for a float."""
        hyper, (log_w, mu, sigma) = self.hyper, points
        k = mu.shape[1]
        log_prior = self.prior.log_density(np.full(mu.shape, 1 / k), mu, sigma)
        if hyper.w_known:
            return log_prior
        inside = (np.exp(log_w) >= hyper.minimum).all(axis=1)
        change = ((hyper.concentration - 1) * (log_w + math.log(k))).sum(axis=1)
        return np.where(inside, log_prior + change, -np.inf)


def _best_shares(even: Floats, log_weights: Floats, log_density: Floats) -> Floats:
    """Return the shares under which the proposal is closest to the posterior, as far as draws tell.

    Each step raises the likelihood of the shares, with the draws weighted as the posterior's. A part of
    each share is fixed, since the draws are few.
    """
    if log_weights.max() == -np.inf:
        return even
    weights = np.exp(log_weights - logsumexp(log_weights))
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    shares = even
    for _ in range(SHARING_STEPS):
        part = density * shares
        shares = (1 - EVEN) * (weights @ (part / part.sum(axis=1, keepdims=True))) + EVEN * even
    return shares


# Compiled parts


@njit(cache=True, nogil=True)
def sum_over_labellings(terms, sums):
    """Sum products over the ways to share out the blocks: permanents, one for each last index.

    ``terms`` has the shape (K, K, S): component, block. ``sums[subset]`` is over the ways in which the first
    components take the blocks of the subset, so that the last one is the permanent. Only positive
    terms are added, so that none cancel.
    """
    k = terms.shape[0]
    sums[0] = 1.0
    for subset in range(1, 1 << k):
        component = -1
        for block in range(k):
            component += (subset >> block) & 1
        sums[subset] = 0.0
        for block in range(k):
            if (subset >> block) & 1:
                others = subset ^ (1 << block)
                for s in range(terms.shape[2]):
                    sums[subset, s] += terms[component, block, s] * sums[others, s]


@njit(cache=True)
def draw_labellings(terms, sums, which, u):
    """Draw a labelling for each of ``which`` last indices, with probability in proportion to its product."""
    draws, k = u.shape
    labelling = np.empty((draws, k), np.int64)
    for m in range(draws):
        left = (1 << k) - 1
        for component in range(k - 1, -1, -1):
            rest = u[m, component] * sums[left, which[m]]
            for block in range(k):
                if (left >> block) & 1:
                    labelling[m, component] = block
                    rest -= terms[component, block, which[m]] * sums[left ^ (1 << block), which[m]]
                    if rest < 0:
                        break
            left ^= 1 << labelling[m, component]
    return labelling


@njit(cache=True, nogil=True)
def log_sum_over_labellings(log_terms):
    """Sum products over labellings as `sum_over_labellings` does, of terms (K, K) too far apart for that."""
    k = log_terms.shape[0]
    sums = np.zeros(1 << k)
    for subset in range(1, 1 << k):
        component = -1
        for block in range(k):
            component += (subset >> block) & 1
        sums[subset] = -np.inf
        for block in range(k):
            if (subset >> block) & 1:
                term = log_terms[component, block] + sums[subset ^ (1 << block)]
                sums[subset] = np.logaddexp(sums[subset], term)
    return sums[-1]


@njit(cache=True, nogil=True)
def log_densities(features, coefficients, out):
    """Write the log density of each chain's part of the proposal, of shape (draws, chains)."""
    log_w, log_sigma, inverse_variance, mu, unit = features
    constant, on_log_w, on_log_sigma, on_precision, precision, centre = coefficients
    chains, k, _, size = constant.shape
    log_terms, terms = np.empty((2, k, k, size))
    sums, top = np.empty((1 << k, size)), np.empty(size)
    for m in range(out.shape[0]):
        best = -np.inf
        for c in range(chains):
            top[:] = 0.0
            for i in range(k):
                for j in range(k):
                    for s in range(size):
                        log_terms[i, j, s] = (
                            constant[c, i, j, s]
                            + on_log_w[c, i, j, s] * log_w[m, i]
                            - on_log_sigma[c, i, j, s] * log_sigma[m, i]
                            - on_precision[c, i, j, s] * inverse_variance[m, i]
                            - 0.5 * precision[c, i, j, s] * unit[m, i] * (mu[m, i] - centre[c, i, j, s]) ** 2
                        )
                for s in range(size):
                    largest = log_terms[i, 0, s]
                    for j in range(1, k):
                        largest = max(largest, log_terms[i, j, s])
                    for j in range(k):
                        log_terms[i, j, s] -= largest
                    top[s] += largest
            out[m, c] = -np.inf
            if top.max() < best - NEGLIGIBLE - k * math.log(k):
                continue  # no product is above 1
            for i in range(k):
                for j in range(k):
                    for s in range(size):
                        terms[i, j, s] = math.exp(log_terms[i, j, s])
            sum_over_labellings(terms, sums)
            for s in range(size):
                if sums[-1, s] > LEAST_SUM:
                    top[s] += math.log(sums[-1, s])
                else:
                    top[s] += log_sum_over_labellings(log_terms[:, :, s])
            highest, total = top.max(), 0.0
            for s in range(size):
                total += math.exp(top[s] - highest)
            out[m, c] = highest + math.log(total)
            best = max(best, out[m, c])


@njit(cache=True, nogil=True)
def log_likelihoods(y, w, mu, sigma, out):
    """Write the log likelihood of each set of parameters."""
    k = mu.shape[1]
    term, log_factor = np.empty(k), np.empty(k)
    for m in range(out.size):
        for i in range(k):
            log_factor[i] = (math.log(w[m, i]) if w[m, i] > 0 else -np.inf) - math.log(sigma[m, i])
        out[m] = -y.size * LOG_SQRT_2PI
        for point in y:
            best, total = -np.inf, 0.0
            for i in range(k):
                term[i] = log_term(point, log_factor[i], mu[m, i], sigma[m, i])
                best = max(best, term[i])
            for i in range(k):
                total += math.exp(term[i] - best)
            out[m] += best + math.log(total)
