"""Answers to the exercises on the number of components."""

import math

import numpy as np
from scipy import special, stats

from student_answers import Tried


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


def normal_pdf(v, m, s):
    return math.exp(-0.5 * ((v - m) / s) ** 2) / (s * math.sqrt(2 * math.pi))


def pole_by_loop(y, w, mu, sigma, at):
    power, constant = 0, 0.0
    for v in y:
        if v == at:
            power += 1
            constant += math.log(w[-1] / math.sqrt(2 * math.pi))
        else:
            constant += math.log(sum(w[k] * normal_pdf(v, mu[k], sigma[k]) for k in range(len(w) - 1)))
    return power, constant


def pole_by_arrays(y, w, mu, sigma, at):
    here = y == at
    rest = stats.norm.pdf(y[~here, None], mu[:-1], sigma[:-1]) @ w[:-1]
    return [here.sum(), here.sum() * np.log(w[-1] / np.sqrt(2 * np.pi)) + np.log(rest).sum()]


def pole_of_one(y, w, mu, sigma, at):
    j = list(y).index(at)
    constant = math.log(w[-1] / math.sqrt(2 * math.pi))
    for i, v in enumerate(y):
        if i != j:
            constant += math.log(sum(w[k] * normal_pdf(v, mu[k], sigma[k]) for k in range(len(w) - 1)))
    return 1, constant


def pole_with_one_spike_term(y, w, mu, sigma, at):
    here = y == at
    rest = stats.norm.pdf(y[~here, None], mu[:-1], sigma[:-1]) @ w[:-1]
    return here.sum(), np.log(w[-1] / np.sqrt(2 * np.pi)) + np.log(rest).sum()


def pole_without_weight(y, w, mu, sigma, at):
    here = y == at
    rest = stats.norm.pdf(y[~here, None], mu[:-1], sigma[:-1]) @ w[:-1]
    return here.sum(), np.log(rest).sum() - here.sum() * np.log(2 * np.pi) / 2


def pole_with_new_weights(y, w, mu, sigma, at):
    here = y == at
    rest = stats.norm.pdf(y[~here, None], mu[:-1], sigma[:-1]) @ (w[:-1] / w[:-1].sum())
    return here.sum(), here.sum() * np.log(w[-1] / np.sqrt(2 * np.pi)) + np.log(rest).sum()


def pole_with_all_components(y, w, mu, sigma, at):
    here = y == at
    rest = stats.norm.pdf(y[~here, None], mu, sigma) @ w
    return here.sum(), here.sum() * np.log(w[-1] / np.sqrt(2 * np.pi)) + np.log(rest).sum()


def t_after(seen, m0, lam, alpha, beta, freedom=2, offset=True, location=True):
    n = len(seen)
    mean = sum(seen) / n if n else 0.0
    lam_n = lam + n
    rate = beta + 0.5 * sum((v - mean) ** 2 for v in seen)
    if offset:
        rate += 0.5 * lam * n / lam_n * (mean - m0) ** 2
    a = alpha + n / 2
    widening = 1 + 1 / lam_n if location else 1
    return stats.t(freedom * a, loc=(lam * m0 + n * mean) / lam_n, scale=math.sqrt(rate / a * widening))


def chain_by_t(y, *prior):
    return [t_after(y[:i], *prior).logpdf(y[i]) for i in range(len(y))]


def evidence(y, m0, lam, alpha, beta):
    n = len(y)
    lam_n, a = lam + n, alpha + n / 2
    m = (lam * m0 + sum(y)) / lam_n
    b = beta + (sum(y**2) + lam * m0**2 - lam_n * m**2) / 2
    total = math.lgamma(a) - math.lgamma(alpha) + alpha * math.log(beta) - a * math.log(b)
    return total + 0.5 * math.log(lam / lam_n) - n / 2 * math.log(2 * math.pi)


def chain_by_evidences(y, *prior):
    return np.array([evidence(y[: i + 1], *prior) - evidence(y[:i], *prior) for i in range(len(y))])


def chain_seen(y, *prior):
    return [t_after(y[: i + 1], *prior).logpdf(y[i]) for i in range(len(y))]


def chain_from_all_others(y, *prior):
    whole = evidence(y, *prior)
    return np.array([whole - evidence(np.delete(y, i), *prior) for i in range(len(y))])


def chain_with(**wrong):
    def log_terms(y, *prior):
        return [t_after(y[:i], *prior, **wrong).logpdf(y[i]) for i in range(len(y))]

    return log_terms


