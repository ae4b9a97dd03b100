"""Answers to the exercises on scores and modes."""

import math
from decimal import Decimal
from fractions import Fraction
from itertools import count

import numpy as np
from scipy import optimize, special, stats

from student_answers import Tried


def chains_by_list(reach, confidence):
    alarm = [1 - sum(float(p) ** n for p in reach) for n in range(1, 10_000)]
    return 1 + next(i for i, probability in enumerate(alarm) if probability >= confidence)


def chains_by_search(reach, confidence):
    n = np.arange(1, 2_000)
    silence = (reach[:, None] ** n).sum(axis=0)
    return n[silence <= 1 - confidence][0]


def chains_by_halving(reach, confidence):
    low, high = 1, 2
    while (reach**high).sum() > 1 - confidence:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if (reach**middle).sum() > 1 - confidence:
            low = middle
        else:
            high = middle
    return np.array([high])


def chains_of_largest(reach, confidence):
    return math.ceil(math.log(1 - confidence) / math.log(max(reach)))


def chains_of_smallest(reach, confidence):
    return math.ceil(math.log(1 - confidence) / math.log(1 - min(reach)))


def chains_for_all(reach, confidence):
    """By the distribution of the set of modes seen."""
    seen = {frozenset(): 1.0}
    for n in count(1):
        after = {}
        for modes, probability in seen.items():
            for c, p in enumerate(reach):
                key = modes | {c}
                after[key] = after.get(key, 0.0) + probability * p
        seen = after
        if seen.get(frozenset(range(len(reach))), 0.0) >= confidence:
            return n


def chains_by_pairs(reach, confidence):
    same = sum(p * p for p in reach)
    n = 1
    while 1 - same ** math.comb(n, 2) < confidence:
        n += 1
    return n


def chains_in_a_row(reach, confidence):
    return 1 + math.ceil(math.log(1 - confidence) / math.log(np.dot(reach, reach)))


def chains_silent(reach, confidence):
    n = 1
    while np.sum(reach**n) > confidence:
        n += 1
    return n


def chains_from_zero(reach, confidence):
    n = 0
    while np.sum(reach ** (n + 1)) > 1 - confidence:
        n += 1
    return n


def chains_after(reach, confidence):
    n = 1
    while True:
        enough = 1 - np.sum(reach**n) >= confidence
        n += 1
        if enough:
            return n


def chains_of_largest_rounded(reach, confidence):
    return round(math.log(1 - confidence, max(reach)))


def chains_without_ties(reach, confidence):
    n = 1
    while not 1 - sum(reach**n) > confidence:
        n += 1
    return n


def chains_for_two_modes(p):
    """As if there were a mode of this probability and one other."""

    def needed(reach, confidence):
        n = 1
        while p(reach) ** n + (1 - p(reach)) ** n > 1 - confidence:
            n += 1
        return n

    return needed


def chains_by_bound(reach, confidence):
    n = np.arange(1, 5_000)[:, None]
    return 1 + np.argmax(((1 - reach) ** n).sum(axis=1) <= 1 - confidence)


def chains_up_to(last):
    def needed(reach, confidence):
        for n in range(1, last):
            if 1 - np.sum(reach**n) >= confidence:
                return n
        return last

    return needed


def chains_of_least(reach, confidence):
    return math.ceil(math.log(1 - confidence) / math.log(min(reach)))


def loo_by_loop(log_p):
    scores = []
    for column in log_p.T:
        worst = min(column)
        scores.append(worst - math.log(sum(math.exp(worst - v) for v in column) / len(column)))
    return scores


def loo_in_float32(log_p):
    log_p = log_p.astype(np.float32)
    return np.log(np.float32(len(log_p))) - np.logaddexp.reduce(-log_p, axis=0)


def loo_in_sample(log_p):
    return np.log(np.exp(log_p).mean(axis=0))


def loo_of_the_sum(log_p):
    return -np.logaddexp.reduce(-log_p)


def loo_of_logs(log_p):
    return sum(log_p) / len(log_p)


def loo_across(log_p):
    return loo_by_loop(log_p.T)


def loo_by_harmonic_mean(log_p):
    p = np.exp(log_p)
    return np.log(1 / np.mean(1 / p, axis=0))


def loo_over_observations(log_p):
    return -(np.logaddexp.reduce(-log_p) - math.log(len(log_p[0])))


