"""Settings come from the environment; a bad value is refused in a sentence."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from fluxrate.config import environment, production

LONG = "0123456789abcdefghij" * 3


@pytest.fixture
def setenv(monkeypatch):
    return lambda **values: [monkeypatch.setenv(*item) for item in values.items()]


def test_a_secret_may_be_in_a_file(setenv, tmp_path):
    (tmp_path / "key").write_text(f"{LONG}\n")
    setenv(X_KEY_FILE=str(tmp_path / "key"), X_KEY="the file wins")
    assert environment.secret("X_KEY") == LONG


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda: environment.integer("X", 1, minimum=1, maximum=9), "abc"),
        (lambda: environment.integer("X", 1, minimum=1, maximum=9), "10"),
        (lambda: environment.integer("X", 1, minimum=1, maximum=9), "-1"),
        (lambda: environment.integer("X", 1, minimum=1, maximum=9), "²"),
        (lambda: environment.boolean("X", default=False), "maybe"),
        (lambda: environment.choice("X", "local", ("local", "production")), "prod"),
        (lambda: environment.origins("X"), "*"),
        (lambda: environment.origins("X"), "null"),
        (lambda: environment.origins("X"), "app.example.com"),
        (lambda: environment.origins("X"), "https://app.example.com/path"),
        (lambda: environment.origins("X"), "https://user@app.example.com"),
        (lambda: environment.header_names("X"), "*"),
        (lambda: environment.header_names("X"), "x tenant"),
        (lambda: environment.proxies("X"), "ten"),
        (lambda: environment.proxies("X"), "10.0.0.1/8"),
        (lambda: environment.secret("X"), "short"),
        (lambda: environment.previous_secrets("X"), f"{LONG},short"),
    ],
)
def test_a_bad_value_is_told_by_name(setenv, read, value):
    setenv(X=value)
    with pytest.raises(ImproperlyConfigured, match=r"^(X|Each key of X) must "):
        read()


def test_a_secret_that_is_too_short_is_not_shown(setenv):
    setenv(X="hunter2")
    with pytest.raises(ImproperlyConfigured) as refusal:
        environment.secret("X")
    assert "hunter2" not in str(refusal.value)


def test_a_file_that_is_not_there_is_told(setenv):
    setenv(X_FILE="/nowhere/key")
    with pytest.raises(ImproperlyConfigured, match=r"X_FILE names /nowhere/key"):
        environment.env("X")


GOOD = {
    "SECRET_KEY": LONG,
    "JWT_SIGNING_KEY": LONG[::-1],
    "ALLOWED_HOSTS": ["api.example.com"],
    "DEBUG": False,
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY (or SECRET_KEY_FILE) must be set"),
        ({"JWT_SIGNING_KEY": LONG[:40]}, "JWT_SIGNING_KEY (or"),
        ({"JWT_SIGNING_KEY": LONG}, "must differ"),
        ({"ALLOWED_HOSTS": []}, "ALLOWED_HOSTS must name"),
        ({"ALLOWED_HOSTS": ["*"]}, "ALLOWED_HOSTS must name"),
        ({"DEBUG": True}, "DEBUG must be off"),
        ({"EMAIL_HOST": "mail.example.com"}, "PUBLIC_URL must be set"),
    ],
)
def test_production_does_not_start_without(change, words):
    production.require_settings(GOOD)
    with pytest.raises(ImproperlyConfigured) as refusal:
        production.require_settings(GOOD | change)
    assert words in str(refusal.value)


def manage(*arguments: str, **values: str) -> subprocess.CompletedProcess:
    unset = {"SECRET_KEY", "JWT_SIGNING_KEY", "ALLOWED_HOSTS", "HTTPS"}
    inherited = {name: text for name, text in os.environ.items() if name not in unset}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=inherited | values,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_refusal_to_start_is_one_sentence_and_no_traceback():
    refused = manage("check", FLUXRATE_ENV="production")
    assert refused.returncode == 1
    assert refused.stderr.startswith("Error: FLUXRATE_ENV=production needs more:")
    assert "SECRET_KEY" in refused.stderr
    assert "ALLOWED_HOSTS" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_the_deployment_check_is_clean_in_production():
    checked = manage(
        *("check", "--deploy", "--fail-level", "WARNING"),
        *("--tag", "security", "--tag", "urls", "--tag", "models"),
        FLUXRATE_ENV="production",
        SECRET_KEY=LONG,
        JWT_SIGNING_KEY=LONG[::-1],
        ALLOWED_HOSTS="api.example.com",
    )
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_a_link_in_an_email_never_leads_to_a_wildcard_address(host):
    assert environment.local_url(host, 8000) in {
        "http://127.0.0.1:8000",
        "http://[::1]:8000",
    }
