"""What makes and checks the notebooks; its commands run from the root, as ``python -m tools.chapters``."""
