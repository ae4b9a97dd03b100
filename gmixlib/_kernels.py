"""Compiled parts of the Gibbs samplers.

One sweep draws the category of every observation and then the parameters. The parameters need only
three numbers a component, so a sweep keeps no categories: it runs through the sorted observations once
and adds up.

Few observations cost an exponential. Over a block of neighbours each responsibility has a lower bound.
The bounds cut the unit interval into a band a component, the same for the whole block, and a remainder.
Most uniform numbers fall into a band, and comparisons settle these, in a loop that vectorizes. Where one
falls into the remainder, the observation's own responsibilities, less the bounds, decide: the draw has
exactly the probabilities that computing every responsibility would give it.
"""

import math
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from gmixlib._checks import Floats
from gmixlib.density import LOG_SQRT_2PI
from gmixlib.priors import INVERSE_GAMMA, KNOWN

# The order of a sum is free, so that it can be vectorized; infinities and NaN keep their meaning.
REASSOCIATE = {"reassoc", "contract", "nsz"}
ATTEMPTS = 10  # at rejection, before a slice step takes over
LONGEST_BLOCK = 512


class State(NamedTuple):
    """Parameters of one chain, each of shape (K,), changed in place."""

    w: Floats
    mu: Floats
    sigma: Floats


class Statistics(NamedTuple):
    """What the draws of parameters need to know of the categories, each of shape (K,)."""

    counts: Floats
    means: Floats
    spreads: Floats  # sums of squared deviations from the means


@njit(cache=True)
def block_size(n):
    """Observations that share bounds: the more there are in all, the closer are neighbours."""
    size = 16
    while size < LONGEST_BLOCK and size * size < n:
        size *= 2
    return size


# Categories


@njit(cache=True, inline="always")
def log_term(y, log_factor, mu, sigma):
    """Log of weight times density, without the constant of the normal density."""
    return log_factor - 0.5 * ((y - mu) / sigma) ** 2


@njit(cache=True)
def fill_uniform(counter, bits):
    """Fill with the bits of uniform numbers in [1, 2), as floats.

    Source: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators" (SplitMix64).
    """
    for i in range(bits.size):
        x = counter + np.uint64(i + 1) * np.uint64(0x9E3779B97F4A7C15)
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        x = x ^ (x >> np.uint64(31))
        bits[i] = (x >> np.uint64(12)) | np.uint64(0x3FF0000000000000)
    return counter + np.uint64(bits.size) * np.uint64(0x9E3779B97F4A7C15)


@njit(cache=True, fastmath=REASSOCIATE)
def sums_in_band(u, y, low, high, mu):
    """Count the observations whose uniform number is in a band, and sum their deviations and squares."""
    count, total, squares = 0, 0.0, 0.0
    for i in range(u.size):
        inside = (u[i] >= low) & (u[i] < high)
        deviation = y[i] - mu if inside else 0.0
        count += 1 if inside else 0
        total += deviation
        squares += deviation * deviation
    return count, total, squares


@njit(cache=True)
def bound_responsibilities(first, last, log_factor, mu, sigma, lower, work):
    """Write lower bounds of the responsibilities of all points from ``first`` to ``last``.

    Ratios to the component that is likeliest half-way are bounded: their logs are quadratic in the
    point, so that both ends and the turning point tell.
    """
    middle = 0.5 * (first + last)
    m, best = 0, -np.inf
    for k in range(mu.size):
        term = log_term(middle, log_factor[k], mu[k], sigma[k])
        if term > best:
            m, best = k, term
    at_first = log_term(first, log_factor[m], mu[m], sigma[m])
    at_last = log_term(last, log_factor[m], mu[m], sigma[m])
    for k in range(mu.size):
        if k == m:
            continue
        one = log_term(first, log_factor[k], mu[k], sigma[k]) - at_first
        other = log_term(last, log_factor[k], mu[k], sigma[k]) - at_last
        low, high = min(one, other), max(one, other)
        bend = sigma[k] ** -2 - sigma[m] ** -2
        if bend != 0:
            turn = mu[m] + (mu[k] - mu[m]) / sigma[k] ** 2 / bend
            if first < turn < last:
                there = log_term(turn, log_factor[k], mu[k], sigma[k])
                there -= log_term(turn, log_factor[m], mu[m], sigma[m])
                low, high = min(low, there), max(high, there)
        lower[k], work[k] = math.exp(low), math.exp(high)
    lower[m], work[m] = 1.0, 1.0
    for k in range(mu.size):
        others = 0.0  # not the total less one: a large one would swallow the rest
        for j in range(mu.size):
            if j != k:
                others += work[j]
        lower[k] /= lower[k] + others
    return m


