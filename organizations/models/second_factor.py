"""The second factor of staff: codes of an app (TOTP), and recovery codes.

django-otp has the tables, the algorithm, and the growing wait after wrong codes.
Recovery codes are stored as hashes, as every other secret that is shown once.
"""

import secrets
from base64 import b32encode
from hashlib import sha256
from typing import Literal

from django.db import transaction
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice

from fluxrate.models.event import write_event

from .user import User

RECOVERY_CODES, BYTES, STORED_LENGTH = 10, 10, 16
Kind = Literal["totp", "recovery_code"]


def has_second_factor(user: User) -> bool:
    return bool(TOTPDevice.objects.filter(user=user, confirmed=True).exists())


def unconfirmed_app(user: User) -> TOTPDevice | None:
    """The app that the user is setting up."""
    return TOTPDevice.objects.filter(user=user, confirmed=False).first()


def begin_app(user: User) -> None:
    TOTPDevice.objects.get_or_create(user=user, confirmed=False, name="App")


def cancel_app(user: User) -> None:
    TOTPDevice.objects.filter(user=user, confirmed=False).delete()


@transaction.atomic
def confirm_app(user: User, code: str) -> bool:
    """Whether the code is that of the app, which is the second factor from now on."""
    apps = TOTPDevice.objects.select_for_update().filter(user=user, confirmed=False)
    app = apps.first()
    if app is None or not app.verify_token(code):
        return False
    app.confirmed = True
    app.save()
    write_event("user.second_factor_added", object_id=user.pk)
    return True


@transaction.atomic
def kind_of_code(user: User, code: str) -> Kind | None:
    """What the code is, which does not work again; None for a wrong code."""
    code = code.replace("-", "").replace(" ", "").lower()
    own = {"user": user, "confirmed": True}
    if code.isdecimal():
        apps = TOTPDevice.objects.select_for_update().filter(**own)
        return "totp" if any(app.verify_token(code) for app in apps) else None
    lists = StaticDevice.objects.select_for_update().filter(**own)
    is_valid = any(each.verify_token(_stored(code)) for each in lists)
    return "recovery_code" if is_valid else None


@transaction.atomic
def new_recovery_codes(user: User) -> list[str]:
    """Ten codes, instead of the earlier ones."""
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Recovery codes")
    codes = [_random_code() for _ in range(RECOVERY_CODES)]
    for code in codes:
        device.token_set.create(token=_stored(code.replace("-", "")))
    write_event("user.recovery_codes_replaced", object_id=user.pk)
    return codes


def recovery_codes_left(user: User) -> int:
    devices = StaticDevice.objects.filter(user=user)
    return sum(device.token_set.count() for device in devices)


@transaction.atomic
def remove_second_factor(user: User) -> None:
    TOTPDevice.objects.filter(user=user).delete()
    StaticDevice.objects.filter(user=user).delete()
    write_event("user.second_factor_removed", object_id=user.pk)


def _random_code() -> str:
    text = b32encode(secrets.token_bytes(BYTES)).decode().lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _stored(code: str) -> str:
    return sha256(code.encode("utf-8", "surrogatepass")).hexdigest()[:STORED_LENGTH]
