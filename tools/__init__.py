"""What makes and checks the book; its commands run from the repository's root, as ``python -m tools.chapters``."""
