"""The numerics of the explorable *A tilted normal* against the library, and its second picture."""

import html
import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from scipy import integrate, stats
from scipy.optimize import minimize, minimize_scalar

import gmixlib
from gmixlib import TwoMeansPosterior, hdr_levels, responsibilities, two_gaussians
from tools.notebooks import ROOT

pytest_plugins = ["numerics", "browser"]

Y = two_gaussians()[0]
CORRELATIONS = [*np.linspace(-0.95, 0.95, 20).round(3), 0.0, -0.68, 0.8]
SCALES = [0.2, 0.6, 1.0, 1.3]
FITS = [  # means and standard deviations: in a mode, on the diagonal, between, wide, and far from all points
    *[((-0.885, 1.129), (s, s)) for s in (0.05, 0.182, 0.368, 1.0, 1.5)],
    *[((c, c), (s, s)) for c in (-2.5, 0.15, 2.5) for s in (0.1, 0.365)],
    *[((a, b), (0.37, 0.2)) for a in (-2.5, 0.0, 2.5) for b in (-2.5, 0.4, 2.5)],
    ((1.1, -0.9), (0.2, 1.2)),
    ((30.0, -0.9), (0.3, 1.4)),
    ((45.0, 45.0), (1.0, 0.1)),
    ((-45.0, 60.0), (1.5, 1.5)),
]
STARTS = [
    (-2.0, 2.0),
    (2.0, -1.5),
    (-2.0, -1.8),
    (2.0, 2.2),
    (0.5, 0.4),
    (-0.5, 2.4),
    (0.15, 0.151),
    (2.5, 2.499),
]


@pytest.fixture(scope="module")
def exact():
    return TwoMeansPosterior(Y, sigma=1.0, prior_sd=10.0)


@pytest.fixture(scope="module")
def best(exact):
    """Means, logs of the sds and loss of the best fit, as ``best_mean_field`` finds it, in the mode alone."""
    start = [*exact.mode, np.log(0.2), np.log(0.2)]
    return minimize(lambda v: -exact.elbo(v[:2], np.diag(np.exp(2 * v[2:]))), start, method="BFGS")


def source(module: str) -> str:
    return (ROOT / "book" / "explorables" / "numerics" / f"{module}.js").read_text(encoding="utf-8")


def constant(module: str, name: str) -> float:
    return float(re.search(rf"{name} = (\S+);", source(module))[1])


# --- the tilted normal ----------------------------------------------------------------------------------


def divergence_of(first, second):
    """KL between two normals with the mean 0, from their covariances."""
    ratio = np.linalg.solve(second, first)
    return 0.5 * (np.trace(ratio) - 2 - np.linalg.slogdet(ratio)[1])


def covariances(rho, s1, s2):
    return np.array([[1, rho], [rho, 1]]), np.diag([s1**2, s2**2])


@pytest.mark.parametrize("rho", CORRELATIONS)
def test_divergences(numerics, rho):
    for s1, s2 in [(s, s) for s in SCALES] + [(0.3, 1.2)]:
        p, q = covariances(rho, s1, s2)
        allowed = {"rel": 1e-12, "abs": 1e-14}
        assert numerics("divergences", "exclusive", rho, [s1, s2]) == pytest.approx(
            divergence_of(q, p), **allowed
        )
        assert numerics("divergences", "inclusive", rho, [s1, s2]) == pytest.approx(
            divergence_of(p, q), **allowed
        )


@pytest.mark.parametrize(("rho", "scale"), [(0.8, 0.6), (-0.68, 1.0), (0.5, 0.8)])
def test_divergences_are_the_integrals(numerics, rho, scale):
    tilted, own = (stats.multivariate_normal([0, 0], cov).logpdf for cov in covariances(rho, scale, scale))
    for name, one, other in (("exclusive", own, tilted), ("inclusive", tilted, own)):
        x = np.linspace(-9, 9, 601)
        plane = np.stack(np.meshgrid(x, x), axis=-1)
        values = np.exp(one(plane)) * (one(plane) - other(plane))
        integral = integrate.trapezoid(integrate.trapezoid(values, x), x)
        assert numerics("divergences", name, rho, [scale, scale]) == pytest.approx(integral, rel=1e-9)


@pytest.mark.parametrize("rho", CORRELATIONS)
def test_best_fits(numerics, rho):
    """No other scale has less, and both cost what the chapter says."""
    for name in ("exclusive", "inclusive"):
        found = numerics("divergences", "fit", name, rho)
        p, _ = covariances(rho, 1, 1)

        def cost(log_s, p=p, name=name):
            q = np.exp(2 * log_s) * np.eye(2)
            return divergence_of(q, p) if name == "exclusive" else divergence_of(p, q)

        least = minimize_scalar(cost, bracket=(-1, 0.1), tol=1e-10)
        assert found["scale"] == pytest.approx(np.exp(least.x), abs=1e-6)
        assert found[name] == pytest.approx(-0.5 * np.log1p(-(rho**2)), rel=1e-12, abs=1e-14)
        q = found["scale"] ** 2 * np.eye(2)
        assert found["exclusive"] == pytest.approx(divergence_of(q, p), rel=1e-12, abs=1e-14)
        assert found["inclusive"] == pytest.approx(divergence_of(p, q), rel=1e-12, abs=1e-14)


