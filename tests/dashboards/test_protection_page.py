"""What is kept where: for who answers for data protection, and about nobody in particular."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from dashboards.access import ROLES, Role
from dashboards.pages import protection
from tests.access_matrix import add_people
from tests.dashboards.published import EPISODES

SignedIn = Callable[..., Client]


@pytest.mark.django_db(transaction=True)
def test_it_names_every_place_and_nobody(signed_in: SignedIn) -> None:
    add_people()
    body = signed_in("quality officer").get("/protection").content.decode()
    for place in ("archive/", "inbox/", "secrets/", "published/", "reports/", "released/",
                  "checks/", "logs/", "Journal", "practice goals", "Access log", "Identity store",
                  "Backups"):  # fmt: skip
        assert place in body
    people = {patient for _clinic, patient, *_rest in EPISODES}
    assert not any(re.search(rf"\b{patient}\b", body) for patient in people)


def test_who_sees_a_place_follows_from_the_table_of_roles() -> None:
    counts = protection._roles(frozenset({"quality"}))
    assert counts == (ROLES[Role.QUALITY_OFFICER].name,)
    assert protection._roles(frozenset()) == ()
