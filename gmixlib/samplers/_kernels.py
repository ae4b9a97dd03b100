"""Compiled sweeps of the Gibbs samplers.

One sweep draws the category of every observation and then the parameters. The parameters depend on the
categories through three numbers a component only (count, mean, sum of squares), so a sweep stores no
categories: it runs through the sorted observations once and adds up these numbers.

Few observations cost an exponential. Over a block of neighbouring observations each responsibility has a
lower bound. The bounds, rounded down to multiples of 2**-16, cut the unit interval into one band for each
component, the same for the whole block, and a remainder. Each observation has 16 random bits. Most are in a
band: a comparison of many at once then tells the category. Where they are in the remainder, the observation's
own responsibilities, less the bounds, decide, with a random number of their own. Each category is thereby
drawn with exactly the probability that computing every responsibility would give it.

Most observations of a block are the likeliest component's. Its sums are what the other components leave of
the whole block's, which are computed once: no sweep need read its observations.
"""

import math
from typing import NamedTuple

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from gmixlib._checks import Floats
from gmixlib._hyper import SigmaKind
from gmixlib.density import LOG_SQRT_2PI
from gmixlib.samplers._compiled import inner, njit
from gmixlib.samplers._lanes import WORD, count_ones, lowest_one, mark_band, sum_marked
from gmixlib.samplers._random import standard_exponential, standard_gamma, standard_normal, standard_uniform

ONE, ALL = np.uint64(1), np.uint64(0xFFFFFFFFFFFFFFFF)  # the lowest bit, and all bits, of a word
STEP = np.uint64(0x9E3779B97F4A7C15)  # from the counter of one random word to that of the next
# From one observation to the next: two words, as each takes a quarter of one, and one more if it is in the remainder.
UNIT = np.uint64(2 * int(STEP) % 2**64)
SHARES = 2**16  # of the unit interval, of which each band has a whole number
DENSE = 8  # where one in so many is marked, a loop over all in vectors is as fast as one over the marked
REJECTION_ATTEMPTS = 10  # then a slice step draws instead
LONGEST_BLOCK = 1024
SLAB = 2**16  # observations whose deviations `in_blocks` holds in memory at a time: whole blocks
# So many smallest scales a block may be wide, or sums about its middle would have too few digits.
NARROW = 1000


class State(NamedTuple):
    """Parameters of one chain, each of shape (K,), changed in place."""

    w: Floats
    mu: Floats
    sigma: Floats


class Statistics(NamedTuple):
    """The sufficient statistics of each component's observations, each of shape (K,)."""

    counts: Floats
    means: Floats
    spreads: Floats  # sums of squared deviations from the means


class Blocks(NamedTuple):
    """Sorted observations, and what a sweep needs of each block of `block_size` of them, each of shape (blocks,)."""

    y: Floats  # (points,)
    middles: Floats
    sums: Floats  # of the observations' deviations from the middle
    squares: Floats  # of those deviations, summed


@register_jitable
def block_size(n):
    """Number of observations that share bounds: it grows with ``n``, as neighbours are closer then."""
    size = 16
    while size < LONGEST_BLOCK and 2 * size * size < n:
        size *= 2
    return size


