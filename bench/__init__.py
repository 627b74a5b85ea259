"""Benchmarks, each beside a peer in the same run. No other room imports them."""
