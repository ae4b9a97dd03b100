"""Speed and memory of gmixlib beside other libraries: ``python -m tools.benchmarks`` writes ``results/``."""
