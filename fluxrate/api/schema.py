"""OpenAPI 3 from the code: what every operation shares."""

from drf_spectacular.openapi import AutoSchema


class Schema(AutoSchema):
    pass
