from customers.filters import PlanFilter
from customers.models import Plan
from customers.serializers import PlanSerializer
from fluxrate.api.viewsets import OwnedViewSet


class PlanViewSet(OwnedViewSet):
    scope = "subscriptions"
    queryset = Plan.objects.all()
    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    ordering_fields = ["name", "lookup_id", "created_at", "updated_at"]
