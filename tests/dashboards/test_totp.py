"""Codes of authenticator apps against the values that RFC 6238 prints."""

import base64

import pytest

from dashboards.accounts.totp import STEP_SECONDS, code_at, enrolment_uri, new_secret, step_of

# RFC 6238, appendix B: the ASCII secret 12345678901234567890, SHA-1, eight digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()
PRINTED = {
    59: "94287082",
    1111111109: "07081804",
    1111111111: "14050471",
    1234567890: "89005924",
    2000000000: "69279037",
    20000000000: "65353130",
}


@pytest.mark.parametrize("seconds", PRINTED)
def test_codes_are_those_of_the_rfc(seconds: int) -> None:
    assert code_at(SECRET, seconds // STEP_SECONDS, digits=8) == PRINTED[seconds]


@pytest.mark.parametrize("seconds", PRINTED)
def test_six_digits_are_the_last_six(seconds: int) -> None:
    """RFC 4226, 5.3: the number modulo ten to the power of the digits."""
    assert code_at(SECRET, seconds // STEP_SECONDS) == PRINTED[seconds][-6:]


def test_a_code_names_its_own_step() -> None:
    assert step_of(SECRET, "287082", 59) == 1
    assert step_of(SECRET, "287082", 89) == 1
    assert step_of(SECRET, "287082", 90) is None
    assert step_of(SECRET, "28708x", 59) is None


def test_secrets_are_long_and_never_the_same() -> None:
    """RFC 4226, 4 (R6) asks for 128 bits at least and recommends 160."""
    made = {new_secret() for _ in range(50)}

    assert len(made) == 50
    assert all(len(base64.b32decode(secret)) * 8 == 160 for secret in made)


def test_the_uri_has_the_form_that_apps_read() -> None:
    """By hand, from the page on the Key Uri Format of Google Authenticator's wiki."""
    uri = enrolment_uri("JBSWY3DPEHPK3PXP", "anna & co", "Praktijk Één")

    assert uri == (
        "otpauth://totp/Praktijk%20%C3%89%C3%A9n%3Aanna%20%26%20co"
        "?secret=JBSWY3DPEHPK3PXP&issuer=Praktijk%20%C3%89%C3%A9n"
    )
