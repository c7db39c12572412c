#!/usr/bin/env python3
"""The same table with nothing but Python itself: python3 plain.py RUN_FOLDER"""

import csv
import pathlib
import statistics
import sys

cases = {}
with open(pathlib.Path(sys.argv[1]) / "samples.csv", newline="", encoding="utf-8") as file:
    for row in csv.DictReader(file):
        if row["status"] == "ok":
            cases.setdefault(row["case_id"], []).append(row)
for case_id, rows in sorted(cases.items()):
    rate = statistics.median(1e-9 * float(r["flops_task"]) * int(r["iterations"]) / float(r["wall_s"]) for r in rows)
    joules = [float(r["device_energy_j"]) / int(r["iterations"]) for r in rows if r["device_energy_j"]]
    energy = f"{statistics.median(joules):.4g} J" if joules else "not measured"
    print(f"{case_id}  {len(rows)} windows  {rate:.4g} GFLOP/s  {energy}")