def stacked_by_optimizer(scores):
    """Free coordinates, the last of which is 0, as in multinomial regression."""
    scaled = scores - scores.max(axis=0)

    def loss(free):
        log_v = np.append(free, 0.0)
        return -np.logaddexp.reduce((log_v - np.logaddexp.reduce(log_v))[:, None] + scaled).sum()

    if len(scores) == 1:
        return [1.0]
    free = optimize.minimize(loss, np.zeros(len(scores) - 1), method="BFGS", options={"gtol": 1e-9}).x
    v = np.exp(np.append(free, 0.0) - max(0.0, *free))
    return v / v.sum()


def stacked_in_logs(scores):
    log_v = np.zeros(len(scores))
    for _ in range(9_000):
        joint = log_v[:, None] + scores
        log_r = joint - np.logaddexp.reduce(joint)
        log_v = np.logaddexp.reduce(log_r, axis=1) - np.log(scores.shape[1])
    return np.exp(log_v)


def stacked_by_gradient(scores):
    """Exponentiated gradient."""
    p = np.exp(scores - scores.max(axis=0))
    v = np.ones(len(p)) / len(p)
    for _ in range(9_000):
        v = v * np.exp(1.0 * ((p / (v @ p)).mean(axis=1) - 1))
        v /= v.sum()
    return [float(share) for share in v]


def stacked_naively(scores):
    v = np.ones(len(scores)) / len(scores)
    for _ in range(9_000):
        r = v[:, None] * np.exp(scores)
        v = np.mean(r / np.sum(r, axis=0), axis=1)
    return v


def stacked_at_rest(scores, start=None, moved=1e-9):
    """EM until the weights rest."""
    p = np.exp(scores - np.max(scores, axis=0))
    new = np.ones(len(p)) / len(p) if start is None else np.eye(len(p))[start]
    v = None
    while v is None or np.max(np.abs(new - v)) > moved:
        v = new
        new = (v[:, None] * p / (v @ p)).mean(axis=1)
    return new


def stacked_for(steps):
    def weights(scores):
        log_v = np.log(np.full(len(scores), 1 / len(scores)))
        for _ in range(steps):
            r = special.softmax(log_v[:, None] + scores, axis=0)
            log_v = np.log(r.mean(axis=1))
        return np.exp(log_v)

    return weights


def weights_by_scores(scores):
    """EM with the scores themselves in place of the densities: their signs cancel."""
    v = np.ones(len(scores)) / len(scores)
    for _ in range(9_000):
        r = v[:, None] * scores
        v = (r / r.sum(axis=0)).mean(axis=1)
    return v


def weights_by_total(scores):
    total = scores.sum(axis=1)
    return np.exp(total - np.logaddexp.reduce(total))


def weights_of_best(scores):
    best = max(range(len(scores)), key=lambda c: sum(scores[c]))
    return [float(c == best) for c in range(len(scores))]


def weights_in_one_step(scores):
    r = np.exp(scores - np.logaddexp.reduce(scores))
    return r.sum(axis=1) / len(r[0])


def weights_by_wins(scores):
    winners = [max(range(len(scores)), key=lambda c: column[c]) for column in scores.T]
    return [winners.count(c) / len(winners) for c in range(len(scores))]


def weights_by_mean_density(scores):
    means = np.exp(scores).mean(axis=1)
    return means / means.sum()


ONE, EIGHT = np.r_[8.0, np.zeros(81)], np.r_[np.ones(8), np.zeros(74)]


def ahead(error):
    return [8 / error(difference) for difference in (ONE, EIGHT)]


