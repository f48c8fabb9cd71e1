"""lme4's formula language over columns of numbers and texts.

A small reader of our own rather than a library: nothing of a user's text is ever
evaluated (libraries for Python run what stands between the brackets), a mistake is
told with its place, and terms are named, ordered and coded as R does it, so that a
result can be laid beside lme4's word for word. What is known: `+ - * : / ^ ( )`, 0 and
1, `(effects | group)` and `||`, `a:b` and `a/b` as groups, and the functions of
`variables.py`.
"""

from flows.statistics.formula.frame import Frame, columns_of, frame_of
from flows.statistics.formula.syntax import FormulaError
from flows.statistics.formula.terms import Formula, read_formula
from flows.statistics.formula.variables import ColumnError, Labels, Numbers, Variable

__all__ = [
    "ColumnError",
    "Formula",
    "FormulaError",
    "Frame",
    "Labels",
    "Numbers",
    "Variable",
    "columns_of",
    "frame_of",
    "read_formula",
]
