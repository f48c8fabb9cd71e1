"""Every address there is. Who may open it stands in `access.py`; unlisted there is refused."""

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path
from django.views.i18n import set_language

from dashboards.pages import alerts, decisions, overdue

urlpatterns = [
    path(
        "sign-in",
        LoginView.as_view(template_name="sign_in.html", redirect_authenticated_user=True),
        name="sign_in",
    ),
    path("sign-out", LogoutView.as_view(), name="sign_out"),
    path("language", login_not_required(set_language), name="language"),
    path("", alerts.alert_list, name="alerts"),
    path("alerts/<str:alert_id>", alerts.alert_page, name="alert"),
    path("alerts/<str:alert_id>/seen", alerts.alert_seen, name="alert_seen"),
    path("alerts/<str:alert_id>/answer", alerts.alert_answer, name="alert_answer"),
    path("alerts/<str:alert_id>/undo", alerts.alert_undo, name="alert_undo"),
    path("overdue", overdue.overdue_list, name="overdue"),
    path("help", decisions.how_op_koers_decides, name="help"),
]

handler400 = "dashboards.pages.trouble.bad_request"
handler403 = "dashboards.pages.trouble.refused"
handler404 = "dashboards.pages.trouble.not_found"
handler500 = "dashboards.pages.trouble.broken"
