"""Speed and memory of gmixlib beside its peers: ``python -m benchmarks`` measures all and writes ``results/``."""
