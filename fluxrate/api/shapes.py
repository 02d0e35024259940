"""What an answer shows: less by `fields=`, more by `include=`."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter

from .parameters import parse_names
from .viewsets import OwnedViewSet

READING = {"list", "retrieve"}
INCLUDE = "Show these members, too; names, repeated or between commas."


class ShapedViewSet(OwnedViewSet):
    """Lists and single reads take `fields`, the members to show, and `include`, some
    of `includes`: members that are shown only where they are asked for.
    """

    includes: tuple[str, ...] = ()
    # What the request names; no chosen fields are all of them.
    chosen: tuple[str, ...] = ()
    included: tuple[str, ...] = ()

    def known_parameters(self) -> set[str]:
        return super().known_parameters() | self.shapes().keys()

    def list_parameters(self) -> set[str]:
        return super().list_parameters() | self.shapes().keys()

    def shapes(self) -> dict[str, tuple[str, ...]]:
        """The parameters that shape this action's answer, with what they may name."""
        if self.action not in READING:
            return {}
        face: Any = self.get_serializer_class()
        named = {"fields": tuple(face.Meta.fields)}
        return named | ({"include": self.includes} if self.includes else {})

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        given = {
            name: parse_names(request.query_params, name, known)
            for name, known in self.shapes().items()
        }
        self.chosen = given.get("fields", ())
        self.included = given.get("include", ())

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        serializer: Any = super().get_serializer(*args, **kwargs)
        if self.chosen:
            # `revision` makes the tag; `tagged` takes it away again.
            kept = {"id", *self.chosen, *self.included}
            kept |= {"revision"} if self.action == "retrieve" else set()
            members = getattr(serializer, "child", serializer).fields
            for name in members.keys() - kept:
                members.pop(name)
        return serializer

    def tagged(self, request: Any, response: Any) -> Any:
        """A tag is the object's revision, whether or not that is among the fields.

        What is included changes without it, so that no tag can vouch for it.
        """
        answer = response if self.included else super().tagged(request, response)
        if self.chosen and "revision" not in self.chosen and answer.data:
            answer.data.pop("revision", None)
        return answer

    def shape_parameters(self) -> list[OpenApiParameter]:
        """For the OpenAPI document, whose schemas `fields` would break."""
        known = self.shapes().get("include", ())
        names = {"type": "array", "items": {"type": "string", "enum": list(known)}}
        return [OpenApiParameter("include", names, description=INCLUDE)] * bool(known)
