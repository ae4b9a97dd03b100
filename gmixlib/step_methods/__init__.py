"""Step methods for PyMC's `pm.sample`."""
