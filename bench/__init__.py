"""Benchmarks: each module measures one thing, `python -m bench` all of them."""
