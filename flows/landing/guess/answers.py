"""What answers look like: words that stand for numbers, and numbers that stand for nothing."""

from collections.abc import Sequence

from flows.instruments import Instrument
from flows.landing.guess.columns import Column

# Answers from the one that counts least to the one that counts most.
WORDINGS = (
    ("no", "yes"),
    ("nee", "ja"),
    ("absent", "present"),
    ("afwezig", "aanwezig"),
    ("false", "true"),
    ("not at all", "several days", "more than half the days", "nearly every day"),
    ("helemaal niet", "meerdere dagen", "meer dan de helft van de dagen", "bijna elke dag"),
    ("helemaal niet", "enkele dagen", "meer dan de helft van de dagen", "bijna elke dag"),
    ("never", "rarely", "sometimes", "often", "always"),
    ("never", "seldom", "sometimes", "often", "always"),
    ("never", "occasionally", "sometimes", "often", "most or all of the time"),
    ("nooit", "zelden", "soms", "vaak", "altijd"),
    ("poor", "fair", "good", "very good", "excellent"),
    ("slecht", "matig", "goed", "zeer goed", "uitstekend"),
    ("none", "mild", "moderate", "severe"),
    ("geen", "licht", "matig", "ernstig"),
    ("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
    ("helemaal niet", "een beetje", "enigszins", "behoorlijk", "heel erg"),
    ("not at all", "a little bit", "somewhat", "quite a bit", "very much"),
)
MOST_WORDS = 12
LONGEST_WORDING = 60
# What stands for refused, unknown or not asked in many exports.
CODES_FOR_MISSING = frozenset(
    {7, 8, 9, 66, 77, 88, 97, 98, 99, 666, 777, 888, 997, 998, 999, 9999}
    | {-1, -2, -3, -4, -5, -6, -7, -8, -9, -66, -77, -88, -95, -96, -97, -98, -99, -999}
)
MOST_CODES = 5
# What occurs once or twice may as well be a slip of the pen.
LEAST_TIMES = 3
SMALL = 20


def are_words(column: Column) -> bool:
    """Whether a column holds a handful of short wordings, as answers would."""
    return (
        0 < len(column.distinct) <= MOST_WORDS
        and not column.is_numeric
        and all(len(text) <= LONGEST_WORDING for text in column.distinct)
    )


def wording_of(columns: Sequence[Column]) -> tuple[str, ...] | None:
    """The known wording that all answers of these columns belong to."""
    told = {text.lower() for column in columns for text in column.distinct}
    return next((wording for wording in WORDINGS if told and told <= set(wording)), None)


def values_of(wording: Sequence[str], known: Instrument | None) -> dict[str, float] | None:
    """What each answer counts where that follows: two of them, or as many as an item has."""
    if known is not None and known.item_maximum - known.item_minimum + 1 == len(wording):
        return {word: known.item_minimum + place for place, word in enumerate(wording)}
    if known is None and len(wording) == 2:
        return {word: float(place) for place, word in enumerate(wording)}
    return None


def missing_codes(answers: Sequence[float], lowest: float, highest: float) -> frozenset[float]:
    """Numbers beyond a range that are known to stand for missing; empty where others are beyond."""
    told = [number for number in answers if not lowest <= number <= highest]
    beyond = frozenset(told)
    is_known = beyond <= CODES_FOR_MISSING and len(beyond) <= MOST_CODES
    return beyond if is_known and len(told) >= LEAST_TIMES else frozenset()


def far_codes(columns: Sequence[Column]) -> frozenset[float]:
    """Codes for missing that lie far from all other answers, where no range is known."""
    told = {number for column in columns for number in set(column.present)}
    likely = {number for number in told & CODES_FOR_MISSING if number < 0 or number > SMALL}
    rest = told - likely
    if not rest or len(likely) > MOST_CODES:
        return frozenset()
    low, high = min(rest), max(rest)
    far = {n for n in likely if (n < 0 <= low) or (n > 3 * max(high, 3) and len(rest) > 1)}
    return frozenset(far) if far == likely else frozenset()
