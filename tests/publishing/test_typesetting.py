import pytest

from flows.errors import ExitCode, OpKoersError
from flows.publishing.typesetting import SIGNS_WITH_GLYPHS, printable, typesetter
from tests.publishing.snapshots import AS_OF


def test_signs_without_a_glyph_are_spelled_out() -> None:
    assert printable({"id": "é≥\u2014\t中😀\x00", "svg": "<svg>中</svg>", "n": None}) == {
        "id": "é≥\u2014 [U+4E2D][U+1F600][U+0000]",
        "svg": "<svg>中</svg>",
        "n": None,
    }


def test_every_other_sign_has_a_glyph_in_the_report() -> None:
    signs = "".join(
        chr(code) for first, last in SIGNS_WITH_GLYPHS for code in range(first, last + 1)
    )
    assert len(signs) > 500
    data = {
        "language": "nl",
        "title": signs,
        "clinic": "c",
        "service": "s",
        "week": "",
        "iso_week": "",
        "until": "",
        "until_short": "",
        "as_of": AS_OF.isoformat(),
        "simulated": None,
        "use": "",
        "page": "",
        "of": "",
        "run": None,
        "held_back": signs,
        "window": "",
        "critical": {"steps": [], "protocol": None, "duty": [""], "columns": [], "groups": []},
        "intended_use": {"title": "x", "points": [signs]},
    }
    with typesetter() as typeset:
        (pdf,) = typeset("critical.typ", data, AS_OF, "pdf")
    assert pdf.startswith(b"%PDF-")


def test_a_fault_names_its_place_in_the_template_and_no_value() -> None:
    with typesetter() as typeset, pytest.raises(OpKoersError) as caught:
        typeset("critical.typ", {"as_of": "secret-patient"}, AS_OF, "pdf")
    assert caught.value.exit_code == ExitCode.REPORT
    assert ".typ" in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__