# --- the posterior of two locations ---------------------------------------------------------------------


def test_points_are_those_of_the_library(numerics):
    assert numerics("two_gaussians", "twoGaussians") == Y.tolist()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 20, 40])
def test_nodes_of_quadrature(numerics, size):
    points, masses = np.polynomial.hermite_e.hermegauss(size)
    found = numerics("hermite", "gaussHermite", size)
    assert found["points"] == pytest.approx(points.tolist(), rel=1e-13, abs=1e-15)
    assert found["masses"] == pytest.approx((masses / masses.sum()).tolist(), rel=1e-11)


def rule(numerics, size):
    return numerics("hermite", "gaussHermite", size)


@pytest.mark.parametrize(("mean", "sd"), FITS)
def test_elbo(numerics, exact, mean, sd):
    found = numerics("elbo", "elbo", Y, mean, sd, rule(numerics, 40))
    nodes = None if max(sd) <= 0.5 else 40  # beyond, forty are not as exact as the library's own rule
    assert found["value"] == pytest.approx(exact.elbo(mean, np.diag(np.square(sd)), nodes=nodes), rel=1e-12)
    g_mean, g_log_sd = gradient(np.array(mean), np.array(sd), 40)
    size = np.abs(g_mean).max() + 1  # what cancels is of this size
    assert found["byMean"] == pytest.approx(g_mean.tolist(), rel=1e-11, abs=1e-11 * size)
    assert found["byLogSd"] == pytest.approx(g_log_sd.tolist(), rel=1e-11, abs=1e-11 * size)


def gradient(m, s, size):
    """The chapter's estimate, with nodes of quadrature in the place of draws."""
    x, mass = np.polynomial.hermite_e.hermegauss(size)
    epsilon = np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2)
    mass = np.outer(mass, mass).ravel() / mass.sum() ** 2
    mu = m + s * epsilon
    r = responsibilities(Y, [0.5, 0.5], mu[:, np.newaxis], 1.0)
    g = (r * (Y[:, np.newaxis] - mu[:, np.newaxis])).sum(axis=1) - mu / 10**2
    return mass @ g, mass @ (g * epsilon) * s + 1


def path(start, steps, size):
    """The chapter's ``advi_by_hand`` without noise."""
    m, log_s = np.array(start), np.full(2, -1.0)
    for t in range(steps + 1):
        yield m, np.exp(log_s)
        g_mean, g_log_sd = gradient(m, np.exp(log_s), size)
        rate = 0.01 / (1 + t / 500)
        m, log_s = m + rate * g_mean, log_s + rate * g_log_sd


@pytest.mark.parametrize("start", STARTS)
def test_path(numerics, exact, best, start):
    found = numerics("elbo", "ascent", Y, start, 100, rule(numerics, 8))
    assert len(found) == 101
    for step, (m, s) in zip(found, path(start, 40, 8), strict=False):
        assert step["mean"] == pytest.approx(m.tolist(), abs=1e-9)
        assert step["sd"] == pytest.approx(s.tolist(), abs=1e-9)
    for step in found[::20]:
        loss = -exact.elbo(step["mean"], np.diag(np.square(step["sd"])))
        assert step["loss"] == pytest.approx(loss, abs=1e-3)
    sign = 1 if start[0] < start[1] else -1
    assert found[-1]["loss"] == pytest.approx(best.fun, abs=0.05)
    assert found[-1]["mean"][::sign] == pytest.approx(best.x[:2].tolist(), abs=0.01)


@pytest.mark.parametrize("start", [(-2.0, 2.0), (2.5, 2.499)])
def test_eight_nodes_are_enough_for_the_path(numerics, start):
    found = numerics("elbo", "ascent", Y, start, 60, rule(numerics, 8))
    for step, (m, s) in zip(found, path(start, 60, 14), strict=True):
        assert step["mean"] == pytest.approx(m.tolist(), abs=1e-3)
        assert step["sd"] == pytest.approx(s.tolist(), abs=1e-3)


@pytest.mark.parametrize("start", [-2.5, -0.3, 0.0, 0.15, 1.234, 2.5])
def test_from_the_diagonal_it_never_gets_away(numerics, start):
    """Not even by rounding, which would be enough within 200 steps."""
    found = numerics("elbo", "ascent", Y, [start, start], 600, rule(numerics, 8))
    assert all(step["mean"][0] == step["mean"][1] and step["sd"][0] == step["sd"][1] for step in found)
    assert found[-1]["loss"] == pytest.approx(constant("elbo", "LEAST_ON_DIAGONAL"), abs=1e-4)


