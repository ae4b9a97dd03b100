"""The marginal likelihood of a Gaussian mixture, over all labellings."""

import math
import os
import threading
import warnings
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc, gammainccinv, gammaln, xlogy

from gmixlib import _checks
from gmixlib._checks import Floats, RandomSeed
from gmixlib._hyper import Hyper, SigmaKind
from gmixlib.density import LOG_SQRT_2PI, NEGLIGIBLE, logsumexp
from gmixlib.priors import Prior
from gmixlib.samplers import _chains
from gmixlib.samplers._compiled import njit
from gmixlib.samplers._kernels import log_factors, relative_terms

MOST_COMPONENTS = 8  # each one more doubles the cost
# The sweeps of a chain whose draws are stored: the first one soon, while the chain may be in a mode that it leaves.
STORED_SWEEPS = np.array([3, 225, 250, 275, 300, 325, 350, 375, 400])
STORED = STORED_SWEEPS.size
STARTS = "at observations", "some empty", "some wide"  # of the chains in turn
NARROWEST = 4.0  # initial scales are down to exp(-4) of the standard deviation of the data
HARDLY_ANY = 1e-12  # initial weight of an empty component
WIDENING = 0.05  # share of the observations left out for each component after the first
EVEN = 0.1  # part of the proposal that is shared evenly by all chains
SHARING_STEPS = 100  # of expectation–maximization, for the shares of the chains
FEW_EFFECTIVE = 100
LABEL_BOUND = 40.0  # nats: how unlikely a block may be for a component
BALANCING_STEPS = 30
LEAST_SUM = 1e-200  # a smaller sum of products may have lost terms to underflow: then logs are used
DRAWS_PER_CHUNK = 32  # between two checks for an interrupt or for progress


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

    log_w: Floats  # in logs, since a weight may be too small for a float
    mu: Floats
    sigma: Floats


class Stored(NamedTuple):
    """Draws of the Gibbs sampler with the statistics of their categories, each of shape (S, K)."""

    mu: Floats
    sigma: Floats
    counts: Floats
    means: Floats
    spreads: Floats


