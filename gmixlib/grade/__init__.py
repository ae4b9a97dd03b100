"""Grading a folder of exercise notebooks: ``python -m gmixlib.grade submissions/ --csv scores.csv``."""
