"""Exact posteriors, by quadrature: what samplers are held against."""
