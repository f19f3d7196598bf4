"""Benchmarks, run by ``make bench``: ratios to a baseline measured in the same run, never a timed assertion in a test."""
