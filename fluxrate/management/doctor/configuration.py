"""Checks of the settings."""

import os
import smtplib

from django.conf import settings
from django.core.mail import get_connection

from .finding import Finding, Status, ok, warning_if


def environment() -> Finding:
    message = "FLUXRATE_ENV is local. Set it to production where people use the site."
    return warning_if(not settings.PRODUCTION, message, "FLUXRATE_ENV is production.")


def https() -> Finding:
    message = "HTTPS is off: cookies and keys travel in plain text. Set HTTPS=true."
    return warning_if(not settings.HTTPS, message, "HTTPS is required.")


def trusted_proxies() -> Finding:
    message = (
        "TRUSTED_PROXIES is 0 under HTTPS: all callers have the address of the proxy, "
        "and share the limits on passwords. Set the number of proxies."
    )
    is_hidden = settings.HTTPS and not settings.TRUSTED_PROXIES
    return warning_if(is_hidden, message, "The addresses of callers are known.")


def rate_limit() -> Finding:
    message = "RATE_LIMIT is 0: one caller may take all capacity. Set a limit."
    limit = f"{settings.RATE_LIMIT} requests in {settings.RATE_LIMIT_SECONDS} s."
    return warning_if(settings.RATE_LIMIT == 0, message, limit)


def public_url() -> Finding:
    message = f"PUBLIC_URL is not set: links in emails begin with {settings.BASE_URL}."
    is_missing = settings.PRODUCTION and not settings.PUBLIC_URL
    return warning_if(is_missing, message, f"Links begin with {settings.BASE_URL}.")


def email() -> Finding:
    """Log in to the mail server; no email is sent."""
    if not settings.EMAIL_HOST:
        message = "EMAIL_HOST is not set: no password can be reset by email."
        return Finding(Status.WARNING, message)
    try:
        with get_connection():
            return ok("The mail server accepts the login.")
    except (OSError, smtplib.SMTPException) as error:
        reason = f"EMAIL_HOST cannot be used ({type(error).__name__})."
        return Finding(Status.ERROR, reason)


def processes() -> Finding:
    cores, wanted = os.cpu_count() or 1, settings.WEB_CONCURRENCY
    message = f"WEB_CONCURRENCY is {wanted} on {cores} cores: processes share a core."
    return warning_if(wanted > cores, message, f"{wanted} processes on {cores} cores.")
