"""OpenAPI 3 from the code: what every operation shares, so that no view repeats it.

A view needs nothing but its serializers. Its method, path and serializers decide its
operationId, its summary (the docstring's first line), the problems it may answer, its
headers and its examples (`example`, a dictionary on the serializer's class). One view
of each tag describes the tag: `tag_description`.
"""

import copy
import json
from collections.abc import Mapping
from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent, force_instance
from drf_spectacular.utils import OpenApiExample
from rest_framework.permissions import SAFE_METHODS

from fluxrate.api.serializers import StrictSerializer

from .document import PROBLEMS, TAG_DESCRIPTION, header

WITH_A_BODY = {"POST", "PUT", "PATCH"}
CHANGING = {"PUT", "PATCH", "DELETE"}
DONE = {200: "OK.", 201: "Created.", 202: "Accepted.", 204: "Done; no body."}
ALWAYS = {400, 406, 429, 503}
# No parameter of the document: what it leaves out is required by the schemas.
FIELDS = (
    "`fields=name,email` shows these members only, and `id`: for programs without "
    "generated types."
)
# The verb of an operation, by DRF's action or by the method of a view without actions.
VERBS = {
    "list": "list",
    "create": "create",
    "retrieve": "retrieve",
    "update": "update",
    "partial_update": "partial_update",
    "destroy": "delete",
    "get": "retrieve",
    "post": "create",
    "put": "update",
    "patch": "partial_update",
    "delete": "delete",
}
TITLES = {
    "list": "List {nouns}",
    "create": "Create {a} {noun}",
    "retrieve": "Read {a} {noun}",
    "update": "Change {a} {noun}",
    "partial_update": "Change {a} {noun}",
    "destroy": "Delete {a} {noun}",
}