@njit(cache=True)
def draw_outside_bands(u, y, log_factor, mu, sigma, lower, m, work):
    """Draw a category from what the bounds leave of the responsibilities; ``u`` counts from their end."""
    best = -np.inf
    for k in range(mu.size):
        work[k] = log_term(y, log_factor[k], mu[k], sigma[k])
        best = max(best, work[k])
    total = 0.0
    for k in range(mu.size):
        work[k] = math.exp(work[k] - best)
        total += work[k]
    u, z = u * total, m
    for k in range(mu.size):
        rest = work[k] - lower[k] * total
        if rest > 0:
            u -= rest
            z = k
            if u < 0:
                break
    return z


@njit(cache=True)
def draw_categories(y, state, counter, size, statistics, order, categories):
    """Draw a category for each of the sorted observations, and sum up each component.

    ``categories`` receives them in the original order, or is empty. Returns the next counter.
    """
    k_all = state.mu.size
    counts, sums, squares = statistics
    counts[:], sums[:], squares[:] = 0.0, 0.0, 0.0
    lower, work, log_factor = np.empty(k_all), np.empty(k_all), np.empty(k_all)
    for k in range(k_all):
        log_factor[k] = (math.log(state.w[k]) if state.w[k] > 0 else -np.inf) - math.log(state.sigma[k])
    bits = np.empty(size, np.uint64)
    uniform = bits.view(np.float64)
    for start in range(0, y.size, size):
        block = y[start : start + size]
        u = uniform[: block.size]
        counter = fill_uniform(counter, bits[: block.size])
        m = bound_responsibilities(block[0], block[-1], log_factor, state.mu, state.sigma, lower, work)
        edge, placed = 1.0, 0
        for k in range(k_all):
            if not lower[k] * block.size >= 1:
                lower[k] = 0.0  # not worth a loop over the block
                continue
            top = edge + lower[k]
            count, total, square = sums_in_band(u, block, edge, top, state.mu[k])
            counts[k] += count
            sums[k] += total
            squares[k] += square
            placed += count
            if categories.size:
                for i in range(block.size):
                    if edge <= u[i] < top:
                        categories[order[start + i]] = k
            edge = top
        if placed == block.size:
            continue
        for i in range(block.size):
            if u[i] >= edge:
                z = draw_outside_bands(
                    u[i] - edge, block[i], log_factor, state.mu, state.sigma, lower, m, work
                )
                deviation = block[i] - state.mu[z]
                counts[z] += 1
                sums[z] += deviation
                squares[z] += deviation * deviation
                if categories.size:
                    categories[order[start + i]] = z
    for k in range(k_all):
        if counts[k] > 0:
            squares[k] = max(0.0, squares[k] - sums[k] * sums[k] / counts[k])
            sums[k] = state.mu[k] + sums[k] / counts[k]  # now the mean, and the squares about it
    return counter


# Parameters


@njit(cache=True)
def slice_step(x, low, high, p, q, r, rng):
    """Move ``x`` within (low, high), leaving the density ``x**p * (1 - x)**q * exp(-r / x**2)`` unchanged.

    Source: Neal (2003), "Slice sampling", *Annals of Statistics* 31, 705–767: shrinkage.
    """

    def log_density(x):
        return p * math.log(x) + q * math.log1p(-x) - r / (x * x)

    level = log_density(x) - rng.standard_exponential()
    while True:
        new = low + (high - low) * rng.random()
        if low < new < high and log_density(new) >= level:
            return new
        if new < x:
            low = new
        else:
            high = new


@njit(cache=True)
def draw_scale(sigma, count, spread, hyper, rng):
    """Draw one scale, given how many deviations it stands behind and the sum of their squares."""
    if hyper.sigma_kind == INVERSE_GAMMA:
        return math.sqrt((hyper.scale + 0.5 * spread) / rng.standard_gamma(hyper.shape + 0.5 * count))
    # Uniform: the precision has a gamma distribution, cut off below.
    if count > 1:
        for _ in range(ATTEMPTS):
            new = math.sqrt(0.5 * spread / rng.standard_gamma(0.5 * (count - 1)))
            if 0 < new < hyper.upper:
                return new
    r = 0.5 * spread / hyper.upper**2
    return hyper.upper * slice_step(sigma / hyper.upper, 0.0, 1.0, -count, 0.0, r, rng)


