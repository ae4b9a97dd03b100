"""The three Gaussians, as a model for each program that samples them; tests use the first one as well.

Each model imports its own library, so that no other is on the clock of a benchmark.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gmixlib import three_gaussians

if TYPE_CHECKING:
    import pymc as pm

    from gmixlib.priors import Prior

Y = three_gaussians()[0]
# The maximum of the likelihood: every sampler starts here, and its posterior means must be near.
START = {
    "w": np.array([0.3166, 0.3576, 0.3258]),
    "mu": np.array([-4.960, 0.043, 5.018]),
    "sigma": np.array(0.973),
}


def prior() -> "Prior":
    """The prior for gmixlib, without the minimum of 0.1 for each weight, as `marginal`: the posterior is far from it."""
    from gmixlib.priors import Dirichlet, Normal, Prior, Uniform

    return Prior(Normal(0, 15), Uniform(20), Dirichlet(1), shared_sigma=True)


def with_categories(y: NDArray[np.float64] = Y) -> "pm.Model":
    """The model as written in 2015: a latent category for each observation, constraints as potentials."""
    import pymc as pm
    import pytensor.tensor as pt

    with pm.Model() as model:
        w = pm.Dirichlet("w", np.ones(3))
        pm.Potential("w_min", pt.switch(pt.min(w) < 0.1, -np.inf, 0))
        mu = pm.Normal("mu", 0, 15, shape=3)
        pm.Potential("order", pt.switch(pt.any(mu[1:] < mu[:-1]), -np.inf, 0))
        sigma = pm.Uniform("sigma", 0, 20)
        category = pm.Categorical("category", w, shape=y.size)
        pm.Normal("y", mu[category], sigma, observed=y)
    return model


def marginal() -> "pm.Model":
    """The same posterior with the categories summed out, for PyMC and nutpie."""
    import pymc as pm

    with pm.Model() as model:
        w = pm.Dirichlet("w", np.ones(3))
        mu = pm.Normal("mu", 0, 15, shape=3, transform=pm.distributions.transforms.ordered)
        sigma = pm.Uniform("sigma", 0, 20)
        pm.NormalMixture("y", w, mu, sigma=sigma, observed=Y)
    return model


def marginal_in_numpyro() -> None:
    """The model of `marginal`, in NumPyro."""
    import jax.numpy as jnp
    import numpyro
    import numpyro.distributions as dist

    w = numpyro.sample("w", dist.Dirichlet(jnp.ones(3)))
    # The locations are normal and ordered. A Normal under a transform to ordered vectors is another prior.
    mu = numpyro.sample("mu", dist.ImproperUniform(dist.constraints.ordered_vector, (), (3,)))
    numpyro.factor("mu_prior", dist.Normal(0, 15).log_prob(mu).sum())
    sigma = numpyro.sample("sigma", dist.Uniform(0, 20))
    components = dist.Normal(mu, sigma)
    numpyro.sample("y", dist.MixtureSameFamily(dist.Categorical(w), components), obs=Y)


STAN = """
data {
  int n;
  vector[n] y;
}
parameters {
  simplex[3] w;
  ordered[3] mu;
  real<lower=0, upper=20> sigma;
}
model {
  vector[3] log_w = log(w);
  mu ~ normal(0, 15);
  for (i in 1:n) {
    vector[3] terms;
    for (k in 1:3) terms[k] = log_w[k] + normal_lpdf(y[i] | mu[k], sigma);
    target += log_sum_exp(terms);
  }
}
"""

# JAGS samples the categories. Ordering the components of its draws afterwards gives the same posterior.
JAGS = """
model {
  for (i in 1:length(y)) {
    z[i] ~ dcat(w)
    y[i] ~ dnorm(mu[z[i]], 1 / sigma^2)
  }
  for (k in 1:3) { mu[k] ~ dnorm(0, 1 / 15^2) }
  w ~ ddirch(c(1, 1, 1))
  sigma ~ dunif(0, 20)
}
"""
