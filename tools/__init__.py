"""Tools of the project: its notebooks, its book, its benchmarks."""