@njit(cache=True)
def draw_scales(sigma, counts, spreads, hyper, rng):
    """Draw the scales, or the one they share."""
    if hyper.sigma_kind == KNOWN:
        return
    if hyper.shared:
        sigma[:] = draw_scale(sigma[0], counts.sum(), spreads.sum(), hyper, rng)
    else:
        for k in range(sigma.size):
            sigma[k] = draw_scale(sigma[k], counts[k], spreads[k], hyper, rng)


@njit(cache=True)
def draw_weights(w, counts, hyper, rng):
    """Draw the weights from their Dirichlet distribution above the minimum."""
    if hyper.w_known or w.size == 1:
        return
    shape = hyper.concentration + counts
    new = np.empty(w.size)
    for _ in range(ATTEMPTS):
        for k in range(w.size):
            new[k] = rng.standard_gamma(shape[k])
        new /= new.sum()
        if new.min() >= hyper.minimum:
            w[:] = new
            return
    # Share out each pair of neighbours anew: that the attempts failed says nothing of w, so both
    # steps leave its distribution as it is.
    for k in range(w.size):
        other = (k + 1) % w.size
        both = w[k] + w[other]
        least = hyper.minimum / both
        if least < 0.5:
            share = slice_step(w[k] / both, least, 1 - least, shape[k] - 1, shape[other] - 1, 0.0, rng)
            w[k], w[other] = share * both, (1 - share) * both


@njit(cache=True)
def draw_parameters(state, statistics, hyper, rng):
    """Draw scales, locations and weights given the categories."""
    w, mu, sigma = state
    counts, means, spreads = statistics
    about = np.empty(mu.size)
    if hyper.points > 0:  # the scales first, with the locations integrated out
        for k in range(mu.size):
            shrink = hyper.points * counts[k] / (hyper.points + counts[k])
            about[k] = spreads[k] + shrink * (means[k] - hyper.mean[k]) ** 2
        draw_scales(sigma, counts, about, hyper, rng)
    for k in range(mu.size):
        prior = hyper.points / sigma[k] ** 2 if hyper.points > 0 else hyper.sd[k] ** -2
        data = counts[k] / sigma[k] ** 2
        centre = (prior * hyper.mean[k] + data * means[k]) / (prior + data)
        mu[k] = centre + rng.standard_normal() / math.sqrt(prior + data)
        about[k] = spreads[k] + counts[k] * (mu[k] - means[k]) ** 2
    if hyper.points == 0:
        draw_scales(sigma, counts, about, hyper, rng)
    draw_weights(w, counts, hyper, rng)


# Categories with the parameters integrated out


@njit(cache=True)
def gamma_ratios(n, hyper):
    """Log of gamma(shape + (count + 1) / 2) / gamma(shape + count / 2), for all counts up to ``n``."""
    half = hyper.shape + 0.5 * np.arange(n + 1)
    ratios = np.empty(n + 1)
    for count in range(n + 1):
        ratios[count] = math.lgamma(half[count] + 0.5) - math.lgamma(half[count])
    return ratios


@njit(cache=True)
def log_predictive(y, count, mean, spread, prior_mean, ratios, hyper):
    """Log density of one more observation in a component, a Student t; without a constant."""
    points = hyper.points + count
    centre = (hyper.points * prior_mean + count * mean) / points
    rate = hyper.scale + 0.5 * (spread + hyper.points * count / points * (mean - prior_mean) ** 2)
    width = 2 * rate * (points + 1) / points
    log_norm = ratios[int(count)] - 0.5 * math.log(width)
    return log_norm - (hyper.shape + 0.5 * (count + 1)) * math.log1p((y - centre) ** 2 / width)


@njit(cache=True)
def move(y, statistics, k, sign):
    """Add an observation to a component's statistics, or take it out."""
    counts, means, spreads = statistics
    counts[k] += sign
    if counts[k] == 0:
        means[k], spreads[k] = 0.0, 0.0
        return
    before = y - means[k]
    means[k] += sign * before / counts[k]
    spreads[k] = max(0.0, spreads[k] + sign * before * (y - means[k]))


