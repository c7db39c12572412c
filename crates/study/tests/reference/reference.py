"""Reference values for joulemark's statistics, by SciPy and statsmodels.

    python -m venv venv && venv/bin/pip install scipy statsmodels
    venv/bin/python reference.py > reference.json

The data is in the output, so the tests need no Python. Versions are in it too.
"""

import json

import numpy as np
import scipy
import statsmodels
import statsmodels.api as sm
from scipy import optimize, stats

rng = np.random.default_rng(20)


def correlations(name, x, y):
    with np.errstate(all="ignore"):
        constant = len(set(x)) == 1 or len(set(y)) == 1
        return {
            "name": name,
            "x": list(map(float, x)),
            "y": list(map(float, y)),
            "pearson": None if constant else stats.pearsonr(x, y).statistic,
            "spearman": None if constant else stats.spearmanr(x, y).statistic,
            "kendall": None if constant else stats.kendalltau(x, y, variant="b").statistic,
        }


def partial(columns):
    """Partial correlation of the first column with each other one, given the rest, by regression residuals."""
    found = []
    for other in range(1, len(columns)):
        rest = sm.add_constant(np.column_stack([c for i, c in enumerate(columns) if i not in (0, other)]))
        a = sm.OLS(columns[0], rest).fit().resid
        b = sm.OLS(columns[other], rest).fit().resid
        found.append(stats.pearsonr(a, b).statistic)
    return {"columns": [list(map(float, c)) for c in columns], "partial": found}


def regression(x, y):
    fit = sm.OLS(y, sm.add_constant(np.column_stack(x))).fit()
    influence = fit.get_influence()
    return {
        "x": [list(map(float, c)) for c in x],
        "y": list(map(float, y)),
        "intercept": fit.params[0],
        "slopes": list(fit.params[1:]),
        "r2": fit.rsquared,
        "loo_residuals": list(influence.resid_press),
    }


def nnls(name, matrix, right):
    solution, _ = optimize.nnls(matrix, right)
    scaled = matrix / np.linalg.norm(matrix, axis=0)
    return {
        "name": name,
        "rows": matrix.tolist(),
        "right": list(map(float, right)),
        "solution": solution.tolist(),
        "condition": float(np.linalg.cond(scaled)),
    }


def icc(groups):
    """ICC(1) from the mean squares of statsmodels' one-way ANOVA."""
    import pandas as pd
    from statsmodels.formula.api import ols

    frame = pd.DataFrame([{"g": str(i), "v": v} for i, group in enumerate(groups) for v in group])
    table = sm.stats.anova_lm(ols("v ~ C(g)", frame).fit())
    between, within = table["mean_sq"]
    sizes = np.array([len(g) for g in groups])
    size = (sizes.sum() - (sizes**2).sum() / sizes.sum()) / (len(groups) - 1)
    return {"groups": groups, "icc": (between - within) / (between + (size - 1) * within)}


n = 60
x = np.exp(rng.normal(20, 3, n))
y = x**0.8 * np.exp(rng.normal(0, 0.7, n))
rounded = np.round(np.log(x))
f, b = rng.normal(10, 2, n), rng.normal(5, 1, n)
t = 0.5 * f + 0.3 * b + rng.normal(0, 0.5, n)
e = 0.7 * t + 0.1 * b + rng.normal(0, 0.3, n)
planted = rng.uniform(0.1, 1, (40, 3)) * [1, 30, 0.01]
sample = rng.normal(3, 0.5, 9)

json.dump(
    {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
        "correlations": [
            correlations("no ties", x, y),
            correlations("logarithms", np.log(x), np.log(y)),
            correlations("ties in x", rounded + 30, y),
            correlations("ties in both", rounded + 30, np.round(np.log(y)) + 30),
            correlations("two values", np.repeat([1.0, 2.0], 10), rng.normal(5, 1, 20)),
            correlations("three pairs", np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])),
            correlations("constant x", np.full(8, 0.1), rng.normal(5, 1, 8)),
            correlations("constant both", np.full(8, 0.1), np.full(8, 1e-9)),
        ],
        "partial": [partial([e, f, b, t])],
        "regression": [regression([np.log(x)], np.log(y)), regression([f, t], e)],
        "nnls": [
            nnls("planted", planted, planted @ [2.0, 0.5, 100.0]),
            nnls("noisy", planted, planted @ [2.0, 0.5, 100.0] * rng.normal(1, 0.1, 40)),
            nnls("one at its bound", planted, planted @ [2.0, -0.05, 100.0]),
            nnls("two at their bounds", planted, planted @ [2.0, -0.5, -100.0] + 20),
            nnls("all at their bounds", planted, -np.ones(40)),
        ],
        "icc": [icc([[1.0, 1.2, 0.9], [2.0, 2.1], [3.5, 3.3, 3.6, 3.4]]), icc([[1.0, 2.0, 3.0], [1.5, 2.5], [3.0, 1.0]])],
        "mean_ci95": {
            "values": sample.tolist(),
            "mean": float(sample.mean()),
            "ci95": list(map(float, stats.t.interval(0.95, len(sample) - 1, sample.mean(), stats.sem(sample)))),
        },
        "t_quantile": [[p, d, stats.t.ppf(p, d)] for p in (0.025, 0.9, 0.975) for d in (1, 2, 9, 1000)],
        "quantile": {
            "values": sorted(sample.tolist()),
            "at": [[p, float(np.quantile(sample, p))] for p in (0.0, 0.025, 0.3, 0.5, 0.975, 1.0)],
        },
    },
    __import__("sys").stdout,
    indent=1,
)
print()