def test_constants(numerics, exact):
    assert constant("elbo", "LOG_EVIDENCE") == pytest.approx(exact.log_evidence, rel=1e-12)
    assert numerics("elbo", "divergence", 200.0) == pytest.approx(200 + exact.log_evidence, rel=1e-12)
    middle = Y.sum() / (Y.size + 2 / 100)
    losses = minimize_scalar(
        lambda log_s: -exact.elbo([middle, middle], np.exp(2 * log_s) * np.eye(2)), bounds=(-4, 1)
    )
    assert constant("elbo", "LEAST_ON_DIAGONAL") == pytest.approx(losses.fun, abs=1e-6)


def test_regions_of_the_posterior(numerics, exact):
    axis = np.linspace(-2.5, 2.5, 81)
    found = np.array(numerics("elbo", "logJoint", Y, axis)).reshape(81, 81)
    assert found == pytest.approx(exact.log_joint(axis, axis[:, np.newaxis]), rel=1e-12)
    density = np.exp(exact.log_density(axis, axis[:, np.newaxis]))
    for shares in ([0.99, 0.9, 0.5, 0.1], [0.2, 0.95, 0.7]):
        levels = numerics("regions", "regionLevels", density.ravel(), shares)
        assert levels == pytest.approx(hdr_levels(density, shares).tolist(), rel=1e-12)


@pytest.mark.parametrize("rho", [-0.95, -0.3, 0.0, 0.68, 0.95])
def test_ellipses_hold_their_share(numerics, rho):
    """The distance that a share of the squares of two independent normals does not exceed, all the way round."""
    sd = np.array([0.5, 1.3])
    places = np.array(numerics("regions", "ellipse", 0.9, [1, -2], sd, rho)) - [1, -2]
    precision = np.linalg.inv(np.outer(sd, sd) * np.array([[1, rho], [rho, 1]]))
    square = np.einsum("ia,ab,ib->i", places, precision, places)
    assert square == pytest.approx(stats.chi2(2).ppf(0.9), rel=1e-10)
    assert np.abs(places).max(axis=0) == pytest.approx(sd * np.sqrt(stats.chi2(2).ppf(0.9)), rel=2e-3)


# --- the pictures ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    file = tmp_path_factory.mktemp("tilted") / "tilted.html"
    text = re.search('srcdoc="([^"]*)"', gmixlib.explorable("tilted")._repr_html_())[1]
    file.write_text(html.unescape(text), encoding="utf-8")
    with browser.new_context(viewport={"width": 776, "height": 1200}, reduced_motion="reduce") as context:
        page = context.new_page()
        page.goto(f"{file.as_uri()}#tilted")
        page.wait_for_selector(".live svg > *")
        yield page


@pytest.fixture
def at_start(page: Page) -> Page:
    page.get_by_role("button", name="Start again").click()
    return page


def words(page: Page) -> str:
    page.wait_for_selector(".explorable svg:not([aria-busy])")
    return page.locator(".words").inner_text()


def test_each_picture_has_its_controls_and_no_others(at_start):
    shown = at_start.locator(".explorable input[type=range]:visible:enabled")
    plane, normal = ["start1", "start2", "step"], ["rho", "scale"]
    for label, keys in (("two modes", plane), ("tilted normal", normal), ("two modes", plane)):
        at_start.get_by_role("radio", name=label).press("Space")
        assert shown.evaluate_all("all => all.map(one => one.dataset.key)") == keys
        assert at_start.locator(".explorable input[type=range]:enabled").count() == len(keys)
    for key in normal:
        at_start.get_by_role("radio", name="tilted normal").press("Space")
        before = words(at_start)
        at_start.locator(f"[data-key={key}]").press("ArrowLeft")
        assert words(at_start) != before


def test_buttons_move_the_start_onto_the_diagonal_and_beside_it(at_start):
    at_start.get_by_role("button", name="Onto the diagonal").click()
    assert "(0.000, 0.000)" in words(at_start)
    assert "exactly on the diagonal" in words(at_start)
    at_start.get_by_role("button", name="0.001 beside it").click()
    assert "(0.000, 0.001)" in words(at_start)
    assert "above the diagonal" in words(at_start)


def test_play_leads_to_the_end(at_start):
    end = words(at_start)
    at_start.locator("[data-key=step]").press("Home")
    assert "After 0 steps" in words(at_start)
    at_start.get_by_role("button", name="Play").click()
    assert words(at_start) == end


def test_what_is_told_is_what_the_library_says(at_start, exact):
    said = words(at_start).replace("−", "-")
    numbers = [float(number) for number in re.findall(r"-?\d+\.\d+", said)]
    mean, sd, (loss, bound, divergence) = numbers[2:4], numbers[4:6], numbers[6:]
    assert bound == round(-exact.log_evidence, 3)
    assert divergence == pytest.approx(loss - bound, abs=1.1e-3)
    assert loss == pytest.approx(-exact.elbo(mean, np.diag(np.square(sd))), abs=2e-3)
