"""Control charts of one or of many series: limits, the rules that fire, and what they assure.

XmR as the NHS draws it (RULES.md B8, NHSRplotthedots), p, p' (Laney 2002) and run charts with
Anhøj's tests (as qicharts2 has them).
"""

from flows.statistics.control_chart.assurance import Assurance, assurances
from flows.statistics.control_chart.averages import mean_of
from flows.statistics.control_chart.chart import (
    FEWEST_FOR_LIMITS,
    FEWEST_TO_LOCK,
    Chart,
    Part,
    control_chart,
)
from flows.statistics.control_chart.design import Design, Kind, RuleSet
from flows.statistics.control_chart.nhs_rules import PRECEDENCE, leading_rule, trend_direction
from flows.statistics.control_chart.run_chart import fewest_crossings, longest_run_allowed

__all__ = [
    "FEWEST_FOR_LIMITS",
    "FEWEST_TO_LOCK",
    "PRECEDENCE",
    "Assurance",
    "Chart",
    "Design",
    "Kind",
    "Part",
    "RuleSet",
    "assurances",
    "control_chart",
    "fewest_crossings",
    "leading_rule",
    "longest_run_allowed",
    "mean_of",
    "trend_direction",
]