class Conditionals(NamedTuple):
    """Distributions of the parameters given the categories of each stored draw, under every labelling.

    Each of shape (S, K, K): stored draw, component, and the block whose observations a labelling gives to the
    component. A block is the observations that the stored draw has in one of its components.
    """

    log_label: Floats  # log probability of a labelling, as a sum over the components
    concentration: Floats  # of the Dirichlet distribution of what the weights have above the least ones
    least_weight: Floats  # the same for all components, of shape (S,)
    centre: Floats  # of a location's normal distribution
    precision: Floats  # of that, times the variance of the component if `_mu_scales_with_sigma`
    gamma_shape: Floats  # of a precision's gamma distribution; NaN for known scales
    gamma_rate: Floats
    least_precision: Floats  # where that distribution is cut off, from below


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

    Gibbs chains store draws of the categories. A third of them start with every component at a random
    observation; in the others some components start where the prior has them, empty in a third, and in a third
    so wide that they reach the observations from there. The proposal is the mixture, over the stored draws and
    over all K! labellings of each, of the conditional distributions of the parameters given the categories. All
    labellings are thereby counted, whether or not the chains have visited them. Where weights have a minimum,
    every second chain has them drawn evenly above it. Pilot draws, one from each stored draw, set the share of
    each chain in the mixture, since a chain that cannot leave a minor mode would otherwise count as much as any
    other. The draws that follow are independent: the spread of their weights gives the error.

    Parameters
    ----------
    y : array_like, shape (n,)
        Observations, finite.
    k : int
        Number of components, from 1 to n and at most 8.
    prior : Prior
        Prior of weights, locations and scales. It need not treat all components alike.
    draws : int
        Draws from the proposal, at least 2; the pilot draws, 9 for each chain, are besides.
    chains : int
        Gibbs chains, at least 1. Each adds 9 stored draws to the proposal: more chains miss fewer modes,
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

    The error knows nothing of what no draw has met. A part of the posterior that hardly any chain visits may be
    missing, with what it holds: more chains and draws make that less likely.

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
    >>> evidence = log_evidence(y, 2, prior=Prior(Normal(0, 10), 1.0, [0.5, 0.5]), random_seed=1)
    >>> round(evidence.log_evidence, 1)
    -180.5
    """
    points, hyper = _chains.check_problem(y, k, prior)
    if k > MOST_COMPONENTS:
        raise ValueError(f"k is {k}; it must be at most {MOST_COMPONENTS}, as the cost doubles with each")
    for name, value, least in (("draws", draws, 2), ("chains", chains, 1)):
        _checks.at_least(value, least, name)
    if cores is not None:
        _checks.at_least(cores, 1, "cores")
    *rngs, rng = _chains.spawn_generators(random_seed, chains + 1)
    cores = cores or os.cpu_count() or 1

    stored = _run_gibbs(points, k, hyper, rngs, cores, progressbar)
    proposal = _Proposal(points, prior, hyper, stored, cores, progressbar)
    even = np.full(chains, 1 / chains)
    # One pilot draw from each stored draw, since a mode may have been met by one of them alone.
    log_weights, log_density = proposal.draw(np.arange(chains * STORED), even, rng)
    shares = _best_shares(even, log_weights, log_density)
    which = rng.choice(chains, draws, p=shares) * STORED + rng.integers(STORED, size=draws)
    log_weights, _ = proposal.draw(which, shares, rng)

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


def _run_gibbs(
    y: Floats, k: int, hyper: Hyper, rngs: list[np.random.Generator], cores: int, progressbar: bool
) -> Stored:
    """Return stored draws of Gibbs chains, those of each chain in turn."""
    states = _chains.initial_states(y, k, hyper, _initial_values(y, k, hyper, rngs), rngs)
    chains = _chains.run_chains(
        y, hyper, states, rngs, draws=STORED_SWEEPS[-1], tune=0, cores=cores, progressbar=progressbar
    )
    at = STORED_SWEEPS - 1
    stored = Stored(
        *(np.concatenate([getattr(chain.record, name)[at] for chain in chains]) for name in Stored._fields)
    )
    # As if there were fewer observations: wider conditional distributions leave fewer gaps between them.
    share = 1 - WIDENING * (k - 1)
    return stored._replace(counts=share * stored.counts, spreads=share * stored.spreads)


def _initial_values(y: Floats, k: int, hyper: Hyper, rngs: list[np.random.Generator]) -> dict[str, ArrayLike]:
    """Return initial values that differ as much as possible between chains, so that few modes are missed."""
    starts = [_start(y, k, hyper, chain, rng) for chain, rng in enumerate(rngs)]
    return {name: [start[name] for start in starts] for name in starts[0]}


def _start(y: Floats, k: int, hyper: Hyper, chain: int, rng: np.random.Generator) -> dict[str, Floats]:
    """Return the initial values of one chain.

    One chain of three begins with every component at an observation. In the others some begin where the prior
    has them: in one chain empty, in one so wide that they reach the observations from there. Where the prior lies
    far from the data, Gibbs sampling would not come there, since a location is held by its observations.
    """
    turn, start = chain // len(STARTS), STARTS[chain % len(STARTS)]
    most_away = {"at observations": 0, "some empty": k - 1, "some wide": k}[start]
    n_away = 1 + turn // 2 % most_away if most_away else 0
    away = rng.permutation(k) < n_away
    w = hyper.w if hyper.w_known else np.full(k, 1 / k)
    if not hyper.w_known and start == "some empty":
        least = max(hyper.minimum, HARDLY_ANY)
        w = np.where(away, least, 1 / k + (1 / k - least) * n_away / (k - n_away))
    sigma = hyper.sigma
    if hyper.sigma_kind != SigmaKind.KNOWN:  # below the bound of a uniform prior, which is else NaN
        narrow = np.fmin(y.std() or 1.0, 0.5 * hyper.upper) * math.exp(-rng.uniform(0, NARROWEST))
        reaching = np.fmin(np.sqrt(((y[:, None] - hyper.mean) ** 2).mean(axis=0)), 0.5 * hyper.upper)
        sigma = np.where(away & (start == "some wide"), np.maximum(reaching, narrow), narrow)
        if hyper.shared:
            sigma = np.full(k, sigma.max())
    mu = _locations(y, k, rng, power=2 * (turn % 2))
    sd = sigma / math.sqrt(hyper.points) if hyper.points else hyper.sd
    mu[away] = rng.normal(hyper.mean, sd)[away]
    return {"w": w, "mu": mu, "sigma": sigma}


def _locations(y: Floats, k: int, rng: np.random.Generator, power: int) -> Floats:
    """Draw observations one by one, with a power of the distance to the nearest one before as odds.

    Source: Arthur and Vassilvitskii (2007), "k-means++: the advantages of careful seeding".
    """
    chosen = [rng.choice(y)]
    for _ in range(1, k):
        distance = np.min([np.abs(y - one) for one in chosen], axis=0)
        odds = distance**power + np.finfo(float).tiny  # not all 0 where all observations are equal
        chosen.append(rng.choice(y, p=odds / odds.sum()))
    return np.array(chosen)


def _mu_scales_with_sigma(hyper: Hyper) -> bool:
    """Whether the spread of a location is proportional to an unknown scale."""
    return hyper.points > 0 and hyper.sigma_kind != SigmaKind.KNOWN


def _conditionals(hyper: Hyper, stored: Stored) -> Conditionals:
    """Return the conditional distributions given the categories of each stored draw."""
    n_stored, k = stored.mu.shape
    shape = n_stored, k, k

    def of_components(values: Floats) -> Floats:
        return np.broadcast_to(values[:, None], shape)

    mu, sigma, counts, means, spreads = (np.broadcast_to(part[:, None, :], shape) for part in stored)
    prior_mean = of_components(hyper.mean)
    known = hyper.sigma_kind == SigmaKind.KNOWN
    variance = of_components(hyper.sigma**2) if known else sigma**2
    if hyper.points > 0:
        weight_of_mean = hyper.points * counts / (hyper.points + counts)
        squares = spreads + weight_of_mean * (means - prior_mean) ** 2
        unit = variance if known else np.ones(shape)
        precision, prior_precision = (hyper.points + counts) / unit, hyper.points / unit
        prior_variance = variance / hyper.points
    else:
        squares = spreads + counts * (means - mu) ** 2
        prior_precision = of_components(hyper.sd**-2)
        precision, prior_variance = prior_precision + counts / variance, 1 / prior_precision
    prior_share = prior_precision / precision
    gamma_shape, gamma_rate, least_precision = _precision_conditionals(hyper, counts, squares)

    if _mu_scales_with_sigma(hyper) and not hyper.shared:
        log_label = -gamma_shape * np.log(gamma_rate)  # locations and scales are integrated out
    else:  # locations are integrated out, scales are those of the stored draw
        spread_of_mean = prior_variance + variance / np.maximum(counts, 1)
        log_label = -0.5 * np.log(spread_of_mean) - 0.5 * (means - prior_mean) ** 2 / spread_of_mean
        if known:
            log_label = log_label - 0.5 * (counts - 1) * np.log(variance) - 0.5 * spreads / variance
        log_label = np.where(counts > 0, log_label, 0.0)
    if hyper.w_known:
        concentration = np.ones(shape)
        log_label = log_label + xlogy(counts, of_components(hyper.w))
    else:
        concentration = of_components(hyper.concentration) + counts
        log_label = log_label + gammaln(concentration)
    log_label = np.maximum(_balance(log_label), -LABEL_BOUND)  # so that every labelling is possible
    # Few weights drawn given the categories may be above a minimum. Every second chain draws them evenly above it.
    is_even = (np.arange(n_stored) // STORED % 2 == 0) & (hyper.minimum > 0)
    concentration = np.where(is_even[:, None, None], 1.0, concentration)
    return Conditionals(
        log_label,
        concentration,
        np.where(is_even, hyper.minimum, 0.0),
        prior_share * prior_mean + (1 - prior_share) * means,
        precision,
        gamma_shape,
        gamma_rate,
        least_precision,
    )


def _balance(log_terms: Floats) -> Floats:
    """Scale rows and columns of matrices, of shape (S, K, K), until the exponentials of each sum to about 1.

    Every labelling takes one term from each row and each column, so that their ratios do not change. The permanent
    of such a matrix is at least K! / K**K. Source: Sinkhorn (1967), "Diagonal equivalence to matrices with
    prescribed row and column sums", *American Mathematical Monthly* 74, 402–405.
    """
    for _ in range(BALANCING_STEPS):
        for axis in (1, 2):
            log_terms = log_terms - logsumexp(log_terms, axis=axis, keepdims=True)
    return log_terms


def _precision_conditionals(hyper: Hyper, counts: Floats, squares: Floats) -> tuple[Floats, Floats, Floats]:
    """Return shape, rate and least value of the precisions' gamma distributions, given counts and sums of squares.

    All arrays have the shape (S, K, K). The distribution of a shared scale is repeated.
    """
    if hyper.sigma_kind == SigmaKind.KNOWN:
        none = np.full(counts.shape, np.nan)
        return none, none, none
    if hyper.shared:  # all components together, under the stored labelling
        counts, squares = (
            np.broadcast_to(np.einsum("skk->s", x)[:, None, None], x.shape) for x in (counts, squares)
        )
    if hyper.sigma_kind == SigmaKind.INVERSE_GAMMA:
        return hyper.gamma_shape + 0.5 * counts, hyper.gamma_rate + 0.5 * squares, np.zeros(counts.shape)
    gamma_shape, rate = 0.5 * (counts - 1), 0.5 * squares
    least = np.full(counts.shape, hyper.upper**-2)
    # Where the bound cuts off all but the tail, an exponential distribution is close to it.
    is_tail = rate * least > gamma_shape
    tail_rate = np.maximum(rate - (gamma_shape - 1) / least, np.sqrt(gamma_shape) / least)
    return np.where(is_tail, 1, gamma_shape), np.where(is_tail, tail_rate, rate), least


def _log_above(least: Floats, gamma_shape: Floats, gamma_rate: Floats) -> Floats:
    """Log probability that a variable with a gamma distribution is above `least`."""
    with np.errstate(divide="ignore"):  # an exponential tail, of shape 1, may be less likely than any float
        return np.where(
            gamma_shape == 1, -gamma_rate * least, np.log(gammaincc(gamma_shape, gamma_rate * least))
        )


def _draw_above(least: Floats, gamma_shape: Floats, gamma_rate: Floats, rng: np.random.Generator) -> Floats:
    """Draw from gamma distributions that are cut off below `least`."""
    if not least.any():
        return rng.standard_gamma(gamma_shape) / gamma_rate
    above = rng.random(least.shape) * gammaincc(gamma_shape, gamma_rate * least)
    return np.where(
        gamma_shape == 1,
        least + rng.standard_exponential(least.shape) / gamma_rate,
        np.maximum(gammainccinv(gamma_shape, above) / gamma_rate, least),
    )


class _Proposal:
    """The mixture from which parameters are drawn, and the importance weights of such draws."""

    def __init__(
        self, y: Floats, prior: Prior, hyper: Hyper, stored: Stored, cores: int, progressbar: bool
    ) -> None:
        self.y, self.prior, self.hyper, self.cores, self.progressbar = y, prior, hyper, cores, progressbar
        self.given = _conditionals(hyper, stored)
        self.labels = np.exp(np.ascontiguousarray(np.moveaxis(self.given.log_label, 0, 2)))
        self.label_sums = np.empty((2**hyper.mean.size, stored.mu.shape[0]))
        sum_over_labellings(self.labels, self.label_sums)
        # The components for which a scale is drawn and has a density: the first one for a shared scale.
        self.with_scale = slice(1) if hyper.shared else slice(None)
        self.coefficients = self._coefficients()

    def _coefficients(self) -> Floats:
        """Return the coefficients of `log_densities`, of shape (6, chains, K, K, STORED).

        The log density given a labelling is a sum over the components. A factor that belongs to no component,
        such as the density of a shared scale, stands with the first one, so that it counts once.
        """
        given, hyper = self.given, self.hyper
        constant = given.log_label + 0.5 * np.log(given.precision) - LOG_SQRT_2PI
        on_log_w, on_log_sigma, on_precision = np.zeros((3, *constant.shape))
        if _mu_scales_with_sigma(hyper):
            on_log_sigma += 1
        if hyper.sigma_kind != SigmaKind.KNOWN:
            at = np.s_[:, self.with_scale]
            gamma_shape, gamma_rate = given.gamma_shape[at], given.gamma_rate[at]
            on_log_sigma[at] += 2 * gamma_shape + 1
            on_precision[at] = gamma_rate
            constant[at] += math.log(2) + gamma_shape * np.log(gamma_rate) - gammaln(gamma_shape)
            constant[at] -= _log_above(given.least_precision[at], gamma_shape, gamma_rate)
        constant[:, 0] -= np.log(self.label_sums[-1])[:, None] + math.log(STORED)
        if not hyper.w_known:
            on_log_w = given.concentration - 1
            constant -= gammaln(given.concentration)
            log_total = gammaln(np.einsum("skk->s", given.concentration))
            k = hyper.mean.size
            log_size = (k - 1) * np.log1p(-k * given.least_weight)  # of the weights above the least ones
            constant[:, 0] += (log_total - log_size)[:, None]
        together = np.stack([constant, on_log_w, on_log_sigma, on_precision, given.precision, given.centre])
        by_chain = together.reshape(6, -1, STORED, *constant.shape[1:])
        return np.ascontiguousarray(np.moveaxis(by_chain, 2, 4))

    def draw(self, which: np.ndarray, shares: Floats, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """Draw parameters given the stored draws `which`, whose chains have the shares `shares`.

        Returns the logs of the importance weights, and of the density of each chain's part.
        """
        draws = which.size
        points = self._draw_points(which, rng)
        w, (log_w, mu, sigma) = np.exp(points.log_w), points
        unit = sigma**-2 if _mu_scales_with_sigma(self.hyper) else np.ones(mu.shape)
        log_w = np.maximum(log_w, np.finfo(float).min)  # a known weight may be 0
        features = np.stack([log_w, np.log(sigma), sigma**-2, mu, unit])
        log_density, log_likelihood = np.empty((draws, shares.size)), np.empty(draws)
        done = [0]

        def work(chunk: slice, stop: threading.Event) -> None:
            log_densities(features[:, chunk], self.coefficients, log_density[chunk])
            log_likelihoods(self.y, w[chunk], mu[chunk], sigma[chunk], log_likelihood[chunk])
            done[0] += log_likelihood[chunk].size

        chunks = [slice(start, start + DRAWS_PER_CHUNK) for start in range(0, draws, DRAWS_PER_CHUNK)]
        _chains.run_in_threads(
            work, chunks, done, draws, unit="draws", cores=self.cores, progressbar=self.progressbar
        )
        log_proposal = logsumexp(log_density + np.log(shares), axis=1)
        return self._log_prior(points) + log_likelihood - log_proposal, log_density

    def _draw_points(self, which: np.ndarray, rng: np.random.Generator) -> Points:
        """Draw a labelling of each stored draw, then parameters from their conditional distributions."""
        given, hyper = self.given, self.hyper
        draws, k = which.size, hyper.mean.size
        labelling = draw_labellings(self.labels, self.label_sums, which, rng.random((draws, k)))
        chosen = which[:, None], np.arange(k), labelling
        sigma = np.full((draws, k), hyper.sigma)
        if hyper.sigma_kind != SigmaKind.KNOWN:
            least, gamma_shape, gamma_rate = (
                part[chosen][:, self.with_scale]
                for part in (given.least_precision, given.gamma_shape, given.gamma_rate)
            )
            precision = _draw_above(least, gamma_shape, gamma_rate, rng)
            sigma[:] = np.fmin(precision**-0.5, hyper.upper)  # else rounding may pass the bound
        sd = given.precision[chosen] ** -0.5 * (sigma if _mu_scales_with_sigma(hyper) else 1)
        mu = rng.normal(given.centre[chosen], sd)
        if hyper.w_known:
            with np.errstate(divide="ignore"):
                return Points(np.tile(np.log(hyper.w), (draws, 1)), mu, sigma)
        # A gamma variable of a small shape may be smaller than any float. Its log is the log of one of
        # shape + 1, less an exponential variable over the shape.
        concentration = given.concentration[chosen]
        log_w = np.log(rng.standard_gamma(concentration + 1))
        log_w -= rng.standard_exponential(log_w.shape) / concentration
        log_w -= logsumexp(log_w, axis=1, keepdims=True)
        least = given.least_weight[which][:, None]
        with np.errstate(divide="ignore"):
            return Points(np.logaddexp(np.log(least), np.log1p(-k * least) + log_w), mu, sigma)

    def _log_prior(self, points: Points) -> Floats:
        """Log prior density of the points, also where a weight is too small for a float."""
        hyper, (log_w, mu, sigma) = self.hyper, points
        k = mu.shape[1]
        # The density at equal weights, changed to that at the weights by their logs.
        log_prior = self.prior.log_density(np.full(mu.shape, 1 / k), mu, sigma)
        if hyper.w_known:
            return log_prior
        inside = (np.exp(log_w) >= hyper.minimum).all(axis=1)
        change = ((hyper.concentration - 1) * (log_w + math.log(k))).sum(axis=1)
        return np.where(inside, log_prior + change, -np.inf)


def _best_shares(even: Floats, log_weights: Floats, log_density: Floats) -> Floats:
    """Return the shares of the chains under which the proposal is closest to the posterior.

    Expectation–maximization raises the likelihood of the shares, given the pilot draws with their importance
    weights. Part of each share is fixed, since the draws are few.
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


