"""An operation of the OpenAPI document, derived from its view.

Its method, path and serializers decide its operationId, summary (the docstring's first
line), error responses and headers. Examples stand at the serializers (`example`), the
description of a tag at one of its views (`tag_description`).
"""

import copy
import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from drf_spectacular.utils import OpenApiExample
from rest_framework.permissions import SAFE_METHODS

from fluxrate.api.permissions import HasScope
from fluxrate.api.serializers import StrictSerializer

from . import problems
from .components import Node
from .document import TAG_DESCRIPTION, header
from .operation_ids import operation_id, singular
from .parameters import describe, description_of

METHODS_WITH_BODY = {"POST", "PUT", "PATCH"}
METHODS_OF_CHANGE = {"PUT", "PATCH", "DELETE"}
DESCRIPTIONS = {200: "OK.", 201: "Created.", 202: "Accepted.", 204: "No content."}
STATUSES_OF_EVERY_OPERATION = {400, 406, 429, 503}
# `fields` is not a parameter of the document: a response without some members does not
# match the schemas, which require them.
FIELDS = (
    "`fields=name,email` reduces the response to these members and `id`, for programs "
    "without generated types."
)
TITLES = {
    "list": "List {nouns}",
    "create": "Create {a} {noun}",
    "retrieve": "Read {a} {noun}",
    "update": "Change {a} {noun}",
    "partial_update": "Change {a} {noun}",
    "destroy": "Delete {a} {noun}",
}


