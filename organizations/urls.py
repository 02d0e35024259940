from django.urls import path
from rest_framework.routers import SimpleRouter

from . import views

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("api-keys", views.ApiKeyViewSet)
router.register("invitations", views.InvitationViewSet)

members = views.MembershipViewSet.as_view({"get": "list"})
member = views.MembershipViewSet.as_view(
    {
        "get": "retrieve",
        "put": "update",
        "patch": "partial_update",
        "delete": "destroy",
    }
)
transfer = views.MembershipViewSet.as_view({"post": "transfer_ownership"})
user_organizations = views.UserOrganizationViewSet.as_view({"get": "list"})
reset, confirm_reset = views.PasswordResetView, views.PasswordResetConfirmView

urlpatterns = [
    path("auth/signup", views.SignupView.as_view(), name="signup"),
    path("auth/login", views.LoginView.as_view(), name="login"),
    path("auth/refresh", views.RefreshView.as_view(), name="refresh"),
    path("auth/logout", views.LogoutView.as_view(), name="logout"),
    path("auth/me", views.MeView.as_view(), name="me"),
    path("auth/organizations", user_organizations, name="user-organizations"),
    path("auth/switch", views.SwitchView.as_view(), name="switch"),
    path("auth/password", views.PasswordView.as_view(), name="password"),
    path("auth/password/reset", reset.as_view(), name="reset"),
    path("auth/password/reset/confirm", confirm_reset.as_view(), name="confirm-reset"),
    path("auth/email/confirm", views.EmailConfirmView.as_view(), name="confirm-email"),
    path("auth/email/resend", views.EmailResendView.as_view(), name="resend-email"),
    path("organization", views.OrganizationView.as_view(), name="organization"),
    path(
        "organization/deletion-preview",
        views.OrganizationPreviewView.as_view(),
        name="organization-preview",
    ),
    path("members", members, name="members"),
    path("members/me", views.LeaveView.as_view(), name="leave"),
    path("members/<id:pk>", member, name="member"),
    path("members/<id:pk>/transfer-ownership", transfer, name="transfer"),
    path(
        "invitations/accept",
        views.AcceptInvitationView.as_view(),
        name="accept-invitation",
    ),
    *router.urls,
]
