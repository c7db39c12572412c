#!/usr/bin/env python3
"""GFLOP/s and joules of each case of a run: python3 plot.py RUN_FOLDER [FIGURE.svg]

Needs pandas; the figure needs matplotlib too. What was not measured stays empty.
"""

import pathlib
import sys

import pandas

run = pathlib.Path(sys.argv[1])
rows = pandas.read_csv(run / "samples.csv")
rows = rows[rows.status == "ok"]
rows["gflop_per_s"] = 1e-9 * rows.flops_task * rows.iterations / rows.wall_s
rows["joules"] = rows.device_energy_j / rows.iterations
table = rows.groupby("case_id").agg(
    windows=("wall_s", "size"), gflop_per_s=("gflop_per_s", "median"), joules=("joules", "median")
)
print(table.to_string(float_format=lambda x: f"{x:.4g}", na_rep=""))
if len(sys.argv) > 2:
    import matplotlib

    matplotlib.use("Agg")
    axes = table.sort_values("gflop_per_s").gflop_per_s.plot.barh(figsize=(10, 0.25 * len(table) + 1))
    axes.set_xlabel("GFLOP/s")
    axes.figure.savefig(sys.argv[2], bbox_inches="tight")
