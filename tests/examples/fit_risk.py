"""Fits the weights of the risk (src/risk/weights.toml) to a table that the example `signals` prints.

    python3 fit_risk.py table.tsv "what it was fitted to" calibration.svg > src/risk/weights.toml

Needs numpy. What it measures goes to standard error: the AUC of each signal, what each adds, the curve of misleading
segments told against good ones told in vain, and the calibration, which the picture shows for the first set without dictionaries. All of it comes from cross-validation in which the
same source line is never on both sides, mean of several divisions.
"""

import datetime
import sys

import numpy as np

SETS = [
    ["source_far", "surprise", "unsure", "errors"],
    ["surprise", "unsure", "errors"],
    ["source_far", "target_far", "errors"],
]
# Where the user has dictionaries; of what they say, more is worth knowing first.
SETS = [of for names in SETS for of in (names + ["unrendered"], names)]
# For where no model says anything. Rules find little of what small language models do wrong, and how much of it there is
# depends on the language more than on anything else: so each has an intercept of its own, and that of the one into which
# the fewest mislead is taken. Findings say by themselves which level they are.
BARE = ["length", "errors", "warnings"]
# Of the good segments so many may be told in vain at the levels `check` and `wrong`, by the risk or by a rule.
CHECK, WRONG = 0.15, 0.05
PENALTY = 2.0
FOLDS, DIVISIONS = 10, 5


def log(*what):
    print(*what, file=sys.stderr)


def fit(x, y):
    """Logistic regression with a penalty on standardised weights; weights and intercept for `x` as it is."""
    mean, scale = x.mean(0), x.std(0) + 1e-9
    z = np.c_[(x - mean) / scale, np.ones(len(x))]
    penalty = np.eye(z.shape[1]) * PENALTY
    penalty[-1, -1] = 1e-6
    b = np.zeros(z.shape[1])
    for _ in range(100):
        p = 1 / (1 + np.exp(-z @ b))
        step = np.linalg.solve((z * (p * (1 - p))[:, None]).T @ z + penalty, z.T @ (p - y) + penalty @ b)
        b -= step
        if abs(step).max() < 1e-9:
            break
    weights = b[:-1] / scale
    return weights, b[-1] - weights @ mean


def crossed(x, y, line):
    """The log-odds of each segment by weights that were fitted without its line."""
    out = np.zeros(len(x))
    lines = np.unique(line)
    for division in range(DIVISIONS):
        order = np.random.RandomState(division).permutation(len(lines))
        fold = dict(zip(lines, order % FOLDS))
        folds = np.array([fold[one] for one in line])
        for k in range(FOLDS):
            weights, intercept = fit(x[folds != k], y[folds != k])
            out[folds == k] += x[folds == k] @ weights + intercept
    return out / DIVISIONS


def auc(x, bad, good):
    a, b = x[bad][:, None], x[good][None, :]
    return (a > b).mean() + (a == b).mean() / 2 if a.size and b.size else float("nan")


def threshold(z, good, share):
    """The least value that at most `share` of the good exceed."""
    return np.sort(z[good])[::-1][int(share * good.sum())] + 1e-9


def bare(value, y, to, line, bad, good):
    """Prints the weights of `BARE`."""
    langs = sorted(set(to), key=lambda lang: y[to == lang].mean())
    x = np.stack([value[name] for name in BARE], 1)
    z = crossed(x, y, line)
    part = " ".join(f"{l} {auc(z, bad & (to == l), good & (to == l)):.2f}" for l in langs)
    log(f"\n{' + '.join(BARE)}\n  AUC {auc(z, bad, good):.3f}  {part}")
    weights, intercept = fit(np.c_[x, np.stack([to == lang for lang in langs[1:]], 1)], y)
    print(f"\n[bare]\nintercept = {intercept:.4f}\ncheck = 1.0\nwrong = 1.0\nsignal = [")
    for name, weight in zip(BARE, weights):
        print(f'    {{ name = "{name}", weight = {weight:.4f} }},')
    print("]")


