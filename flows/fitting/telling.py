"""A fitted model as JSON, or as a table that a reader of lme4 recognises and another can follow."""

import json
from collections.abc import Iterator
from math import exp

from flows.fitting.result import Fit, Spread

LEFT = {"term", "group"}


def as_json(fit: Fit) -> str:
    """One object; `varcorr` without the residual, whose variance is sigma squared."""
    told = {
        "fixef": dict(zip(fit.names, fit.effects.tolist(), strict=True)),
        "se": dict(zip(fit.names, fit.errors.tolist(), strict=True)),
        "vcov_fixef": fit.covariance.tolist(),
        "varcorr": [
            {"group": row.group, "term1": row.term1, "term2": row.term2, "vcov": row.vcov}
            for row in fit.spreads
        ],
        "sigma": fit.sigma,
        "reml": fit.reml,
        "deviance": None if fit.loglik is None else -2 * fit.loglik,
        "loglik": fit.loglik,
        "n_obs": fit.n_obs,
        "n_groups": fit.n_groups,
        "singular": fit.is_singular,
        "quadrature": fit.nodes,
        "dropped_terms": list(fit.dropped),
        "n_dropped_rows": fit.n_missing + fit.n_weightless,
        "n_rows_missing": fit.n_missing,
        "missing": fit.missing,
        "n_rows_weight_zero": fit.n_weightless,
    }
    return json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False)


def as_table(fit: Fit, formula: str, file: str) -> Iterator[str]:
    """The lines of the model in words."""
    yield f"{_kind(fit)}, {file}"
    yield f"  {formula}"
    yield from _rows_told(fit)
    yield ""
    yield "Fixed effects: what holds in an average group"
    yield from _lined(_fixed_effects(fit))
    yield ""
    yield "Random effects: how far groups lie from the average one"
    yield from _lined(_random_effects(fit))
    yield ""
    yield _criterion(fit)
    yield from _remarks(fit)


def _kind(fit: Fit) -> str:
    if fit.nodes is not None:
        how = "the Laplace approximation" if fit.nodes == 1 else f"{fit.nodes} quadrature points"
        return f"Logistic mixed model, maximum likelihood by {how}"
    return f"Linear mixed model by {'ML' if fit.reml is None else 'REML'}"


def _rows_told(fit: Fit) -> Iterator[str]:
    groups = ", ".join(f"{count:,} of {group}" for group, count in fit.n_groups.items())
    yield f"{fit.n_obs:,} rows used; groups: {groups}"
    if fit.n_missing:
        missing = ", ".join(f"{name} in {count:,}" for name, count in fit.missing.items())
        yield f"{fit.n_missing:,} rows left out because something is missing ({missing})"
    if fit.n_weightless:
        yield f"{fit.n_weightless:,} rows left out because their weight is 0"


def _fixed_effects(fit: Fit) -> Iterator[tuple[str, ...]]:
    is_logistic = fit.nodes is not None
    yield ("term", "estimate", "std. error", "z" if is_logistic else "t") + (
        ("odds ratio",) if is_logistic else ()
    )
    for name, effect, error in zip(fit.names, fit.effects, fit.errors, strict=True):
        odds = (f"{exp(min(effect, 700)):.4g}",) if is_logistic else ()
        yield name, f"{effect:.5g}", f"{error:.4g}", f"{effect / error:.2f}", *odds


def _random_effects(fit: Fit) -> Iterator[tuple[str, ...]]:
    yield "group", "term", "variance", "std. dev.", "correlation"
    variances = {(row.group, row.term1): row.vcov for row in fit.spreads if row.term2 is None}
    for row in fit.spreads:
        if row.term2 is None:
            yield row.group, row.term1, f"{row.vcov:.5g}", f"{row.vcov**0.5:.4g}", ""
        else:
            yield (
                row.group,
                f"{row.term1} with {row.term2}",
                f"{row.vcov:.5g}",
                "",
                (_correlation(row, variances)),
            )
    if fit.nodes is None:
        yield "residual", "", f"{fit.sigma**2:.5g}", f"{fit.sigma:.4g}", ""


def _correlation(row: Spread, variances: dict[tuple[str, str], float]) -> str:
    product = variances[row.group, row.term1] * variances[row.group, str(row.term2)]
    return f"{row.vcov / product**0.5:.2f}" if product > 0 else "none"


def _criterion(fit: Fit) -> str:
    if fit.reml is not None:
        return f"REML criterion (-2 log restricted likelihood): {fit.reml:.4f}"
    assert fit.loglik is not None
    return f"log-likelihood: {fit.loglik:.4f}; deviance (-2 log-likelihood): {-2 * fit.loglik:.4f}"


def _remarks(fit: Fit) -> Iterator[str]:
    if fit.dropped:
        yield f"Left out, since the other terms make them up: {', '.join(fit.dropped)}"
    if fit.is_singular:
        yield (
            "The fit is singular: a variance is 0 or a correlation 1, at the edge of what is"
            " possible. The data do not tell such groups or effects apart."
        )


def _lined(rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    """Words to the left, numbers to the right."""
    table = list(rows)
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for row in table:
        cells = (
            _aligned(cell, width, heading)
            for cell, width, heading in zip(row, widths, table[0], strict=True)
        )
        yield f"  {'  '.join(cells)}".rstrip()


def _aligned(cell: str, width: int, heading: str) -> str:
    return cell.ljust(width) if heading in LEFT else cell.rjust(width)
