"""Benchmarks: ours, its peers and the limit in one run, as ratios.

`make bench NAME=tenancy`, or all of them with `make bench`. Each module here offers
`run(scale) -> Report`; the targets hold for scale 1 (`BENCH_SCALE=0.1` is a quick look).
"""
