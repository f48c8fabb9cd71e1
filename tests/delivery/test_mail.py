"""Mail against real servers on loopback: who gets what, once, and what goes wrong."""

import re
import shutil
from email.message import EmailMessage
from pathlib import Path

import pytest

from flows.delivery import memory as memory_module
from flows.delivery.deliver import deliver
from flows.delivery.memory import Memory, State, opened
from flows.errors import ExitCode
from flows.settings import Settings
from tests.delivery.conftest import COUNTS, Configure, write_report
from tests.delivery.mail_server import USER, Authority, Mailbox, free_port, hanging, serving

LOGIN = f'user = "{USER}"\n'


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    body = message.get_body(("html",))
    assert body is not None
    return str(body.get_content())


def sentences(settings: Settings) -> list[str]:
    return [mistake.sentence() for mistake in deliver(settings).mistakes]


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_a_report_is_mailed_over_tls_with_a_login(
    security: str, configure: Configure, mailbox: Mailbox, authority: Authority, secret: None
) -> None:
    context = authority.context_for("localhost")
    with serving(mailbox, security=security, context=context, login=True) as port:
        settings = configure(
            port, "a@clinic.example", "b@clinic.example noord en",
            mail=LOGIN + f'security = "{security}"\npages = "https://koers.clinic.example/"',
        )  # fmt: skip
        done = deliver(settings)

    assert (done.words, done.mistakes) == ("2 mailed", ())
    (_, dutch, _), (_, english, raw) = mailbox.got
    assert mailbox.recipients() == ["a@clinic.example", "b@clinic.example"]
    assert dutch["Subject"] == "Op koers: rapport van week 2026-W47, noord"
    assert english["Subject"] == "Op koers: report of week 2026-W47, noord"
    assert english["From"] == "koers@clinic.example"
    assert (english["Auto-Submitted"], dutch["Content-Language"]) == ("auto-generated", "nl")
    assert text_of(english).splitlines()[:9] == [
        "The weekly report of noord for week 2026-W47 is ready.",
        "",
        "Critical items open: 7",
        "New alerts this week: 12",
        "Alerts still open from before: 84",
        "Red among new and open alerts: 31",
        "Amber among new and open alerts: 46",
        "Measurements overdue: 29",
        "",
    ]
    assert '<tr><th scope="row">Red among new and open alerts</th><td>31</td></tr>' in html_of(
        english
    )
    assert '<html lang="nl">' in html_of(dutch)
    assert "https://koers.clinic.example/" in text_of(english)
    assert set(re.findall(r"https?://[^\s\"<]+", html_of(english))) == {
        "https://koers.clinic.example/"
    }
    assert max(len(line) for line in raw.splitlines()) < 998  # RFC 5322, 2.1.1


