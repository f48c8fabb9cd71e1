"""Which solver a model needs."""

from flows.statistics.mixed_model.crossed import crossed_solver
from flows.statistics.mixed_model.data import FloatArray
from flows.statistics.mixed_model.nested import nested_solver
from flows.statistics.mixed_model.solution import Solver
from flows.statistics.mixed_model.sums import Sums
from flows.statistics.mixed_model.system import Block


def solver_of(sums: Sums, blocks: tuple[Block, ...], others: list[FloatArray]) -> Solver:
    """Sums per group for one or nested factors, else a Cholesky factor of the crossed ones."""
    return nested_solver(sums, blocks, others) or crossed_solver(sums, blocks, others)