ANSWERS = {
    "starts": Tried(
        right={
            "a list": chains_by_list,
            "an array of numbers": chains_by_search,
            "by halving": chains_by_halving,
            "a float": lambda reach, confidence: float(chains_by_list(list(reach), confidence)),
        },
        wrong={
            "largest-alone": (chains_of_largest, "agree in another one"),
            "smallest-missed": (chains_of_smallest, "whichever modes"),
            "all-seen": (chains_for_all, "every mode has a chain"),
            "independent-pairs": (chains_by_pairs, "for sure"),
            "neighbours": (chains_in_a_row, "the one before"),
            "exchanged": (chains_silent, "should sound the alarm"),
            "one-less": (chains_from_zero, "not yet probable"),
            "one-more": (chains_after, "One too many"),
            "waiting-time": (lambda reach, confidence: math.ceil(1 / min(reach)), "on average"),
            "share-of-waiting-time": (
                lambda reach, confidence: math.ceil(confidence / min(reach)),
                "expected number",
            ),
            "strictly-more": (chains_without_ties, "Right but for ties"),
            "not-whole": (
                lambda reach, confidence: optimize.bisect(
                    lambda n: np.sum(reach**n) + confidence - 1, 0.1, 10_000, xtol=1e-10
                ),
                "Chains are whole",
            ),
            "first-against-the-rest": (
                chains_for_two_modes(lambda reach: reach[0]),
                "all modes but the first",
            ),
            "largest-against-the-rest": (chains_for_two_modes(max), "but the most probable one together"),
            "all-seen-by-a-bound": (chains_by_bound, "You add up"),
            "rounded": (chains_of_largest_rounded, "nearest whole number"),
            "loop-ended-at-100": (chains_up_to(100), "ends at 100,"),
            "loop-ended-at-1000": (chains_up_to(1000), "ends at 1,000"),
            "another-mode": (chains_of_least, "are in the least probable mode. They"),
        },
    ),
    "modes": Tried(
        right={
            "two decimals": -227.42,
            "by exponentials": math.log(6 * math.exp(-230.4) + 6 * math.exp(-231.2) + 3 * math.exp(-229.1)),
            "a decimal in a list": [Decimal("-227.42")],
        },
        wrong={
            "six-of-each": (
                math.log(6) + np.logaddexp.reduce([-230.4, -231.2, -229.1]),
                "six images of every",
            ),
            "doubled": (
                math.log(6) + np.logaddexp.reduce([-230.4, -231.2, -229.1 + math.log(2)]),
                "the other way",
            ),
            "best-mode": (-227.31, "six times"),
            "third-twice": (
                np.logaddexp.reduce([-230.4, -231.2, -229.1, -229.1]),
                "twice and the others once",
            ),
            "third-once": (-227.89, "region once, as if"),
            "third-two-of-six": (
                np.logaddexp.reduce([math.log(6) - 230.4, math.log(6) - 231.2, math.log(2) - 229.1]),
                "two of how many",
            ),
            "third-four-of-six": (
                np.logaddexp.reduce([math.log(6) - 230.4, math.log(6) - 231.2, math.log(4) - 229.1]),
                "four labellings",
            ),
            "one-labelling-of-the-third": (
                np.logaddexp.reduce([-230.4, -231.2, -229.1 + math.log(3)]),
                "images of the third region alone",
            ),
            "average": (-228.52, "a third of the whole"),
            "sum-of-logs": (2 * math.log(6) + math.log(3) - 230.4 - 231.2 - 229.1, "log of a product"),
            "sum-of-the-three-logs": (-690.7, "as they are"),
            "mean-of-logs": (-228.67, "mean of the logarithms"),
            "largest-alone": (math.log(3) - 229.1, "44 per cent"),
            "all-times-three": (
                math.log(3) + np.logaddexp.reduce([-230.4, -231.2, -229.1]),
                "three images of every",
            ),
            "all-times-twelve": (-226.73, "is doubled"),
            "other-log": (-227.99, "base ten"),
            "no-images": (np.logaddexp.reduce([-230.4, -231.2, -229.1]), "no chain has visited"),
            "one-labelling": (
                np.logaddexp.reduce([-230.4, -231.2, -229.1 - math.log(2)]),
                "single labelling",
            ),
            "k-images": (
                math.log(3) + np.logaddexp.reduce([-230.4, -231.2, -229.1 - math.log(2)]),
                "three labellings",
            ),
        },
    ),
    "loo": Tried(
        right={
            "a loop": loo_by_loop,
            "in float32": loo_in_float32,
            "shifted by the least": lambda log_p: (
                log_p.min(axis=0) - np.log(np.mean(np.exp(log_p.min(axis=0) - log_p), axis=0))
            ),
        },
        wrong={
            "in-sample": (loo_in_sample, "have seen it"),
            "forgotten-average": (loo_of_the_sum, "do not divide"),
            "mean-of-logs": (loo_of_logs, "mean of the log"),
            "sign": (lambda log_p: [-score for score in loo_by_loop(log_p)], "of its inverse"),
            "number-of-observations": (loo_over_observations, "number of observations"),
            "wrong-axis": (loo_across, "Rows are draws"),
            "overflow": (loo_by_harmonic_mean, "overflows"),
            "sign-of-the-number": (
                lambda log_p: -np.logaddexp.reduce(-log_p) - math.log(len(log_p)),
                "has the wrong sign",
            ),
            "total": (lambda log_p: sum(loo_by_loop(log_p)), "added the scores up"),
            "not-logged": (lambda log_p: [math.exp(score) for score in loo_by_loop(log_p)], "are densities"),
            "mean-score": (lambda log_p: np.average(loo_by_loop(log_p)), "averaged the scores"),
            "worst-draw": (lambda log_p: [min(column) for column in log_p.T], "not alone"),
            "all-at-once": (
                lambda log_p: (
                    [-np.logaddexp.reduce(-log_p - math.log(log_p.size), axis=None)] * len(log_p[0])
                ),
                "draws and observations together",
            ),
        },
    ),
    "refit": Tried(
        right={
            "a capital": "A",
            "with a bracket": "a)",
            "with its words": "(a) The score of this mode, without the trouble of the heavy tail",
            "in a list": ["a"],
            "after a word": "Answer a",
            "with a colon": "a:",
        },
        wrong={"b": ("b", "that is true"), "c": ("(c)", "downhill"), "d": ("D.", "average p itself")},
    ),
    "stacking": Tried(
        right={
            "an optimizer": stacked_by_optimizer,
            "in logarithms": stacked_in_logs,
            "a list, by gradients": stacked_by_gradient,
            "rounded": lambda scores: stacked_in_logs(scores).round(3),
            "until at rest": stacked_at_rest,
            "to 1e-6, rounded": lambda scores: stacked_at_rest(scores, moved=1e-6).round(3),
        },
        wrong={
            "underflow": (stacked_naively, "0 for a float"),
            "totals": (weights_by_total, "product of its densities"),
            "means": (lambda scores: special.softmax([row.mean() for row in scores]), "by its mean score"),
            "best-alone": (weights_of_best, "logarithm is outside"),
            "one-step": (weights_in_one_step, "one step on the way"),
            "wins": (weights_by_wins, "never the best"),
            "mean-densities": (weights_by_mean_density, "mean densities"),
            "inverse": (lambda scores: stacked_in_logs(-scores), "You mix 1/p"),
            "equal": (lambda scores: np.ones(len(scores)) / len(scores), "All weights are equal"),
            "ten-steps": (stacked_for(10), "after ten steps"),
            "hundred-steps": (stacked_for(100), "after a hundred steps"),
            "corner": (lambda scores: stacked_at_rest(scores, start=0), "on the first mode"),
            "shifted-by-row": (
                lambda scores: stacked_naively(scores - scores.max(axis=1)[:, None]),
                "leaves exp(-799)",
            ),
            "shifted-by-row-in-logs": (
                lambda scores: stacked_in_logs(scores - scores.max(axis=1)[:, None]),
                "the axis over which",
            ),
            "scores-for-densities": (weights_by_scores, "put the scores where"),
            "not-divided": (lambda scores: len(scores[0]) * stacked_at_rest(scores), "sum to the number"),
            "one-decimal": (lambda scores: np.round(stacked_at_rest(scores), 1), "one decimal"),
        },
    ),
    "errors": Tried(
        right={
            "two decimals": (1.01, 2.98),
            "by hand": [Fraction(82, 81) ** 0.5, (8 / (1 - 8 / 82)) ** 0.5],
            "an array": np.array(ahead(lambda d: math.sqrt(82 * np.var(d)))),
            "decimals": (Decimal("1.006"), Decimal("2.977")),
        },
        wrong={
            "no-root": (ahead(np.std), "standard deviation of one difference"),
            "error-of-mean": ((82.5, 244.15), "error of the mean"),
            "mean-over-spread": ([0.11, 0.33], "root of n is missing"),
            "variance": (ahead(lambda d: 82 * np.var(d)), "variance of the sum"),
            "other-divisor": (ahead(lambda d: 82 * stats.sem(d)), "n - 1"),
            "not-centred": ((1, 2.83), "sum of squares"),
            "without-ties": ((math.inf, math.inf), "ties belong"),
            "errors": ([7.95, 2.69], "errors themselves"),
            "upside-down": ((0.994, 0.336), "divided by the lead"),
            "other-order": ((2.98, 1.01), "other order"),
            "always-one": ([1.01, 1.01], "same number twice"),
            "always-three": ((2.98, 2.98), "spread more"),
            "error-of-sum-mean-above": ((0.0123, 0.0363), "error of the sum. Both"),
            "variance-under-the-root": (
                ahead(lambda d: math.sqrt(82) * np.var(d)),
                "the variance in the place",
            ),
            "among-the-eight": ([1.01, math.inf], "your error is 0"),
            "gain-as-error": ((8, 8), "the lead in nats"),
        },
    ),
}

# Answers that no mistake is made for: what is recognised, and words of the reply.
OTHERS = {
    "errors": {
        "the error of the mean, rounded on the way": ((82.50, 244.12), "", "the standard error of their sum"),
    },
    "stacking": {"five hundred steps": (stacked_for(500), "", "go on until they do not change")},
}