def test_a_rerun_mails_nothing_and_a_correction_mails_once(
    home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    settings = configure(port, "a@clinic.example", "q@clinic.example * nl quality")
    assert deliver(settings).words == "2 mailed"
    assert deliver(settings).words == "0 mailed"

    write_report(home, "noord", revision=2)
    assert deliver(settings).words == "1 mailed"
    assert deliver(settings).words == "0 mailed"

    assert [message["Subject"] for _, message, _ in mailbox.got] == [
        "Op koers: rapport van week 2026-W47, noord",
        "Op koers: samenvatting van week 2026-W47, Dienst",
        "Op koers: rapport van week 2026-W47, noord (herziening 2)",
    ]
    assert "Dit is herziening 2" in text_of(mailbox.got[2][1])
    assert len({message["Message-ID"] for _, message, _ in mailbox.got}) == 3


def test_a_past_week_is_mailed_only_as_a_correction_of_what_was_mailed(
    home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    deliver(configure(port, "a@clinic.example"))
    write_report(home, "noord", week="2026-W48")
    both = ("a@clinic.example", "new@clinic.example")
    assert deliver(configure(port, *both, now="2026-11-23")).words == "2 mailed"
    assert mailbox.recipients() == ["a@clinic.example", "a@clinic.example", "new@clinic.example"]

    write_report(home, "noord", week="2026-W47", revision=2)
    assert deliver(configure(port, *both, now="2026-11-23")).words == "1 mailed"
    assert mailbox.got[-1][1]["Subject"].endswith("2026-W47, noord (herziening 2)")

    # Reports of long ago, such as after a restored backup, are mailed to nobody.
    late = configure(port, "another@clinic.example", now="2027-02-01")
    assert deliver(late).words == "0 mailed"


def test_a_therapist_is_reminded_without_a_number(
    configure: Configure, mailbox: Mailbox, port: int
) -> None:
    deliver(configure(port, "t@clinic.example noord en therapist"))
    ((_, message, _),) = mailbox.got
    told = text_of(message)
    assert told.startswith("Your own list of week 2026-W47 is ready.\n")
    assert re.findall(r"\d+", told) == ["2026", "47"]
    assert "<table" not in html_of(message)


def test_the_quality_mail_adds_up_and_leaves_out_small_numbers(
    configure: Configure, mailbox: Mailbox, port: int
) -> None:
    deliver(configure(port, "q@clinic.example * en quality", "z@clinic.example zuid en quality"))
    service, zuid = (text_of(message) for _, message, _ in mailbox.got)
    total = {name: sum(each[name] for each in COUNTS.values()) for name in COUNTS["noord"]}
    assert (
        f"Alerts still open from before: {total['open']}\n"
        f"Red among new and open alerts: {total['red']}\n" in service
    )
    assert "Week 2026-W47 of Dienst in numbers." in service
    assert "Red among new and open alerts: fewer than 5" in zuid
    assert "Critical items open: 0" in zuid


def test_who_is_put_off_or_refused_does_not_keep_the_others(
    configure: Configure, mailbox: Mailbox, port: int
) -> None:
    people = ("grey@clinic.example", "refused@clinic.example", "a@clinic.example")
    settings = configure(port, *people)

    first = deliver(settings)
    assert first.words == "1 mailed, 1 put off, 1 refused"
    assert [mistake.sentence() for mistake in first.mistakes] == [
        "recipient refused@clinic.example: the mail server refuses the mail about week 2026-W47."
        " Mend the address in opkoers.toml, or ask whoever runs the mail server."
    ]
    assert {mistake.exit_code for mistake in first.mistakes} == {ExitCode.DELIVERY}

    second = deliver(settings)
    assert second.words == "1 mailed, 1 refused"
    assert mailbox.recipients() == ["a@clinic.example", "grey@clinic.example"]


def test_who_is_refused_three_times_is_given_up_and_told_once(
    home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    settings = configure(port, "refused@clinic.example", mail="refused_tries = 3")
    told = [len(sentences(settings)) for _ in range(4)]
    assert told == [1, 1, 2, 0]
    assert mailbox.seen["refused@clinic.example"] == 3

    # The next week it is tried anew.
    write_report(home, "noord", week="2026-W48")
    assert len(sentences(configure(port, "refused@clinic.example", now="2026-11-23"))) == 1


def test_what_was_put_off_for_too_long_is_given_up(
    home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    settings = configure(port, "busy@clinic.example")
    assert sentences(settings) == []
    with opened(settings.deliveries) as kept:
        kept._connection.execute("update delivery set first_at = '2026-01-01T00:00:00+00:00'")
    (told,) = sentences(settings)
    assert told.startswith("recipient busy@clinic.example: the delivery of week 2026-W47 is given")
    assert sentences(settings) == []
    assert mailbox.seen["busy@clinic.example"] == 2


def test_a_server_that_hangs_up_on_one_message_keeps_no_other_from_going(
    configure: Configure, mailbox: Mailbox, port: int
) -> None:
    people = ("dropped@clinic.example", "fickle@clinic.example", "a@clinic.example")
    done = deliver(configure(port, *people, mail="tries = 2"))
    assert done.words == "2 mailed, 1 put off"
    assert sorted(mailbox.recipients()) == ["a@clinic.example", "fickle@clinic.example"]
    assert mailbox.seen == {people[0]: 2, people[1]: 2, people[2]: 1}
    (told,) = done.mistakes
    assert "1 mails could not be handed over" in told.what


def test_a_server_that_hangs_up_on_everybody_is_not_asked_for_ever(
    configure: Configure, mailbox: Mailbox, port: int
) -> None:
    people = [f"dropped{n}@clinic.example" for n in range(8)]
    done = deliver(configure(port, *people, mail="tries = 1"))
    assert done.words == "0 mailed, 8 put off"
    assert sum(mailbox.seen.values()) == 3


def test_a_server_that_hangs_is_left_after_its_time_and_tried_by_the_next_run(
    configure: Configure, mailbox: Mailbox, port: int
) -> None:
    with hanging() as silent:
        quick = "timeout_seconds = 0.2\ntries = 2"
        done = deliver(configure(silent, "a@clinic.example", mail=quick))
    assert done.words == "0 mailed, 1 put off"
    (told,) = done.mistakes
    assert told.sentence() == (
        f"mail server localhost:{silent}: 1 mails could not be handed over: the server is out of"
        " reach, hangs or hangs up. They are tried again by the next run, or now by `opkoers"
        " deliver`."
    )
    assert deliver(configure(port, "a@clinic.example")).words == "1 mailed"


def test_nobody_listens(configure: Configure) -> None:
    (told,) = sentences(configure(free_port(), "a@clinic.example"))
    assert "out of reach" in told


def test_a_certificate_of_another_name_or_authority_is_refused(
    configure: Configure, mailbox: Mailbox, authority: Authority, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "other"
    elsewhere.mkdir()
    for security in ("starttls", "tls"):
        for context in (
            authority.context_for("other.example"),
            Authority(elsewhere).context_for("localhost"),
        ):
            with serving(mailbox, security=security, context=context) as port:
                chosen = f'security = "{security}"'
                (told,) = sentences(configure(port, "a@clinic.example", mail=chosen))
                assert "its certificate cannot be trusted, so nothing was sent" in told
    assert mailbox.got == []


def test_a_refused_login_is_told_without_the_password(
    home: Path, configure: Configure, mailbox: Mailbox, authority: Authority
) -> None:
    (home / "secrets" / "mail.password").write_text("een ander geheim")
    context = authority.context_for("localhost")
    with serving(mailbox, security="starttls", context=context, login=True) as port:
        (told,) = sentences(configure(port, "a@clinic.example", mail=LOGIN))
    assert "it refuses this user and password" in told
    assert "geheim" not in told


def test_a_server_without_tls_gets_neither_password_nor_mail(
    configure: Configure, mailbox: Mailbox, secret: None
) -> None:
    with serving(mailbox, security="none", context=None) as port:
        (first,) = sentences(configure(port, "a@clinic.example", mail=LOGIN))
        (second,) = sentences(
            configure(port, "a@clinic.example", mail='security = "tls"\ntries = 1')
        )
    assert "it does not offer what [mail] asks for" in first
    assert "it does not speak TLS as asked for" in second
    assert mailbox.got == []


def test_a_missing_file_of_certificates_is_told(home: Path, configure: Configure) -> None:
    configure(1, "a@clinic.example")
    text = (home / "opkoers.toml").read_text()
    (home / "opkoers.toml").write_text(re.sub(r"authority\.pem", "nowhere.pem", text))
    from flows.settings import load_settings

    (told,) = sentences(load_settings(home))
    assert "nowhere.pem: there is no file of certificates here. Mend [mail] certificates." in told


def test_killed_between_sending_and_remembering_it_comes_twice_under_one_id(
    configure: Configure, mailbox: Mailbox, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configure(port, "a@clinic.example", "b@clinic.example")

    def killed(*_: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(Memory, "end", killed)
        with pytest.raises(SystemExit):
            deliver(settings)
    deliver(settings)
    deliver(settings)
    assert mailbox.recipients() == ["a@clinic.example", "a@clinic.example", "b@clinic.example"]
    ids = [message["Message-ID"] for _, message, _ in mailbox.got]
    assert ids[0] == ids[1] != ids[2]


def test_what_was_delivered_is_private(configure: Configure, port: int) -> None:
    from flows.home import be_private

    be_private()
    settings = configure(port, "a@clinic.example")
    deliver(settings)
    assert settings.deliveries.stat().st_mode & 0o077 == 0
    with memory_module.opened(settings.deliveries) as kept:
        states = [known.state for known in kept.everything().values()]
    assert states == [State.SENT]


@pytest.mark.parametrize(
    ("clinic", "shown"),
    [
        ("een\r\nBcc: x@y.example", "een  Bcc: x@y.example"),
        ("מרפאה", "מרפאה"),
        ("kliniek 🌷 \u202egnirp", "kliniek 🌷  gnirp"),
        ("<b>&\"'", "<b>&\"'"),
        ("k" * 200, "k" * 80 + "…"),
    ],
)
def test_any_name_of_a_clinic_stays_a_name(
    clinic: str, shown: str, home: Path, configure: Configure, mailbox: Mailbox, port: int
) -> None:
    from flows.publishing.folders import folder_names

    settings = configure(port, "a@clinic.example")
    recipient = settings.mail.recipient[0].model_copy(update={"clinic": clinic})
    mail = settings.mail.model_copy(update={"recipient": (recipient,)})
    write_report(home, clinic, folder=folder_names([clinic])[clinic])

    done = deliver(settings.model_copy(update={"mail": mail}))

    assert done.words == "1 mailed"
    ((recipient_address, message, _),) = mailbox.got
    assert recipient_address == "a@clinic.example"
    assert message["Bcc"] is None
    assert message["Subject"] == f"Op koers: rapport van week 2026-W47, {shown}"
    assert "<b>" not in html_of(message)


def test_nobody_asked_or_nothing_to_send(home: Path, configure: Configure, port: int) -> None:
    from flows.settings import load_settings

    (home / "opkoers.toml").write_text("")
    assert deliver(load_settings(home)).words == "nobody asked for mail or a copy"
    settings = configure(port, "a@clinic.example")
    shutil.rmtree(home / "reports")
    assert deliver(settings).words == "no report to deliver"