def picture(bins):
    """An SVG of mean probability against the share that misleads, with two standard errors, of `bins`."""
    at = lambda x, y: (f"{50 + 300 * x:.0f}", f"{320 - 300 * min(max(y, 0), 1):.0f}")
    line = lambda a, b, color: f'<path d="M{" ".join(at(*a))}L{" ".join(at(*b))}" stroke="{color}"/>'
    text = lambda x, y, what: f'<text x="{x}" y="{y}" text-anchor="middle">{what}</text>'
    parts = [line((0, 0), (1, 1), "#bbb"), line((0, 0), (1, 0), "#333"), line((0, 0), (0, 1), "#333")]
    for mean, share, count in bins:
        error = 2 * (share * (1 - share) / count) ** 0.5
        x, y = at(mean, share)
        parts.append(line((mean, share - error), (mean, share + error), "#1a5fb4"))
        parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="#1a5fb4"/>')
        parts.append(text(float(x) + 22, float(y) + 4, count))
    for tick in (0, 0.5, 1):
        parts += [text(at(tick, 0)[0], 340, tick), text(35, float(at(0, tick)[1]) + 4, tick)]
    parts += [text(200, 360, "probability by the risk"), text(200, 14, "share of misleading segments, with their number")]
    body = "\n".join(parts)
    style = 'font-family="sans-serif" font-size="12" fill="none" stroke-width="1.5"'
    body = body.replace("<text ", '<text fill="#333" ')
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 370" {style}>\n{body}\n</svg>\n'


def main():
    rows = [line.rstrip("\n").split("\t") for line in open(sys.argv[1], encoding="utf-8")]
    column = {name: i for i, name in enumerate(rows[0])}
    get = lambda name: [row[column[name]] for row in rows[1:]]
    line, to, severity = np.array(get("line")), np.array(get("to")), np.array(get("severity"))
    value = {n: np.array([float(v) if v else np.nan for v in get(n)]) for n in rows[0][4:]}
    bad, good = severity == "critical", np.isin(severity, ["none", "minor"])
    y = bad.astype(float)
    langs = sorted(set(to))
    part = lambda z: " ".join(f"{l} {auc(z, bad & (to == l), good & (to == l)):.2f}" for l in langs)
    log(f"{bad.sum()} misleading, {good.sum()} good of {len(y)} segments; the others have another sense")
    log("\nsignal: AUC in all, by target language")
    for name, of in value.items():
        log(f"  {name:12} {auc(of, bad, good):.3f}  {part(of)}")
    print(f'fitted = "{datetime.date.today()}"\ndata = "{sys.argv[2]}"')
    for names in SETS:
        if any(np.isnan(value[name]).all() for name in names):
            # A table that was made without dictionaries.
            continue
        x = np.stack([value[name] for name in names], 1)
        z = crossed(x, y, line)
        # What a rule has found is told whatever the risk.
        told = np.where(value["errors"] + value["warnings"] > 0, np.inf, z)
        log(f"\n{' + '.join(names)}\n  AUC {auc(z, bad, good):.3f}  {part(z)}")
        for left in names if len(names) > 2 else []:
            rest = np.stack([value[name] for name in names if name != left], 1)
            log(f"  without {left:12} AUC {auc(crossed(rest, y, line), bad, good):.3f}")
        for share in (0.05, 0.1, 0.15, 0.18, 0.2, 0.25, 0.3):
            t = threshold(told, good, share)
            by = " ".join(
                f"{l} {(told[bad & (to == l)] > t).mean():.2f}/{(told[good & (to == l)] > t).mean():.2f}" for l in langs
            )
            log(f"  told {(told[bad] > t).mean():.2f} at {(told[good] > t).mean():.2f} false alarms  {by}")
        p = 1 / (1 + np.exp(-z))
        log("  probability: segments, their mean probability, of these misleading")
        bins = []
        for low in np.arange(0, 1, 0.2):
            own = (p >= low) & (p < low + 0.2)
            if own.any():
                bins.append((p[own].mean(), bad[own].mean(), own.sum()))
                log(f"    {low:.1f} to {low + 0.2:.1f}: {own.sum():3}, {p[own].mean():.2f}, {bad[own].mean():.2f}")
        if names == SETS[1]:
            with open(sys.argv[3], "w", encoding="utf-8") as file:
                file.write(picture(bins))
        weights, intercept = fit(x, y)
        levels = [1 / (1 + np.exp(-threshold(told, good, share))) for share in (CHECK, WRONG)]
        print(f"\n[[set]]\nintercept = {intercept:.4f}\ncheck = {levels[0]:.4f}\nwrong = {levels[1]:.4f}\nsignal = [")
        for name, weight in zip(names, weights):
            print(f'    {{ name = "{name}", weight = {weight:.4f} }},')
        print("]")
    bare(value, y, to, line, bad, good)


main()