@njit(cache=True)
def draw_categories_collapsed(y, z, statistics, ratios, hyper, rng):
    """Draw each category in turn, given all others, with the parameters integrated out."""
    counts, means, spreads = statistics
    k_all = counts.size
    cumulative = np.empty(k_all)
    # Anew in each sweep, so that rounding does not add up.
    for part in statistics:
        part[:] = 0.0
    for i in range(y.size):
        move(y[i], statistics, z[i], 1)
    for i in range(y.size):
        move(y[i], statistics, z[i], -1)
        best = -np.inf
        for k in range(k_all):
            cumulative[k] = log_predictive(
                y[i], counts[k], means[k], spreads[k], hyper.mean[k], ratios, hyper
            ) + math.log(hyper.w[k] if hyper.w_known else hyper.concentration[k] + counts[k])
            best = max(best, cumulative[k])
        total = 0.0
        for k in range(k_all):
            total += math.exp(cumulative[k] - best)
            cumulative[k] = total
        u = rng.random() * total
        z[i] = 0
        while z[i] < k_all - 1 and cumulative[z[i]] <= u:
            z[i] += 1
        move(y[i], statistics, z[i], 1)


# Chains


class Record(NamedTuple):
    """Where the draws of one chain are kept; what was not asked for has a length of 0 along its points."""

    w: Floats  # each (draws, K)
    mu: Floats
    sigma: Floats
    counts: Floats
    means: Floats
    spreads: Floats
    categories: NDArray[np.integer]  # (draws, points)
    log_likelihood: Floats  # (draws, points)
    responsibilities: Floats  # (points, K), summed over the draws


@njit(cache=True)
def add_points(y, order, state, rank, log_likelihood, responsibilities):
    """Write the log likelihood of each observation, and add its responsibilities to their sum."""
    term = np.empty(state.mu.size)
    for i in range(y.size):
        best, total = -np.inf, 0.0
        for k in range(term.size):
            log_factor = math.log(state.w[k] / state.sigma[k]) if state.w[k] > 0 else -np.inf
            term[k] = log_term(y[i], log_factor, state.mu[k], state.sigma[k])
            best = max(best, term[k])
        for k in range(term.size):
            term[k] = math.exp(term[k] - best)
            total += term[k]
        if log_likelihood.size:
            log_likelihood[order[i]] = best + math.log(total) - LOG_SQRT_2PI
        if responsibilities.size:
            for k in range(term.size):
                responsibilities[order[i], rank[k]] += term[k] / total


@njit(cache=True)
def keep(record, draw, y, order, state, statistics, ordered):
    """Write one draw into the record, its components ordered by location if so wished."""
    by_location = np.argsort(state.mu) if ordered else np.arange(state.mu.size)
    rank = np.empty(by_location.size, np.int64)
    for place, k in enumerate(by_location):
        rank[k] = place
        record.w[draw, place] = state.w[k]
        record.mu[draw, place] = state.mu[k]
        record.sigma[draw, place] = state.sigma[k]
        record.counts[draw, place] = statistics.counts[k]
        record.means[draw, place] = statistics.means[k]
        record.spreads[draw, place] = statistics.spreads[k]
    categories = record.categories[draw]
    if ordered:
        for i in range(categories.size):
            categories[i] = rank[categories[i]]
    if record.log_likelihood.size or record.responsibilities.size:
        add_points(y, order, state, rank, record.log_likelihood[draw], record.responsibilities)


@njit(cache=True, nogil=True)
def run(y, order, hyper, state, rng, counter, record, start, sweeps, keeping, ordered):
    """Make sweeps over the sorted observations, and keep them from draw ``start`` on, or none.

    ``order`` tells where each sorted observation stands in the data, ``counter`` (one number) where the
    uniform numbers go on.
    """
    k = state.mu.size
    statistics = Statistics(np.empty(k), np.empty(k), np.empty(k))
    size = block_size(y.size)
    for draw in range(start, start + sweeps):
        categories = record.categories[draw] if keeping else record.categories[0][:0]
        counter[0] = draw_categories(y, state, counter[0], size, statistics, order, categories)
        draw_parameters(state, statistics, hyper, rng)
        if keeping:
            keep(record, draw, y, order, state, statistics, ordered)


@njit(cache=True, nogil=True)
def run_collapsed(y, order, hyper, state, rng, z, record, start, sweeps, keeping, ordered):
    """Make collapsed sweeps, with the categories ``z`` as the state, and draw parameters given them."""
    k = state.mu.size
    statistics = Statistics(np.empty(k), np.empty(k), np.empty(k))
    ratios = gamma_ratios(y.size, hyper)
    for draw in range(start, start + sweeps):
        draw_categories_collapsed(y, z, statistics, ratios, hyper, rng)
        if keeping:
            draw_parameters(state, statistics, hyper, rng)
            categories = record.categories[draw]
            categories[:] = z[: categories.size]
            keep(record, draw, y, order, state, statistics, ordered)