def in_blocks(y: Floats) -> Blocks:
    """Divide sorted observations into blocks."""
    size = block_size(y.size)
    last = np.minimum(np.arange(size, y.size + size, size), y.size) - 1
    blocks = Blocks(y, 0.5 * (y[::size] + y[last]), *np.empty((2, last.size)))
    for start in range(0, y.size, SLAB):
        points = y[start : start + SLAB]
        here = slice(start // size, (start + SLAB) // size)
        deviations = points - np.repeat(blocks.middles[here], size)[: points.size]
        firsts = np.arange(0, points.size, size)
        blocks.sums[here] = np.add.reduceat(deviations, firsts)
        blocks.squares[here] = np.add.reduceat(deviations**2, firsts)
    return blocks


@inner
def clear(statistics):
    """Make all statistics those of no observations."""
    for k in range(statistics.counts.size):
        statistics.counts[k] = statistics.means[k] = statistics.spreads[k] = 0.0


# Categories


@inner
def log_term(y, log_factor, mu, sigma):
    """Log of weight times density of one component at one point, without the constant `LOG_SQRT_2PI`."""
    return log_factor - 0.5 * ((y - mu) / sigma) ** 2


@inner
def log_factors(w, sigma):
    """Log of weight over scale of each component, shape (K,): what `log_term` needs for every point."""
    factors = np.empty(w.size)
    for k in range(w.size):
        factors[k] = (math.log(w[k]) if w[k] > 0 else -np.inf) - math.log(sigma[k])
    return factors


@inner(inline="always")
def relative_terms(y, factors, mu, sigma, terms):
    """Write each component's term of the density at ``y`` over the largest; return its log and their sum.

    The log density is that log plus the log of the sum, less `LOG_SQRT_2PI`. The responsibilities are the
    terms over their sum. All arrays have the shape (K,).
    """
    best = -np.inf
    for k in range(terms.size):
        terms[k] = log_term(y, factors[k], mu[k], sigma[k])
        best = max(best, terms[k])
    total = 0.0
    for k in range(terms.size):
        terms[k] = math.exp(terms[k] - best)
        total += terms[k]
    return best, total


@inner(inline="always")
def random_word(counter):
    """Return 64 random bits.

    Source: Steele, Lea and Flood (2014), "Fast splittable pseudorandom number generators" (SplitMix64).
    """
    x = (counter ^ (counter >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@inner
def fill_random(counter, words):
    """Fill an array with random words, and return the next counter."""
    for i in range(words.size):
        words[i] = random_word(counter + np.uint64(i) * STEP)
    return counter + np.uint64(words.size) * STEP


@inner
def mark(random, low, last, n, marks):
    """Mark which of ``n`` observations have random bits from ``low`` to ``low + last``; count them.

    ``random`` has a word for each four of them, ``marks`` one for each 64, rounded up.
    """
    count = 0
    for i in range(marks.size):
        marks[i] = mark_band(random, i * (WORD // 4), np.uint16(low), np.uint16(last))
        if (i + 1) * WORD > n:
            marks[i] &= ALL >> np.uint64((i + 1) * WORD - n)
        count += count_ones(marks[i])
    return count


@inner
def sums_of_marked(marks, count, y, about):
    """Sum the deviations from ``about`` of the ``count`` marked observations, and their squares."""
    total = squares = 0.0
    in_vectors = 0
    if count * DENSE > y.size:
        total, squares = sum_marked(marks, y, about)
        in_vectors = y.size // WORD
    for i in range(in_vectors, marks.size):
        left = marks[i]
        while left:
            deviation = y[i * WORD + lowest_one(left)] - about
            total += deviation
            squares += deviation * deviation
            left &= left - ONE
    return total, squares


@inner
def bound_responsibilities(first, last, factors, mu, sigma, lower, highest):
    """Write lower bounds of the responsibilities of all points from ``first`` to ``last``.

    Returns the component with the largest term at the midpoint. The ratio of another component's term to that
    one's has a log that is quadratic in the point, so its extremes are at the ends or at the turning point.
    ``lower`` receives the bounds, ``highest`` the largest ratios; all arrays have the shape (K,).
    """
    middle = 0.5 * (first + last)
    m, best = 0, -np.inf
    for k in range(mu.size):
        term = log_term(middle, factors[k], mu[k], sigma[k])
        if term > best:
            m, best = k, term
    at_first = log_term(first, factors[m], mu[m], sigma[m])
    at_last = log_term(last, factors[m], mu[m], sigma[m])
    for k in range(mu.size):
        if k == m:
            continue
        one = log_term(first, factors[k], mu[k], sigma[k]) - at_first
        other = log_term(last, factors[k], mu[k], sigma[k]) - at_last
        low, high = min(one, other), max(one, other)
        curvature = sigma[k] ** -2 - sigma[m] ** -2
        if curvature != 0:
            turning_point = mu[m] + (mu[k] - mu[m]) / sigma[k] ** 2 / curvature
            if first < turning_point < last:
                extreme = log_term(turning_point, factors[k], mu[k], sigma[k])
                extreme -= log_term(turning_point, factors[m], mu[m], sigma[m])
                low, high = min(low, extreme), max(high, extreme)
        lower[k], highest[k] = math.exp(low), math.exp(high)
    lower[m], highest[m] = 1.0, 1.0
    for k in range(mu.size):
        others = 0.0  # not the sum of all less this ratio: if it is large, the difference has no digits left
        for j in range(mu.size):
            if j != k:
                others += highest[j]
        lower[k] /= lower[k] + others
    return m


@inner
def draw_outside_bands(u, y, factors, mu, sigma, lower, m, terms):
    """Draw a category from the responsibilities less their bounds, by inversion of the uniform number ``u``.

    Returns ``m`` if rounding leaves nothing. ``terms`` is working memory; all arrays have the shape (K,).
    """
    _, total = relative_terms(y, factors, mu, sigma, terms)
    u, z = u * total, m
    for k in range(mu.size):
        rest = terms[k] - lower[k] * total
        if rest > 0:
            u -= rest
            z = k
            if u < 0:
                break
    return z


@inner
def add_sums(k, count, total, square, shift, counts, sums, squares):
    """Add to component ``k`` sums of deviations from a point that is ``shift`` above its location."""
    counts[k] += count
    sums[k] += total + count * shift
    squares[k] += square + shift * (2 * total + count * shift)


@inner
def draw_and_sum(blocks, state, counter, counts, sums, squares, order, categories):
    """Draw a category for each of the sorted observations, and add up what each component has.

    ``order`` and ``categories`` have the shape (points,). ``categories`` receives the categories in the order
    of the data, which ``order`` tells, or is empty; both may be None. ``counts``, the ``sums`` of deviations
    from the locations and of their ``squares``, each of shape (K,), are added to. Returns the next counter.
    """
    y, mu, k_all = blocks.y, state.mu, state.mu.size
    size = block_size(y.size)
    lower, work = np.empty(k_all), np.empty(k_all)
    factors = log_factors(state.w, state.sigma)
    widest = np.inf
    for sigma in state.sigma:
        widest = min(widest, NARROW * sigma)
    all_marks = np.empty((size + WORD - 1) // WORD, np.uint64)
    random = np.empty(WORD // 4 * all_marks.size, np.uint64)
    for number in range(blocks.middles.size):
        start, middle = number * size, blocks.middles[number]
        block = y[start : start + size]
        n = block.size
        marks = all_marks[: (n + WORD - 1) // WORD]
        m = bound_responsibilities(block[0], block[-1], factors, mu, state.sigma, lower, work)
        word = fill_random(counter + np.uint64(start) * UNIT, random[: (n + 3) // 4])
        # In a narrow block component m has the rest, which is what the others leave.
        narrow = block[-1] - block[0] <= widest
        rest_count, rest_sum, rest_square = n, blocks.sums[number], blocks.squares[number]
        left = SHARES  # those of no band
        for k in range(k_all):
            # A band that holds less than one observation is not worth a loop.
            width = int(lower[k] * SHARES) if lower[k] * n >= 1 else 0
            lower[k] = width / SHARES
            if width == 0:
                continue
            summed = k != m or not narrow
            if summed or (categories is not None and categories.size):
                count = mark(random, SHARES - left, width - 1, n, marks)
            if summed:
                about = middle if narrow else mu[k]
                total, square = sums_of_marked(marks, count, block, about)
                add_sums(k, count, total, square, about - mu[k], counts, sums, squares)
                rest_count -= count
                rest_sum -= total
                rest_square -= square
            if categories is not None and categories.size:
                for i in range(marks.size):
                    while marks[i]:
                        categories[order[start + i * WORD + lowest_one(marks[i])]] = k
                        marks[i] &= marks[i] - ONE
            left -= width
        if left > 0 and mark(random, SHARES - left, left - 1, n, marks) > 0:
            scale = 2.0**-53 * left / SHARES
            for i in range(marks.size):
                while marks[i]:
                    at = i * WORD + lowest_one(marks[i])
                    marks[i] &= marks[i] - ONE
                    u = (random_word(word) >> np.uint64(11)) * scale
                    word += STEP
                    z = draw_outside_bands(u, block[at], factors, mu, state.sigma, lower, m, work)
                    if z != m or not narrow:
                        deviation = block[at] - mu[z]
                        counts[z] += 1
                        sums[z] += deviation
                        squares[z] += deviation * deviation
                        deviation = block[at] - middle
                        rest_count -= 1
                        rest_sum -= deviation
                        rest_square -= deviation * deviation
                    if categories is not None and categories.size:
                        categories[order[start + at]] = z
        if narrow and rest_count > 0:
            add_sums(m, rest_count, rest_sum, rest_square, middle - mu[m], counts, sums, squares)
    return counter + np.uint64(y.size) * UNIT


@inner
def centre(statistics, mu):
    """Turn sums of deviations from ``mu`` and of their squares, in place, into means and sums about them."""
    counts, sums, squares = statistics
    for k in range(counts.size):
        if counts[k] > 0:
            squares[k] = max(0.0, squares[k] - sums[k] * sums[k] / counts[k])
            sums[k] = mu[k] + sums[k] / counts[k]


@inner(inline="always")  # numba optimizes a function anew for each one above it
def draw_categories(blocks, state, counter, statistics, order, categories):
    """Draw a category for each of the sorted observations, and compute each component's statistics.

    The arguments are those of `draw_and_sum`, which receives the arrays of ``statistics``.
    """
    clear(statistics)
    counts, sums, squares = statistics
    counter = draw_and_sum(blocks, state, counter, counts, sums, squares, order, categories)
    centre(statistics, state.mu)
    return counter


# Parameters


@inner
def slice_step(x, low, high, p, q, r, bitgen):
    """Move ``x`` within (low, high) by a step that leaves ``x**p * (1 - x)**q * exp(-r / x**2)`` invariant.

    Source: Neal (2003), "Slice sampling", *Annals of Statistics* 31, 705–767: shrinkage.
    """

    def log_density(x):
        return p * math.log(x) + q * math.log1p(-x) - r / (x * x)

    level = log_density(x) - standard_exponential(bitgen)
    while True:
        new = low + (high - low) * standard_uniform(bitgen)
        if low < new < high and log_density(new) >= level:
            return new
        if new < x:
            low = new
        else:
            high = new


@inner
def draw_scale(sigma, count, spread, hyper, bitgen):
    """Draw one scale, given the number of deviations that have it and the sum of their squares."""
    if hyper.sigma_kind == SigmaKind.INVERSE_GAMMA:
        rate = hyper.gamma_rate + 0.5 * spread
        return math.sqrt(rate / standard_gamma(bitgen, hyper.gamma_shape + 0.5 * count))
    # With a uniform prior of the scale the precision has a gamma distribution, cut off below.
    if count > 1:
        for _ in range(REJECTION_ATTEMPTS):
            new = math.sqrt(0.5 * spread / standard_gamma(bitgen, 0.5 * (count - 1)))
            if 0 < new < hyper.upper:
                return new
    r = 0.5 * spread / hyper.upper**2
    return hyper.upper * slice_step(sigma / hyper.upper, 0.0, 1.0, -count, 0.0, r, bitgen)


@inner
def draw_scales(sigma, counts, spreads, hyper, bitgen):
    """Draw the scales, or the one they share."""
    if hyper.sigma_kind == SigmaKind.KNOWN:
        return
    if hyper.shared:
        count, spread = 0.0, 0.0
        for k in range(sigma.size):
            count += counts[k]
            spread += spreads[k]
        scale = draw_scale(sigma[0], count, spread, hyper, bitgen)
    for k in range(sigma.size):
        sigma[k] = scale if hyper.shared else draw_scale(sigma[k], counts[k], spreads[k], hyper, bitgen)


@inner
def draw_weights(w, counts, hyper, bitgen):
    """Draw the weights from their Dirichlet distribution above the minimum."""
    if hyper.w_known or w.size == 1:
        return
    new = np.empty(w.size)
    for _ in range(REJECTION_ATTEMPTS):
        total, smallest = 0.0, np.inf
        for k in range(w.size):
            new[k] = standard_gamma(bitgen, hyper.concentration[k] + counts[k])
            total += new[k]
            smallest = min(smallest, new[k])
        if smallest / total >= hyper.minimum:
            for k in range(w.size):
                w[k] = new[k] / total
            return
    # Rejection has failed: divide the sum of each pair of neighbours anew by a slice step. Whether rejection
    # fails does not depend on w, so both kinds of step together leave its distribution invariant.
    for k in range(w.size):
        other = (k + 1) % w.size
        both = w[k] + w[other]
        least = hyper.minimum / both
        if least < 0.5:
            p = hyper.concentration[k] + counts[k] - 1
            q = hyper.concentration[other] + counts[other] - 1
            share = slice_step(w[k] / both, least, 1 - least, p, q, 0.0, bitgen)
            w[k], w[other] = share * both, (1 - share) * both


@inner
def draw_parameters(state, statistics, hyper, bitgen):
    """Draw scales, locations and weights given the statistics of the categories, into ``state``."""
    w, mu, sigma = state
    counts, means, spreads = statistics
    about = np.empty(mu.size)
    if hyper.points > 0:  # `ScaledNormal` prior: draw the scales first, the locations integrated out
        for k in range(mu.size):
            shrink = hyper.points * counts[k] / (hyper.points + counts[k])
            about[k] = spreads[k] + shrink * (means[k] - hyper.mean[k]) ** 2
        draw_scales(sigma, counts, about, hyper, bitgen)
    for k in range(mu.size):
        prior = hyper.points / sigma[k] ** 2 if hyper.points > 0 else hyper.sd[k] ** -2
        data = counts[k] / sigma[k] ** 2
        centre = (prior * hyper.mean[k] + data * means[k]) / (prior + data)
        mu[k] = centre + standard_normal(bitgen) / math.sqrt(prior + data)
        about[k] = spreads[k] + counts[k] * (mu[k] - means[k]) ** 2
    if hyper.points == 0:
        draw_scales(sigma, counts, about, hyper, bitgen)
    draw_weights(w, counts, hyper, bitgen)


# Categories with the parameters integrated out


@inner
def gamma_ratios(n, hyper):
    """Log of gamma(shape + (count + 1) / 2) / gamma(shape + count / 2) for each count from 0 to ``n``."""
    ratios = np.empty(n + 1)
    for count in range(n + 1):
        half = hyper.gamma_shape + 0.5 * count
        ratios[count] = math.lgamma(half + 0.5) - math.lgamma(half)
    return ratios


@inner
def log_predictive(y, count, mean, spread, prior_mean, ratios, hyper):
    """Log density of one more observation in a component, a Student t, up to a constant."""
    points = hyper.points + count
    centre = (hyper.points * prior_mean + count * mean) / points
    rate = hyper.gamma_rate + 0.5 * (spread + hyper.points * count / points * (mean - prior_mean) ** 2)
    width = 2 * rate * (points + 1) / points
    log_norm = ratios[int(count)] - 0.5 * math.log(width)
    return log_norm - (hyper.gamma_shape + 0.5 * (count + 1)) * math.log1p((y - centre) ** 2 / width)


@inner
def update_statistics(y, statistics, k, sign):
    """Add an observation to the statistics of component ``k`` (``sign`` 1), or remove it (-1)."""
    counts, means, spreads = statistics
    counts[k] += sign
    if counts[k] == 0:
        means[k], spreads[k] = 0.0, 0.0
        return
    before = y - means[k]
    means[k] += sign * before / counts[k]
    spreads[k] = max(0.0, spreads[k] + sign * before * (y - means[k]))


@inner
def draw_categories_collapsed(y, z, statistics, ratios, hyper, bitgen):
    """Draw each category in turn, given all others, with the parameters integrated out.

    ``y`` and ``z`` have the shape (points,), ``ratios`` is that of `gamma_ratios`.
    """
    counts, means, spreads = statistics
    k_all = counts.size
    cumulative = np.empty(k_all)
    # The statistics are computed anew in each sweep, so that rounding errors do not accumulate.
    clear(statistics)
    for i in range(y.size):
        update_statistics(y[i], statistics, z[i], 1)
    for i in range(y.size):
        update_statistics(y[i], statistics, z[i], -1)
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
        u = standard_uniform(bitgen) * total
        z[i] = 0
        while z[i] < k_all - 1 and cumulative[z[i]] <= u:
            z[i] += 1
        update_statistics(y[i], statistics, z[i], 1)


# Chains


class Record(NamedTuple):
    """The stored draws of one chain, each of shape (draws, K)."""

    w: Floats
    mu: Floats
    sigma: Floats
    counts: Floats
    means: Floats
    spreads: Floats


class Pointwise(NamedTuple):
    """What is stored besides for each observation; what was not asked for has a length of 0 along the points.

    Where nothing was, the functions below receive None instead, and are compiled without what stores it.
    """

    categories: NDArray[np.integer]  # (draws, points)
    log_likelihood: Floats  # (draws, points)
    responsibilities: Floats  # (points, K), summed over the draws


@inner
def store_points(y, order, state, rank, log_likelihood, responsibilities):
    """Store the log likelihood of each observation, and add its responsibilities to their sum over the draws.

    ``y``, ``order`` and ``log_likelihood`` have the shape (points,), ``responsibilities`` has (points, K).
    ``rank``, shape (K,), is the label under which each component is stored.
    """
    terms = np.empty(state.mu.size)
    factors = log_factors(state.w, state.sigma)
    for i in range(y.size):
        best, total = relative_terms(y[i], factors, state.mu, state.sigma, terms)
        if log_likelihood.size:
            log_likelihood[order[i]] = best + math.log(total) - LOG_SQRT_2PI
        if responsibilities.size:
            for k in range(terms.size):
                responsibilities[order[i], rank[k]] += terms[k] / total


@inner
def store_draw(record, pointwise, draw, y, order, state, statistics, ordered):
    """Store one draw in the record, with components labelled by increasing location if ``ordered``."""
    rank = np.empty(state.mu.size, np.int64)
    for k in range(rank.size):
        label = k
        if ordered:
            label = 0
            for j in range(rank.size):
                label += state.mu[j] < state.mu[k] or (state.mu[j] == state.mu[k] and j < k)
        rank[k] = label
        record.w[draw, label] = state.w[k]
        record.mu[draw, label] = state.mu[k]
        record.sigma[draw, label] = state.sigma[k]
        record.counts[draw, label] = statistics.counts[k]
        record.means[draw, label] = statistics.means[k]
        record.spreads[draw, label] = statistics.spreads[k]
    if pointwise is not None:
        categories = pointwise.categories[draw]
        if ordered:
            for i in range(categories.size):
                categories[i] = rank[categories[i]]
        if pointwise.log_likelihood.size or pointwise.responsibilities.size:
            store_points(y, order, state, rank, pointwise.log_likelihood[draw], pointwise.responsibilities)


@njit(nogil=True)
def run_sweeps(
    blocks, order, hyper, state, bitgen, counter, record, pointwise, start, sweeps, store, ordered
):
    """Make sweeps over the sorted observations; store them from draw ``start`` on, or do not ``store`` them.

    ``order``, shape (points,), is the index of each sorted observation in the data; it and ``pointwise`` may be
    None. ``bitgen`` is what `bitgen_of` returns of the chain's generator, from which the parameters are drawn;
    ``counter``, shape (1,), is that of the random words, from which the categories are.
    """
    k = state.mu.size
    statistics = Statistics(np.empty(k), np.empty(k), np.empty(k))
    for draw in range(start, start + sweeps):
        categories = None
        if pointwise is not None:
            categories = pointwise.categories[draw] if store else pointwise.categories[0][:0]
        counter[0] = draw_categories(blocks, state, counter[0], statistics, order, categories)
        draw_parameters(state, statistics, hyper, bitgen)
        if store:
            store_draw(record, pointwise, draw, blocks.y, order, state, statistics, ordered)


@njit(nogil=True)
def run_collapsed_sweeps(y, order, hyper, state, bitgen, z, record, pointwise, start, sweeps, store, ordered):
    """Make collapsed sweeps, whose state is the categories ``z``; draw parameters only to store them."""
    k = state.mu.size
    statistics = Statistics(np.empty(k), np.empty(k), np.empty(k))
    ratios = gamma_ratios(y.size, hyper)
    for draw in range(start, start + sweeps):
        draw_categories_collapsed(y, z, statistics, ratios, hyper, bitgen)
        if store:
            draw_parameters(state, statistics, hyper, bitgen)
            if pointwise is not None:
                for i in range(pointwise.categories.shape[1]):
                    pointwise.categories[draw, i] = z[i]
            store_draw(record, pointwise, draw, y, order, state, statistics, ordered)


# Shards of the observations


@njit(nogil=True)
def add_shard(blocks, w, mu, sigma, counter, sums):
    """Draw the categories of a shard's sorted observations, and add its sums to ``sums``, shape (3, K).

    They are what `draw_and_sum` adds up. ``counter`` is that of the shard's first observation.
    """
    draw_and_sum(blocks, State(w, mu, sigma), counter, sums[0], sums[1], sums[2], None, None)


@njit(nogil=True)
def finish_sweep(sums, hyper, state, bitgen, record, draw, store, ordered):
    """Draw the parameters given the sums of all shards, shape (3, K); store them as ``draw``, or do not ``store``."""
    statistics = Statistics(sums[0], sums[1], sums[2])
    centre(statistics, state.mu)
    draw_parameters(state, statistics, hyper, bitgen)
    if store:
        store_draw(record, None, draw, None, None, state, statistics, ordered)
