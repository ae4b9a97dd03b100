"""What the explorables take from Python: each module writes the tables of one into ``book/explorables/numerics``."""