def limit_by_gammas(n, k, gamma):
    log_moment = special.gammaln(k * gamma) - special.gammaln(gamma)
    return np.log(k) + log_moment + special.gammaln(n + gamma) - special.gammaln(n + k * gamma)


def limit_by_beta(n, k, gamma):
    rest = (k - 1) * gamma
    return math.log(k) + special.betaln(n + gamma, rest) - special.betaln(gamma, rest)


def limit_of_first(n, k, gamma):
    rest = (k - 1) * gamma
    return special.betaln(n + gamma, rest) - special.betaln(gamma, rest)


def limit_with_labels(n, k, gamma):
    return limit_of_first(n, k, gamma) + math.log(math.factorial(k))


def limit_of_one_empty(n, k, gamma):
    total = 0.0
    for i in range(n):  # none of the points falls to the first
        total += math.log(((k - 1) * gamma + i) / (k * gamma + i))
    return total


def chain_too_early(y, m0, lam, alpha, beta):
    result = []
    for point in y:
        scale = math.sqrt(beta / alpha * (1 + 1 / lam))
        result.append(stats.t.logpdf(point, df=2 * alpha, loc=m0, scale=scale))
        m0 = (lam * m0 + point) / (lam + 1)
        lam += 1
        alpha += 1 / 2
        beta += lam * (point - m0) ** 2 / (2 * (lam + 1))
    return result


def pole_counted_twice(y, w, mu, sigma, at):
    m, constant = 0, 0.0
    for point in y:
        rest = sum(w[k] * stats.norm.pdf(point, mu[k], sigma[k]) for k in range(len(w) - 1))
        constant += math.log(rest)
        if point == at:
            m += 1
            constant += math.log(w[-1]) - 0.5 * math.log(2 * math.pi)
    return m, constant


ANSWERS = {
    "loo": Tried(
        right={"a loop": loo_by_loop, "in float32": loo_in_float32},
        wrong={
            "in-sample": (loo_in_sample, "have seen it"),
            "forgotten-average": (loo_of_the_sum, "do not divide"),
            "mean-of-logs": (loo_of_logs, "mean of the log"),
            "wrong-axis": (loo_across, "Rows are draws"),
            "overflow": (loo_by_harmonic_mean, "overflows"),
        },
    ),
    "mouth": Tried(
        right={"a loop": pole_by_loop, "a list": pole_by_arrays},
        wrong={
            "counted-twice": (pole_counted_twice, "counted twice"),
            "one-point": (pole_of_one, "one observation"),
            "counted-once": (pole_with_one_spike_term, "only one"),
            "no-weight": (pole_without_weight, "log of that weight"),
            "renormalized": (pole_with_new_weights, "add up to 1"),
            "spike-elsewhere": (pole_with_all_components, "old place"),
        },
    ),
    "priors": Tried(
        right={"in brackets": "(b)"},
        wrong={"a": ("a", "upper limit"), "c": ("C", "no small scale"), "d": ("d", "in proportion")},
    ),
    "modes": Tried(
        right={
            "two decimals": -227.42,
            "by exponentials": math.log(6 * math.exp(-230.4) + 6 * math.exp(-231.2) + 3 * math.exp(-229.1)),
        },
        wrong={
            "six-of-each": (math.log(6) + np.logaddexp.reduce([-230.4, -231.2, -229.1]), "six images"),
            "doubled": (
                math.log(6) + np.logaddexp.reduce([-230.4, -231.2, -229.1 + math.log(2)]),
                "the other way",
            ),
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
    "chain": Tried(
        right={"t distributions": chain_by_t, "differences of evidences": chain_by_evidences},
        wrong={
            "updated-too-early": (chain_too_early, "the old ones"),
            "own-point": (chain_seen, "already seen"),
            "leave-one-out": (chain_from_all_others, "leave-one-out"),
            "location-known": (chain_with(location=False), "location were known"),
            "half-the-freedom": (chain_with(freedom=1), "degrees of freedom"),
            "prior-and-data-agree": (chain_with(offset=False), "term is missing"),
        },
    ),
    "vaguer": Tried(
        right={"gamma functions": limit_by_gammas, "a beta moment": limit_by_beta},
        wrong={
            "named-component": (limit_of_first, "beforehand"),
            "equal-weights": (lambda n, k, gamma: math.log(k) - n * math.log(k), "1/K"),
            "labellings": (limit_with_labels, "K! labellings"),
            "to-zero": (lambda n, k, gamma: -math.inf, "pays"),
            "one-is-empty": (limit_of_one_empty, "one component is empty"),
        },
    ),
}
