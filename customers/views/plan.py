from customers.filters import PlanFilter
from customers.models import Plan
from customers.serializers import PlanSerializer
from fluxrate.api.shapes import ShapedViewSet


class PlanViewSet(ShapedViewSet):
    scope = "subscriptions"
    queryset = Plan.objects.all()
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    ordering_fields = ["name", "lookup_id", "created_at", "updated_at"]