@njit(nogil=True)
def sum_over_labellings(terms, sums):
    """Sum over all labellings the product of their terms: a permanent, for each of S stored draws.

    ``terms`` has the shape (K, K, S): component, block, stored draw. ``sums``, of shape (2**K, S), receives
    for each subset of the blocks the sum over the ways to give its blocks to the first components, as many as
    it has. The last one is the permanent. Only positive terms are added, so none cancel.
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


@njit
def draw_labellings(terms, sums, which, u):
    """Draw a labelling for each of the stored draws ``which``, with probability in proportion to its product.

    ``terms`` and ``sums`` are those of `sum_over_labellings`, ``u`` are uniform numbers of shape (draws, K).
    Returns the block of each component, of shape (draws, K).
    """
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


@njit(nogil=True)
def log_sum_over_labellings(log_terms):
    """Log of the sum over all labellings, in logs throughout, of the product of terms of shape (K, K)."""
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


@njit(nogil=True)
def log_densities(features, coefficients, out):
    """Write the log density of each chain's part of the proposal at each draw.

    ``features`` has the shape (5, draws, K), ``coefficients`` (6, chains, K, K, STORED), ``out`` (draws,
    chains).
    """
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
            # Each term is now divided by the largest of its component. No product of terms is above 1, and no
            # sum of products above k**k: this chain's part is negligible beside the best one.
            if top.max() < best - NEGLIGIBLE - k * math.log(k):
                continue
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


@njit(nogil=True)
def log_likelihoods(y, w, mu, sigma, out):
    """Write the log likelihood of each set of parameters, of shape (draws, K), into ``out``, (draws,)."""
    terms = np.empty(mu.shape[1])
    for m in range(out.size):
        factors = log_factors(w[m], sigma[m])
        out[m] = -y.size * LOG_SQRT_2PI
        for point in y:
            best, total = relative_terms(point, factors, mu[m], sigma[m], terms)
            out[m] += best + math.log(total)
