"""What NHSRplotthedots calls a point: its `special_cause_type` and its `point_type`."""

from collections.abc import Sequence

from flows.statistics.control_chart import PRECEDENCE, Chart, leading_rule, trend_direction

COMMON = "Common Cause"


def labels_of(chart: Chart, series: int) -> list[tuple[str, int]]:
    """Of each point its label and direction: 1 upwards, -1 downwards, 0 where no rule fired."""
    leading = leading_rule(chart.fired)[series].tolist()
    trends = trend_direction(chart.values, chart.fired["R3"], chart.parts)[series].tolist()
    above = (chart.values[series] > chart.centre[series]).tolist()
    return [
        _label(PRECEDENCE[rule], trend, is_above) if rule >= 0 else (COMMON, 0)
        for rule, trend, is_above in zip(leading, trends, above, strict=True)
    ]


def _label(rule: str, trend: int, is_above: bool) -> tuple[str, int]:
    side, direction = ("Above", 1) if is_above else ("Below", -1)
    if rule == "R3":
        return f"7 Point Trend ({'In' if trend > 0 else 'De'}creasing)", trend
    if rule == "R1":
        return f"{side} {'UCL' if is_above else 'LCL'}", direction
    return f"{'2 in 3' if rule == 'R4' else '7 Points'} {side} CL", direction


def point_types(labels: Sequence[tuple[str, int]], better: int) -> list[str]:
    """`better` is 1 for higher, -1 for lower, 0 where neither is said."""
    return [_point_type(direction, better) for _, direction in labels]


def _point_type(direction: int, better: int) -> str:
    if direction == 0:
        return "common_cause"
    if better == 0:
        return f"special_cause_neutral_{'high' if direction > 0 else 'low'}"
    return f"special_cause_{'improvement' if direction == better else 'concern'}"