class Schema(AutoSchema):
    """A view may add statuses of its own: `extra_error_statuses`."""

    method: str
    path: str
    view: Any
    registry: Any

    def get_operation(self, *args: Any) -> Node | None:
        operation: Node | None = super().get_operation(*args)
        if operation is None:
            return None
        # Without it, the document's own security would apply.
        operation.setdefault("security", [])
        responses = operation["responses"]
        for status, response in responses.items():
            response.setdefault("headers", {}).update(self._headers(int(status)))
            description = response.get("description")
            response["description"] = description or DESCRIPTIONS[int(status)]
        noun = singular(self._tokenize_path()[0])
        for parameter in operation.get("parameters", []):
            describe(parameter, self.view, noun)
        if parameters := [*operation.get("parameters", []), *self._request_headers()]:
            operation["parameters"] = parameters
        for status in sorted(self._error_statuses() | {int(s) for s in responses}):
            if status in problems.DESCRIPTIONS:
                reference = f"#/components/responses/{problems.name(status)}"
                responses[str(status)] = {"$ref": reference}
        operation["responses"] = dict(sorted(responses.items()))
        if codes := self._conflicts():
            operation["x-conflict-codes"] = codes
        if codes := self._unprocessable():
            operation["x-unprocessable-codes"] = codes
        if description := vars(type(self.view)).get("tag_description"):
            operation[TAG_DESCRIPTION] = description
        return operation

    def get_operation_id(self) -> str:
        lookup = getattr(self.view, "lookup_field", "pk")
        return operation_id(
            self._tokenize_path(),
            getattr(self.view, "action", None) or "",
            self.method,
            lookup if f"{{{lookup}}}" in self.path else "",
        )

    def is_deprecated(self) -> bool:
        return bool(super().is_deprecated() or self._deprecation())

    def _deprecation(self) -> object:
        action = getattr(self.view, "action", None) or self.method.lower()
        return getattr(self.view, "deprecations", {}).get(action)

    def get_tags(self) -> list[str]:
        return self._tokenize_path()[:1]

    def get_summary(self) -> str | None:
        """The docstring's first line, or a title such as “List customers”."""
        action = getattr(self.view, "action", None)
        if summary := super().get_summary() or self._docstring()[0]:
            return summary
        if action not in TITLES:
            return None
        meta = self.view.queryset.model._meta
        noun, nouns = str(meta.verbose_name), str(meta.verbose_name_plural)
        return TITLES[action].format(a=_article(noun), noun=noun, nouns=nouns)

    def get_description(self) -> str:  # type: ignore[override]
        """The docstring beyond its first line, and what the caller needs."""
        paragraphs = [self._docstring()[1], " ".join(self._requirements())]
        if self.method == "PUT" and getattr(self.view, "action", "") == "update":
            paragraphs.insert(0, "PUT does what PATCH does: other fields stay.")
        if "fields" in self._sparse_choices():
            paragraphs.append(FIELDS)
        if codes := ", ".join(f"`{code}`" for code in self._conflicts()):
            paragraphs.append(f"Conflicts (409): {codes}.")
        if codes := ", ".join(f"`{code}`" for code in self._unprocessable()):
            paragraphs.append(f"Bad values (422): {codes}.")
        return "\n\n".join(filter(None, paragraphs))

    def get_auth(self) -> list[dict[str, list[str]]]:
        """A requirement for each of the `security_schemes` of the authenticators."""
        requirements: list[dict[str, list[str]]] = []
        scope = self._scope()
        schemes = [
            (authenticator, name, definition)
            for authenticator in self.view.get_authenticators()
            if not scope or authenticator.requirement(scope)
            for name, definition in authenticator.security_schemes.items()
        ]
        for authenticator, name, definition in schemes:
            self.registry.register_on_missing(
                ResolvedComponent(
                    name=name,
                    type=ResolvedComponent.SECURITY_SCHEMA,
                    object=type(authenticator),
                    schema=definition,
                )
            )
            requirements.append({name: []})
        return requirements

    def _scope(self) -> str:
        """The scope that HasScope requires, or the empty string."""
        permissions = self.view.get_permissions()
        if not any(isinstance(each, HasScope) for each in permissions):
            return ""
        scope = getattr(self.view, "scope", None)
        access = "read" if self.method in SAFE_METHODS else "write"
        return f"{scope}.{access}" if scope else ""

    def _requirements(self) -> list[str]:
        scope = self._scope()
        callers = self.view.get_authenticators() if scope else ()
        sentences = [each.requirement(scope) for each in callers]
        others = (
            getattr(each, "requirement", "") for each in self.view.get_permissions()
        )
        return [
            *(sentence or "Not for API keys." for sentence in sentences),
            *filter(None, others),
        ]

    def get_override_parameters(self) -> list[Any]:
        """`sparse_parameters` of a view adds the parameters that shape its response."""
        parameters = getattr(self.view, "sparse_parameters", None)
        return super().get_override_parameters() + (parameters() if parameters else [])

    def _get_examples(
        self,
        serializer: object,
        direction: str,
        media_type: str,
        status_code: str | None = None,
        extras: list[OpenApiExample] | None = None,
    ) -> Node:
        serializer = force_instance(serializer)
        example = getattr(serializer, "example", None)
        if example is not None and not extras:
            if direction == "request":
                example = _without_read_only(serializer, example)
            extras = [OpenApiExample("Example", value=example)]
        examples: Node = super()._get_examples(
            serializer, direction, media_type, status_code, extras
        )
        return examples

    def _map_basic_serializer(self, serializer: object, direction: str) -> Node:
        schema: Node = super()._map_basic_serializer(serializer, direction)
        if "__doc__" not in vars(type(serializer)) or not type(serializer).__doc__:
            schema.pop("description", None)
        if direction == "request" and isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        if direction == "response":
            optional = getattr(serializer, "only_in_some_responses", ())
            required = [name for name in schema["properties"] if name not in optional]
            schema["required"] = sorted(required)
        return schema

    def _map_serializer_field(
        self, field: object, direction: str, *args: object, **options: object
    ) -> Node:
        """The class of a field may add to its schema: `openapi`, `openapi_response`."""
        schema: Node = super()._map_serializer_field(field, direction, *args, **options)
        if "$ref" in schema:
            return schema
        own = getattr(field, "openapi", {})
        in_response = getattr(field, f"openapi_{direction}", {})
        return schema | own | in_response

    def _get_serializer_field_meta(self, field: object, direction: str) -> Node:
        """An optional text may be empty, which means null. The description states a
        default: with `default`, some generated clients always send the field.
        """
        meta: Node = super()._get_serializer_field_meta(field, direction)
        if "description" not in meta and (text := description_of(field)):
            meta["description"] = text
        if meta.get("nullable"):
            meta.pop("minLength", None)
        if "default" in meta:
            default = f"`{json.dumps(meta.pop('default'))}` by default."
            meta["description"] = f"{meta.get('description', '')} {default}".strip()
        return meta

    def _get_request_for_media_type(
        self, serializer: object, direction: str = "request"
    ) -> tuple[Node, bool]:
        """PUT changes the fields in the body, as PATCH does."""
        if self.method == "PUT" and isinstance(serializer, StrictSerializer):
            serializer = copy.copy(serializer)
            serializer.partial = True
        schema: Node
        schema, required = super()._get_request_for_media_type(serializer, direction)
        return schema, required

    def _sparse_choices(self) -> Mapping[str, object]:
        choices = getattr(self.view, "sparse_choices", None)
        return choices() if choices else {}

    def _docstring(self) -> tuple[str, str]:
        """The first line and the rest of the handler's docstring.

        The docstring of an inherited `list`, `create` … is not about the operation.
        """
        name = getattr(self.view, "action", None) or self.method.lower()
        own = vars(type(self.view)).get(name)
        handler = own if name in TITLES else getattr(self.view, name)
        is_library = getattr(handler, "__module__", "").startswith("rest_framework")
        text = "" if is_library else getattr(handler, "__doc__", None) or ""
        lines = [line.strip() for line in text.strip().splitlines()]
        return (lines[0].rstrip(".") if lines else "", "\n".join(lines[1:]).strip())

    def _error_statuses(self) -> set[int]:
        """The statuses that the operation's method, path and view imply."""
        extra = getattr(self.view, "extra_error_statuses", ())
        statuses = STATUSES_OF_EVERY_OPERATION | set(extra)
        if self.view.get_authenticators():
            statuses |= {401, 403}
        if "{" in self.path:
            statuses.add(404)
        if self.method not in SAFE_METHODS:
            statuses |= {403, 413}
            if hasattr(self.view, "queryset"):
                statuses.add(409)
        if self.method in METHODS_WITH_BODY:
            statuses.add(415)
        if self._is_conditional():
            statuses.add(412)
        if self._conflicts():
            statuses.add(409)
        if self._unprocessable():
            statuses.add(422)
        return statuses

    def _conflicts(self) -> list[str]:
        action = getattr(self.view, "action", None) or self.method.lower()
        confirmed = ("confirmation_required", "preview_stale") * self._is_confirmed()
        return [*getattr(self.view, "conflicts", {}).get(action, ()), *confirmed]

    def _unprocessable(self) -> list[str]:
        action = getattr(self.view, "action", None) or self.method.lower()
        confirmed = ("invalid_confirmation", "confirmation_expired")
        return [
            *["validation_error"] * (self.method in METHODS_WITH_BODY),
            *getattr(self.view, "unprocessable", {}).get(action, ()),
            *confirmed * self._is_confirmed(),
            *["idempotency_key_reused"] * self._is_idempotent(),
        ]

    def _is_confirmed(self) -> bool:
        """Whether the operation takes the token of a preview."""
        name = getattr(self.view, "action", None) or self.method.lower()
        return "confirm" in getattr(self.view, "extra_parameters", {}).get(name, ())

    def _is_conditional(self) -> bool:
        """Whether the operation changes one object that has a revision."""
        model = getattr(getattr(self.view, "queryset", None), "model", None)
        has_revision = "{" in self.path and hasattr(model, "revision")
        return has_revision and self.method in METHODS_OF_CHANGE

    def _request_headers(self) -> list[dict[str, str]]:
        names = []
        if self._is_conditional():
            names.append("If-Match")
        if self._takes_reason():
            names.append("X-Change-Reason")
        if self._is_idempotent():
            names.append("Idempotency-Key")
        return [{"$ref": f"#/components/parameters/{name}"} for name in names]

    def _takes_reason(self) -> bool:
        writes = self.method not in SAFE_METHODS and hasattr(self.view, "queryset")
        takes_reason = writes and getattr(self.view, "takes_reason", True)
        return takes_reason and bool(self.view.get_authenticators())

    def _is_idempotent(self) -> bool:
        is_post = self.method == "POST" and bool(self.view.get_authenticators())
        return is_post and getattr(self.view, "supports_idempotency", True)

    def _headers(self, status: int) -> dict[str, dict[str, str]]:
        names = ["X-Request-ID"]
        if self.view.get_authenticators():
            names += ["RateLimit", "RateLimit-Policy"]
        if self._deprecation():
            names += ["Deprecation", "Sunset"]
        if self._is_idempotent():
            names.append("Idempotency-Replayed")
        if status == 201 and hasattr(self.view, "queryset"):
            names.append("Location")
        if status == 200 and self._is_list_view():
            names.append("Link")
        if status == 204 and self._is_confirmed():
            names += ["Deletion-Id", "Link"]
        return {name: header(name) for name in names}


def _without_read_only(serializer: object, example: Node) -> Node:
    fields = getattr(serializer, "fields", {})
    return {
        name: value
        for name, value in example.items()
        if name not in fields or not fields[name].read_only
    }


def _article(noun: str) -> str:
    return "an" if noun[0].lower() in "aeiou" else "a"