class Schema(AutoSchema):
    """A view may add to `extra_error_statuses`: statuses that only it can answer."""

    method: str
    path: str
    view: Any
    registry: Any

    def get_operation(self, *args: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args)
        if operation is None:
            return None
        responses = operation["responses"]
        for status, response in responses.items():
            response.setdefault("headers", {}).update(self._headers(int(status)))
            response["description"] = response.get("description") or DONE[int(status)]
        if parameters := [*operation.get("parameters", []), *self._request_headers()]:
            operation["parameters"] = parameters
        for status in sorted(self._problems() | {int(s) for s in responses}):
            if status in PROBLEMS:
                responses[str(status)] = self._problem(status)
        operation["responses"] = dict(sorted(responses.items()))
        if description := vars(type(self.view)).get("tag_description"):
            operation[TAG_DESCRIPTION] = description
        return operation

    def get_operation_id(self) -> str:
        """The path's words and the verb, such as `customers_list`.

        An action's name is the last word of its path (`subscriptions_cancel`), and so
        is that of a view without actions (`auth_login`). A lookup by another column
        than the key stands at the end (`customers_upsert_by_external_id`).
        """
        words = [word.replace("-", "_") for word in self._tokenize_path()]
        action = getattr(self.view, "action", None)
        lookup = getattr(self.view, "lookup_field", "pk")
        if action and lookup != "pk" and f"{{{lookup}}}" in self.path:
            return f"{words[0]}_{VERBS.get(action, action)}_by_{lookup}"
        if action in VERBS or len(words) == 1:
            words.append(VERBS[action or self.method.lower()])
        return "_".join(words)

    def get_tags(self) -> list[str]:
        return self._tokenize_path()[:1]

    def get_summary(self) -> str | None:
        action = getattr(self.view, "action", None)
        given = super().get_summary()
        if given or action not in TITLES:
            return given or self._docstring()[0]
        meta = self.view.queryset.model._meta
        noun, nouns = str(meta.verbose_name), str(meta.verbose_name_plural)
        return TITLES[action].format(a=_article(noun), noun=noun, nouns=nouns)

    def get_description(self) -> str:  # type: ignore[override]
        """What the docstring says beyond its first line, and the scope."""
        paragraphs = [self._docstring()[1]]
        if scope := getattr(self.view, "scope", None):
            verb = "read" if self.method in SAFE_METHODS else "write"
            paragraphs.append(f"Needs the scope `{scope}.{verb}`.")
        if "fields" in self._shapes():
            paragraphs.append(FIELDS)
        return "\n\n".join(filter(None, paragraphs))

    def get_auth(self) -> list[dict[str, Any]]:
        """One requirement for each of an authenticator's own `security_schemes`."""
        requirements: list[dict[str, Any]] = []
        schemes = [
            (authenticator, name, definition)
            for authenticator in self.view.get_authenticators()
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

    def _get_examples(
        self,
        serializer: Any,
        direction: str,
        media_type: str,
        status_code: str | None = None,
        extras: Any = None,
    ) -> Any:
        serializer = force_instance(serializer)
        example = getattr(serializer, "example", None)
        if example is not None and not extras:
            if direction == "request":
                example = self._writable(serializer, example)
            extras = [OpenApiExample("Example", value=example)]
        return super()._get_examples(
            serializer, direction, media_type, status_code, extras
        )

    def _writable(self, serializer: Any, example: dict[str, Any]) -> dict[str, Any]:
        fields = getattr(serializer, "fields", {})
        return {
            name: value
            for name, value in example.items()
            if name not in fields or not fields[name].read_only
        }

    def _map_basic_serializer(self, serializer: Any, direction: str) -> Any:
        schema = super()._map_basic_serializer(serializer, direction)
        if "__doc__" not in vars(type(serializer)) or not type(serializer).__doc__:
            schema.pop("description", None)
        if direction == "request" and isinstance(serializer, StrictSerializer):
            schema["additionalProperties"] = False
        if direction == "response":
            optional = getattr(serializer, "only_in_some_responses", ())
            always = [name for name in schema["properties"] if name not in optional]
            schema["required"] = sorted(always)
        return schema

    def _shapes(self) -> Mapping[str, Any]:
        shapes = getattr(self.view, "sparse_choices", None)
        return shapes() if shapes else {}

    def get_override_parameters(self) -> list[Any]:
        """A view that lets the caller shape its answers says so itself."""
        shaped = getattr(self.view, "sparse_parameters", None)
        return super().get_override_parameters() + (shaped() if shaped else [])

    def _map_serializer_field(self, field: Any, *args: Any, **options: Any) -> Any:
        """A field's class may add to its schema by `openapi`."""
        schema = super()._map_serializer_field(field, *args, **options)
        return schema if "$ref" in schema else schema | getattr(field, "openapi", {})

    def _get_serializer_field_meta(self, field: Any, direction: str) -> Any:
        """An optional text may be sent empty: that is null. A default stands in the
        words alone: some generators demand the field, others send it unasked.
        """
        meta = super()._get_serializer_field_meta(field, direction)
        if meta.get("nullable"):
            meta.pop("minLength", None)
        if "default" in meta:
            default = f"`{json.dumps(meta.pop('default'))}` where it is absent."
            meta["description"] = f"{meta.get('description', '')} {default}".strip()
        return meta

    def _get_request_for_media_type(
        self, serializer: Any, direction: str = "request"
    ) -> Any:
        """PUT changes the fields it is given, as PATCH does."""
        if self.method == "PUT" and isinstance(serializer, StrictSerializer):
            serializer = copy.copy(serializer)
            serializer.partial = True
        return super()._get_request_for_media_type(serializer, direction)

    def _docstring(self) -> tuple[str, str]:
        """The first line and the rest of what the method says of itself."""
        name = getattr(self.view, "action", None) or self.method.lower()
        handler = getattr(self.view, name)
        text = "" if name in TITLES else (handler.__doc__ or "")
        lines = [line.strip() for line in text.strip().splitlines()]
        return (lines[0].rstrip(".") if lines else "", "\n".join(lines[1:]).strip())

    def _problems(self) -> set[int]:
        """The statuses that the operation's method, path and kind imply."""
        found = ALWAYS | set(getattr(self.view, "extra_error_statuses", ()))
        if self.view.get_authenticators():
            found |= {401, 403}
        if "{" in self.path:
            found.add(404)
        if self.method not in SAFE_METHODS:
            found |= {403, 413}
            if hasattr(self.view, "queryset"):
                found.add(409)
        if self.method in WITH_A_BODY:
            found |= {415, 422}
        if self._is_tagged():
            found.add(412)
        return found

    def _is_tagged(self) -> bool:
        """Whether the operation changes one object that has a revision."""
        model = getattr(getattr(self.view, "queryset", None), "model", None)
        known = "{" in self.path and hasattr(model, "revision")
        return known and self.method in CHANGING

    def _request_headers(self) -> list[dict[str, str]]:
        """The headers that say when, once, and why."""
        names = []
        if self._is_tagged():
            names.append("If-Match")
        if self._takes_reason():
            names.append("X-Change-Reason")
        if self._takes_keys():
            names.append("Idempotency-Key")
        return [{"$ref": f"#/components/parameters/{name}"} for name in names]

    def _takes_reason(self) -> bool:
        writes = self.method not in SAFE_METHODS and hasattr(self.view, "queryset")
        return writes and bool(self.view.get_authenticators())

    def _takes_keys(self) -> bool:
        known = self.method == "POST" and bool(self.view.get_authenticators())
        return known and getattr(self.view, "supports_idempotency", True)

    def _problem(self, status: int) -> dict[str, str]:
        name, _ = PROBLEMS[status]
        return {"$ref": f"#/components/responses/{name}"}

    def _headers(self, status: int) -> dict[str, Any]:
        names = ["X-Request-ID"]
        if self._takes_keys():
            names.append("Idempotency-Replayed")
        if status == 201 and hasattr(self.view, "queryset"):
            names.append("Location")
        if status == 200 and self._is_list_view():
            names.append("Link")
        return {name: header(name) for name in names}


def _article(noun: str) -> str:
    return "an" if noun[0].lower() in "aeiou" else "a"
