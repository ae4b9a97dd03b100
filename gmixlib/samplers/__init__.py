"""Samplers of mixtures and what follows from their draws: compiled Gibbs, the evidence, relabelling."""
