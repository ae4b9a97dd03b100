"""Exercises on the modes of a mixture's posterior and on its scores."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import logsumexp, softmax

from gmixlib.exercises._exercise import Choice, Exercise, Function, Mistake, Value

PIECES = np.array([-230.4, -231.2, -229.1])  # of the exercise on modes; the last has seen two labellings
GALAXIES = 82
GAINS = (
    np.array([8.0]),
    np.ones(8),
)  # of the exercise on errors: 8 nats at one galaxy, 1 nat at each of eight


def _chains_until(silent: Callable[[np.ndarray, int], float]) -> Callable:
    """The least number of chains at which this probability of silence is low enough."""

    def needed(reach: np.ndarray, confidence: float) -> int:
        chains = 1
        while silent(np.asarray(reach), chains) > 1 - confidence:
            chains += 1
        return chains

    return needed


def _together(p: np.ndarray, chains: int) -> float:
    """Probability that all chains are in one mode."""
    return float(np.sum(p**chains))


def _chains_as_real(reach: np.ndarray, confidence: float) -> float:
    """The number of chains at which they are in one mode just so probably, as if it were real."""
    log_p = np.log(reach)

    def excess(chains: float) -> float:
        return float(logsumexp(chains * log_p) - np.log1p(-confidence))

    return brentq(excess, 1e-3, 1e6)


def _chains_by_root(reach: np.ndarray, confidence: float) -> int:
    """The least number of chains that are not all in one mode, from the number as a real one."""
    return int(np.ceil(_chains_as_real(reach, confidence) - 1e-9))


def _not_all_seen(p: np.ndarray, chains: int) -> float:
    """Probability that some mode has no chain, by inclusion and exclusion."""
    return sum(
        (-1) ** (number + 1) * (1 - sum(missed)) ** chains
        for number in range(1, p.size)
        for missed in combinations(p, number)
    )


def _total(*factors: float) -> float:
    """Log evidence if each piece is counted that often."""
    return float(logsumexp(PIECES, b=factors))


def _in_sample(log_p: np.ndarray) -> np.ndarray:
    return logsumexp(log_p, axis=0) - np.log(len(log_p))


def _stacked(scores: np.ndarray) -> np.ndarray:
    """Stacking weights by an optimizer for a concave function under constraints."""
    density = np.exp(np.asarray(scores) - np.max(scores, axis=0))
    modes = len(density)
    if modes == 1:
        return np.ones(1)
    found = minimize(
        lambda v: -np.log(v @ density).mean(),
        np.full(modes, 1 / modes),
        jac=lambda v: -(density / (v @ density)).mean(axis=1),
        method="SLSQP",
        bounds=[(1e-12, 1)] * modes,
        constraints={"type": "eq", "fun": lambda v: v.sum() - 1},
        options={"ftol": 1e-14, "maxiter": 500},
    )
    return found.x.round(6)


def _stacked_naively(scores: np.ndarray) -> np.ndarray:
    """Stacking weights by EM from densities that may all be 0."""
    return _climbed(np.exp(scores))


def _climbed(density: np.ndarray, steps: int = 10_000) -> np.ndarray:
    """Weights after so many steps of EM from equal ones, or at rest."""
    v = np.full(len(density), 1 / len(density))
    for _ in range(steps):
        joint = v[:, np.newaxis] * density
        before, v = v, (joint / joint.sum(axis=0)).mean(axis=1)
        if not np.max(np.abs(v - before)) > 1e-9:  # NaN rests, too
            break
    return v


def _stacked_in(steps: int) -> Callable:
    return lambda scores: _climbed(np.exp(scores - np.max(scores, axis=0)), steps)


# Two modes that are ahead by 0.45 nats, at 18 and at 12 observations: EM takes hundreds of steps.
ALIKE = -np.linspace(1, 4, 30) - 0.45 * np.array([np.arange(30) >= 18, np.arange(30) < 18])
SAME = -2 * np.ones(100)
CLOSER = np.array([SAME, SAME - 0.004 + 0.2 * np.linspace(-1, 1, 100)])  # ten times as many: some 5,000


def _errors_with(error: Callable[[np.ndarray], float]) -> np.ndarray:
    """By how many errors of this kind the one model is ahead, in both cases."""
    found = []
    for gains in GAINS:
        difference = np.zeros(GALAXIES)
        difference[: gains.size] = gains
        found.append(difference.sum() / error(difference))
    return np.array(found)


ROOT = np.sqrt(GALAXIES)
ERRORS = np.array([np.sqrt(g.size / (1 - g.size / GALAXIES)) for g in GAINS])  # for equal gains

EXERCISES: list[Exercise] = [
    Function(
        word="starts",
        title="How many chains?",
        variable="chains_needed",
        reference=_chains_by_root,
        calls=[
            (np.array([0.5, 0.5]), 0.9),
            (np.array([0.5, 0.5]), 0.75),  # just reached, by three
            (np.array([0.125, 0.875]), 0.95),
            (np.array([0.4, 0.35, 0.25]), 0.7),
            (np.array([0.1, 0.6, 0.3]), 0.95),
            (np.array([0.01, 0.01, 0.98]), 0.99),
            (np.array([0.1, 0.9]), 0.15),
            (np.array([0.002, 0.998]), 0.95),  # 1,497, beyond most limits of a loop
        ],
        within=1e-6,  # of whole numbers, or of what a search for a real one finds
        mistakes={
            "largest-alone": Mistake(
                _chains_until(lambda p, chains: p.max() ** chains),
                "You count the chance that all chains are in the most probable mode. They can agree in another one, too.",
            ),
            "smallest-missed": Mistake(
                _chains_until(lambda p, chains: (1 - p.min()) ** chains),
                "You wait until a chain is in the least probable mode. The alarm sounds as soon as two chains differ,"
                " whichever modes they are in.",
            ),
            "all-seen": Mistake(
                _chains_until(_not_all_seen),
                "You wait until every mode has a chain. For an alarm two different ones are enough.",
            ),
            "independent-pairs": Mistake(
                _chains_until(lambda p, chains: np.sum(p**2) ** (chains * (chains - 1) / 2)),
                "You treat the pairs of chains as independent. If the first agrees with the second and the second with"
                " the third, then the first agrees with the third for sure.",
            ),
            "neighbours": Mistake(
                _chains_until(lambda p, chains: np.sum(p**2) ** (chains - 1)),
                "You let each chain agree with the one before, independently. Once two are known to be in the same"
                " mode, that is more probably a large one, in which the next one is likely to be as well.",
            ),
            "exchanged": Mistake(
                lambda reach, confidence: _chains_until(_together)(reach, 1 - confidence),
                "You let the chains be silent with the probability with which they should sound the alarm.",
            ),
            "one-less": Mistake(
                lambda reach, confidence: _chains_until(_together)(reach, confidence) - 1,
                "One too few: with your number the alarm is not yet probable enough.",
            ),
            "one-more": Mistake(
                lambda reach, confidence: _chains_until(_together)(reach, confidence) + 1,
                "One too many: with one chain less the alarm is already probable enough.",
            ),
            "waiting-time": Mistake(
                lambda reach, confidence: np.ceil(1 / np.min(reach)),
                "That is how many chains one needs on average until one is in the least probable mode. You are asked"
                " for a number that is enough with a given probability.",
            ),
            "share-of-waiting-time": Mistake(
                lambda reach, confidence: np.ceil(confidence / np.min(reach)),
                "With so many chains the expected number in the least probable mode is the confidence. That is not the"
                " probability that one is there, nor is that mode the only way to an alarm.",
            ),
            "strictly-more": Mistake(
                lambda reach, confidence: _chains_by_root(reach, confidence) + (confidence == 0.75),
                "Right but for ties. With three chains and two equal modes the alarm has a probability of exactly 0.75,"
                " and at least 0.75 was asked for.",
            ),
            "not-whole": Mistake(
                _chains_as_real,
                "That is where the two probabilities meet, in general between two numbers of chains. Chains are whole, and"
                " the smaller number is not enough.",
            ),
            "first-against-the-rest": Mistake(
                _chains_until(lambda p, chains: p[0] ** chains + (1 - p[0]) ** chains),
                "You took all modes but the first for one. Chains in the second and in the third differ, too.",
            ),
            "largest-against-the-rest": Mistake(
                _chains_until(lambda p, chains: p.max() ** chains + (1 - p.max()) ** chains),
                "You took all modes but the most probable one together. Chains in two of the smaller ones differ, too.",
            ),
            "all-seen-by-a-bound": Mistake(
                _chains_until(lambda p, chains: np.sum((1 - p) ** chains)),
                "You add up, for each mode, the chance that no chain is in it, and so wait until all have been seen. Two"
                " chains that differ are enough.",
            ),
            "rounded": Mistake(
                lambda reach, confidence: np.round(np.log(1 - confidence) / np.log(np.max(reach))),
                "You took the most probable mode alone, and rounded to the nearest whole number. The chains can agree in"
                " other modes, and a number that is rounded down is not enough.",
            ),
            "loop-ended-at-100": Mistake(
                lambda reach, confidence: min(_chains_by_root(reach, confidence), 100),
                "Your loop ends at 100, enough or not. A rare mode may need many more chains.",
            ),
            "loop-ended-at-1000": Mistake(
                lambda reach, confidence: min(_chains_by_root(reach, confidence), 1_000),
                "Your loop ends at 1,000. With a mode that has one start in 500 even that is too early.",
            ),
            "another-mode": Mistake(
                _chains_until(lambda p, chains: p.min() ** chains),
                "You count the chance that all chains are in the least probable mode. They are more likely to agree in"
                " another.",
            ),
        },
        otherwise="With so many chains, how probable is it that all are in the first mode? And that all are in the second?"
        " The sum over the modes is the probability that there is no alarm.",
        late="`chains_needed` took longer than 10 seconds and was stopped. Does its loop end when the alarm is probable"
        " enough? And if you list all ways in which chains can fall into modes: that all are in one mode needs no list.",
        after="At K = 2 it takes 23 chains. They tell that there is another mode, and not what it weighs: of however many"
        " chains one in eight is there, while the mode holds 29 per cent of the probability.",
    ),
    Value(
        word="modes",
        title="Modes and labels",
        variable="total",
        expected=_total(6, 6, 3),
        within=0.005,
        mistakes={
            "six-of-each": Mistake(
                _total(6, 6, 6),
                "You counted six images of every region. The third region is already two of the six labellings, so"
                " how many regions like it are there?",
            ),
            "doubled": Mistake(
                _total(6, 6, 12),
                "The factor of two for the third region goes the other way. Its chains have seen more of the whole"
                " than the others, so there is less left to add.",
            ),
            "best-mode": Mistake(
                np.log(6) + PIECES.max(),
                "You took the largest region alone, six times. The other two modes are missing, and this one is counted"
                " too often.",
            ),
            "third-twice": Mistake(
                _total(1, 1, 2),
                "You took the third region twice and the others once. Each mode has images in all labellings of three"
                " components, and the third region has seen more of them than the others, not fewer.",
            ),
            "no-images": Mistake(
                _total(1, 1, 1),
                "You added the three regions. Each labelling of a mode that no chain has visited holds as much as"
                " one that was.",
            ),
            "one-labelling": Mistake(
                _total(1, 1, 0.5),
                "That is the evidence in a single labelling of each mode. How many labellings have three"
                " components?",
            ),
            "third-once": Mistake(
                _total(6, 6, 1),
                "You took the third region once, as if its chains had seen all labellings. Its third component keeps its"
                " number.",
            ),
            "third-two-of-six": Mistake(
                _total(6, 6, 2),
                "You counted the third region twice because it is two labellings. It is two of how many, and how many"
                " regions like it make up all of them?",
            ),
            "third-four-of-six": Mistake(
                _total(6, 6, 4),
                "You counted the third region once for each of the four labellings that its chains have not seen. Each of"
                " its images holds two labellings, and the region itself counts, too.",
            ),
            "one-labelling-of-the-third": Mistake(
                _total(1, 1, 3),
                "You counted images of the third region alone. The first two modes have as many labellings.",
            ),
            "average": Mistake(
                _total(2, 2, 1),
                "That is a third of the whole. Either you divided by the three modes, where the integral is a sum, or you"
                " counted two labellings of six.",
            ),
            "sum-of-logs": Mistake(
                PIECES.sum() + np.log(6 * 6 * 3),
                "You added the logarithms, which is the log of a product. The parts of an integral are added before the"
                " logarithm is taken.",
            ),
            "sum-of-the-three-logs": Mistake(
                PIECES.sum(),
                "You added the three logarithms as they are. Integrals add up, and not their logarithms; and each mode has"
                " images.",
            ),
            "mean-of-logs": Mistake(
                PIECES.mean() + np.log(6 * 6 * 3) / 3,
                "You took the mean of the logarithms. The integrals of all regions have to be added.",
            ),
            "largest-alone": Mistake(
                np.log(3) + PIECES.max(),
                "You took the third mode alone, with its images. The other two are smaller, and not that small: together"
                " they hold 44 per cent of the evidence.",
            ),
            "all-times-three": Mistake(
                _total(3, 3, 3),
                "You counted three images of every region. That fits the third. How many has a region with one"
                " labelling?",
            ),
            "all-times-twelve": Mistake(
                _total(12, 12, 6),
                "All of it is doubled. The first two modes have six images each, and the third half as many.",
            ),
            "other-log": Mistake(
                _total(1, 1, 1) + np.log10(6),
                "You added a logarithm to base ten to natural ones. And has the third region six images?",
            ),
            "k-images": Mistake(
                _total(3, 3, 1.5),
                "You counted three labellings. Three components can be numbered in more ways: the first number goes"
                " to any of three, the second to either of two.",
            ),
        },
        otherwise="Add the integrals and not their logarithms, each as often as there are regions like it.",
        after="Six, six and three regions. The largest region alone, taken six times, would be -227.31: more than the whole,"
        " since its chains have seen two labellings already.",
    ),
    Function(
        word="loo",
        title="Leave one out, from draws",
        variable="leave_one_out",
        reference=lambda log_p: np.log(log_p.shape[0]) - logsumexp(-log_p, axis=0),
        calls=[
            (np.array([[-1.0, -2.0], [-3.0, -2.0], [-2.0, -2.0]]),),
            (np.array([[-1.5, -4.0, -2.2], [-1.1, -9.0, -2.0], [-1.4, -5.5, -2.5], [-1.9, -3.8, -2.1]]),),
            (np.array([[-2.0, -3.0], [-1.0, -800.0], [-1.5, -12.0]]),),
            (np.array([[-2.5, -0.5, -7.0]]),),
            (np.array([[-1.2], [-3.4], [-2.1], [-0.3]]),),
        ],
        mistakes={
            "in-sample": Mistake(
                _in_sample,
                "You average the density itself. That scores each point by draws that have seen it, and so"
                " too kindly. Which quantity does the posterior mean of the chapter average?",
            ),
            "forgotten-average": Mistake(
                lambda log_p: -logsumexp(-log_p, axis=0),
                "You add 1/p up over the draws and do not divide by their number. With twice as many draws your"
                " scores would fall by log 2.",
            ),
            "sign": Mistake(
                lambda log_p: logsumexp(-log_p, axis=0) - np.log(log_p.shape[0]),
                "That is the log of the average of 1/p. The score is the log of its inverse.",
            ),
            "number-of-observations": Mistake(
                lambda log_p: np.log(log_p.shape[1]) - logsumexp(-log_p, axis=0),
                "You divide by the number of observations. What was added up are the draws.",
            ),
            "mean-of-logs": Mistake(
                lambda log_p: log_p.mean(axis=0),
                "That is the mean of the log density. The expectation is of 1/p; the logarithm comes after it.",
            ),
            "wrong-axis": Mistake(
                lambda log_p: np.log(log_p.shape[1]) - logsumexp(-log_p, axis=1),
                "You average over the observations, and get one number for each draw. Rows are draws, and each"
                " observation needs its own average over them.",
            ),
            "overflow": Mistake(
                lambda log_p: -np.log(np.mean(np.exp(-log_p), axis=0)),
                "The formula is right, and 1/p overflows: exp(800) is too large for a float. Stay in logarithms,"
                " as `logsumexp` does.",
            ),
            "sign-of-the-number": Mistake(
                lambda log_p: -logsumexp(-log_p, axis=0) - np.log(log_p.shape[0]),
                "The log of the number of draws has the wrong sign. You divide the sum of 1/p by it, and then take minus"
                " the log of the whole.",
            ),
            "total": Mistake(
                lambda log_p: np.sum(np.log(log_p.shape[0]) - logsumexp(-log_p, axis=0)),
                "You added the scores up. Return them one by one, a score for each observation.",
            ),
            "not-logged": Mistake(
                lambda log_p: np.exp(np.log(log_p.shape[0]) - logsumexp(-log_p, axis=0)),
                "Those are densities. The score is the logarithm of one, and does not vanish at -800.",
            ),
            "mean-score": Mistake(
                lambda log_p: np.mean(np.log(log_p.shape[0]) - logsumexp(-log_p, axis=0)),
                "You averaged the scores. Return a score for each observation.",
            ),
            "worst-draw": Mistake(
                lambda log_p: log_p.min(axis=0),
                "You took the draw that finds the observation least probable. It counts most in the average of 1/p, but"
                " not alone.",
            ),
            "all-at-once": Mistake(
                lambda log_p: np.full(log_p.shape[1], np.log(log_p.size) - logsumexp(-log_p)),
                "You averaged over draws and observations together. Each observation needs an average of its own.",
            ),
        },
        otherwise="If all draws give a point the same density, that is its score.",
        after="The draws that find an observation improbable make the largest terms. One with a log density of -800 decides"
        " a score alone, and of that a large k-hat warns.",
    ),
    Choice(
        word="refit",
        title="Fit again without it",
        variable="answer_refit",
        right="a",
        replies={
            "a": "The refit is exact for the region that it sees, and it sees the mode in which it starts. What leaving"
            " the galaxy out does to the shares of the modes happens between the modes, where no chain goes. Start"
            " refits in each mode, and weigh them by evidences without the galaxy.",
            "b": "It needs no average of 1/p, that is true. But which posterior do four chains draw from that never"
            " leave the place where they start?",
            "c": "Chains go downhill and uphill near the place where they are. That another place has become more"
            " probable, they would learn only by going there.",
            "d": "The draws are others: they come from the posterior without the galaxy, and average p itself. A heavy"
            " tail of 1/p was the reason for the refit, and it is gone. Is everything else gone, too?",
        },
    ),
    Function(
        word="stacking",
        title="Stack the modes",
        variable="stacking_weights",
        reference=_stacked,
        calls=[
            (np.array([[-1.0, -3.0, -2.0], [-2.0, -1.0, -2.5]]),),
            (
                np.array(
                    [
                        [-1.0, -4.0, -1.2, -803.0, -5.0, -6.0],
                        [-5.0, -1.5, -4.0, -800.0, -1.0, -1.3],
                        [-1.6, -1.9, -1.8, -800.5, -1.5, -2.0],
                    ]
                ),
            ),
            (ALIKE,),
            (CLOSER,),
        ],
        within=5e-4,  # three decimals are asked for
        mistakes={
            "underflow": Mistake(
                _stacked_naively,
                "The steps are right, but exp(-800) is 0 for a float, and with it all densities of one observation."
                " Only their ratios count; which number can be taken out of each column?",
            ),
            "totals": Mistake(
                lambda scores: softmax(np.sum(scores, axis=1)),
                "You weigh each mode by the product of its densities, as if one mode had to predict all observations."
                " Stacking mixes the predictions first, for each observation, and then multiplies.",
            ),
            "means": Mistake(
                lambda scores: softmax(np.mean(scores, axis=1)),
                "You weigh each mode by its mean score, whatever the others do. A mode that is good where the others"
                " are bad is worth more than its mean tells.",
            ),
            "best-alone": Mistake(
                lambda scores: (np.arange(len(scores)) == np.argmax(np.sum(scores, axis=1))) * 1.0,
                "All weight is on the mode with the largest sum. That maximizes a weighted sum of logarithms. In"
                " stacking the logarithm is outside: it is that of the weighted sum.",
            ),
            "one-step": Mistake(
                lambda scores: softmax(scores, axis=0).mean(axis=1),
                "Those are the mean responsibilities under equal weights: one step on the way. With the new weights"
                " there are new responsibilities.",
            ),
            "wins": Mistake(
                lambda scores: (
                    np.bincount(np.argmax(scores, axis=0), minlength=len(scores)) / scores.shape[1]
                ),
                "You count for each mode the observations that it predicts best. It also matters by how much, and a"
                " mode that is never the best may still be of use.",
            ),
            "mean-densities": Mistake(
                lambda scores: np.exp(logsumexp(scores, axis=1) - logsumexp(scores)),
                "Your weights are in the ratio of the mean densities. Then the observations that are easy to predict"
                " decide alone. The logarithm is taken for each observation.",
            ),
            "inverse": Mistake(
                lambda scores: _stacked(-scores),
                "You mix 1/p. That is right for the posterior, whose shares are given. Stacking mixes the predictions"
                " themselves.",
            ),
            "equal": Mistake(
                lambda scores: np.full(len(scores), 1 / len(scores)),
                "All weights are equal, whatever the scores. If you start an iteration there, is its result returned? And"
                " do the responsibilities of one observation, a column, sum to 1?",
            ),
            "ten-steps": Mistake(
                _stacked_in(10),
                "You end after ten steps, wherever the weights are by then. Go on until they do not change any more.",
            ),
            "hundred-steps": Mistake(
                _stacked_in(100),
                "You end after a hundred steps. Where two modes are much alike the weights still move by then.",
            ),
            "corner": Mistake(
                lambda scores: (np.arange(len(scores)) == 0) * 1.0,
                "All weight is on the first mode. From a weight of 0 a step of EM gives 0 again: where do you start?",
            ),
            "shifted-by-row": Mistake(
                lambda scores: _climbed(np.exp(scores - np.max(scores, axis=1, keepdims=True))),
                "You took the largest score out of each row, which makes a mode better or worse than it is, and leaves"
                " exp(-799). What may be divided out is common to all modes at an observation.",
            ),
            "shifted-by-row-in-logs": Mistake(
                lambda scores: _stacked(scores - np.max(scores, axis=1, keepdims=True)),
                "You scaled each mode by a number of its own, and so changed which one predicts better. Look at the axis"
                " over which you take a maximum or a sum.",
            ),
            "scores-for-densities": Mistake(
                lambda scores: _stacked(np.log(-np.asarray(scores))),
                "You put the scores where densities belong. They are logarithms, and a mode whose score is farther below"
                " 0 is worse.",
            ),
            "not-divided": Mistake(
                lambda scores: _stacked(scores) * scores.shape[1],
                "Your weights sum to the number of observations. As shares they sum to 1.",
            ),
            "one-decimal": Mistake(
                lambda scores: _stacked(scores).round(1),
                "Right so far, but rounded to one decimal. Three are asked for.",
            ),
        },
        otherwise="Weights are at least 0 and sum to 1. If you iterate, go on until they do not change any more. At the"
        " best ones the mean over observations of p_c over the"
        " mixed density is 1 for each mode with a weight above 0, and at most 1 for the others.",
        late="`stacking_weights` took longer than 10 seconds and was stopped. Does the loop end when the weights do not"
        " change any more? If each step takes long: an exponential that stays the same need not be computed anew.",
        after="In the first example the weights are 0.763 and 0.237, near the shares of observations. And a mode that is the"
        " best at no observation can even have all the weight, if it is never bad where others are.",
    ),
    Value(
        word="errors",
        title="Ahead by eight nats",
        variable="errors_ahead",
        expected=ERRORS,
        within=0.005,
        mistakes={
            "no-root": Mistake(
                _errors_with(lambda d: d.std()),
                "You divided by the standard deviation of one difference. The score is a sum of 82, whose error is"
                " larger.",
            ),
            "error-of-mean": Mistake(
                _errors_with(lambda d: d.std() / ROOT),
                "You divided by the error of the mean difference. The lead of 8 nats is a sum.",
            ),
            "mean-over-spread": Mistake(
                _errors_with(lambda d: GALAXIES * d.std()),
                "A factor of the root of n is missing: either n stands where its root belongs, or you divided the mean"
                " difference by the standard deviation of one. Lead and error have to belong together.",
            ),
            "variance": Mistake(
                _errors_with(lambda d: GALAXIES * d.var()),
                "You divided by the variance of the sum, not by its root.",
            ),
            "other-divisor": Mistake(
                _errors_with(lambda d: ROOT * d.std(ddof=1)),
                "Right but for the divisor: your standard deviation has n - 1, the text asks for n.",
            ),
            "not-centred": Mistake(
                _errors_with(lambda d: np.sqrt(np.sum(d**2))),
                "You took the root of the sum of squares. From the mean square the square of the mean has to be"
                " subtracted.",
            ),
            "without-ties": Mistake(
                [np.inf, np.inf],
                "You took the spread over the galaxies at which the models differ. The ties belong to the 82"
                " differences.",
            ),
            "errors": Mistake(
                [8 / e for e in ERRORS],
                "Those are the standard errors themselves, in nats. How often does each go into 8 nats?",
            ),
            "upside-down": Mistake(
                1 / ERRORS,
                "Those are errors divided by the lead.",
            ),
            "other-order": Mistake(
                ERRORS[::-1],
                "You have them in the other order: first the lead that comes from one galaxy.",
            ),
            "always-one": Mistake(
                np.full(2, ERRORS[0]),
                "You have the same number twice. The spread of the 82 differences is not the same in the two cases.",
            ),
            "always-three": Mistake(
                np.full(2, ERRORS[1]),
                "The second is right, and the first is not the same. There, all of the lead comes from one difference, and the 82 spread more"
                " widely.",
            ),
            "error-of-sum-mean-above": Mistake(
                _errors_with(lambda d: GALAXIES * ROOT * d.std()),
                "You divided the mean difference by the error of the sum. Both have to be of the sum.",
            ),
            "variance-under-the-root": Mistake(
                _errors_with(lambda d: ROOT * d.var()),
                "You put the variance in the place of the standard deviation.",
            ),
            "among-the-eight": Mistake(
                np.array([np.nan, np.inf]),
                "In the second case your error is 0. Only the eight galaxies are equal to each other: the other 74"
                " differences are zeros.",
            ),
            "gain-as-error": Mistake(
                [8.0, 8.0],
                "That is the lead in nats. How large is its standard error, in nats?",
            ),
        },
        otherwise="Give two numbers to two decimals. Write down all 82 differences, with their zeros: what is their"
        " standard deviation, and with it the standard error of their sum?",
        after="The lead from eight galaxies is the more certain one. With 80 nats at the one galaxy it would be 1.01 errors as"
        " well: the gain cancels, and the error counts galaxies and not nats.",
    ),
]
