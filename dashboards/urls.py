"""Every address there is. Who may open it stands in `access.py`; unlisted there is refused."""

from django.contrib.auth.decorators import login_not_required
from django.urls import path
from django.views.i18n import set_language

from dashboards.accounts import demo, provider_sign_in, sign_in, sign_out
from dashboards.pages import (
    administration,
    alert_list,
    alerts,
    break_glass,
    caseload,
    chapter,
    decisions,
    evaluation,
    goals,
    intervision,
    leave,
    marks,
    overdue,
    own_account,
    patient,
    patient_view,
    practice_goal_changes,
    progress,
    protection,
    quality,
    quality_data,
    quality_indicator,
    quality_loop,
    quality_report,
    quality_table,
    sharing,
    shrinkage,
    week,
    zone_consent,
)

urlpatterns = [
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-in/code", sign_in.sign_in_code, name="sign_in_code"),
    path("sign-in/enrol", sign_in.sign_in_enrol, name="sign_in_enrol"),
    path("sign-in/demo", demo.demo_picker, name="sign_in_demo"),
    path("sign-in/provider", provider_sign_in.to_provider, name="sign_in_provider"),
    path("sign-in/provider/back", provider_sign_in.from_provider, name="sign_in_provider_back"),
    path("sign-out", sign_out.sign_out, name="sign_out"),
    path("language", login_not_required(set_language), name="language"),
    path("", alert_list.alert_list, name="alerts"),
    path("alerts/<str:alert_id>", alerts.alert_page, name="alert"),
    path("alerts/<str:alert_id>/seen", alerts.alert_seen, name="alert_seen"),
    path("alerts/<str:alert_id>/answer", alerts.alert_answer, name="alert_answer"),
    path("alerts/<str:alert_id>/undo", alerts.alert_undo, name="alert_undo"),
    path("alerts/<str:alert_id>/note", alerts.alert_note, name="alert_note"),
    path("week", week.week_page, name="week"),
    path("week/<str:week>/<str:name>", week.week_file, name="week_file"),
    path("overdue", overdue.overdue_list, name="overdue"),
    path("patients", caseload.caseload_page, name="caseload"),
    path("find-patient", caseload.find_patient, name="find_patient"),
    # A clinic's own ids may hold a slash.
    path("patients/<path:patient_id>/who-looked", patient.who_looked_page, name="who_looked"),
    path("patients/<path:patient_id>/share", sharing.share_patient, name="share"),
    path(
        "patients/<path:patient_id>/stop-sharing", sharing.stop_sharing_patient, name="stop_sharing"
    ),
    path("patients/<path:patient_id>/together", patient_view.patient_view, name="patient_view"),
    path("patients/<path:patient_id>/goals", goals.goals_page, name="goals"),
    path("patients/<path:patient_id>/goals/set", goals.goal_set, name="goal_set"),
    path("patients/<path:patient_id>/goals/close", goals.goal_close, name="goal_close"),
    path("patients/<path:patient_id>/evaluation", evaluation.evaluation_page, name="evaluation"),
    path(
        "patients/<path:patient_id>/evaluation/plan", goals.evaluation_plan, name="evaluation_plan"
    ),
    path(
        "patients/<path:patient_id>/evaluation/hold", goals.evaluation_hold, name="evaluation_hold"
    ),
    path("patients/<path:patient_id>/marks/set", marks.mark_set, name="mark_set"),
    path("patients/<path:patient_id>/marks/remove", marks.mark_remove, name="mark_remove"),
    path("patients/<path:patient_id>/leaving", patient.leaving, name="leaving"),
    path("patients/<path:patient_id>", patient.patient_page, name="patient"),
    path("progress", progress.progress_page, name="progress"),
    path(
        "progress/goals/set",
        practice_goal_changes.practice_goal_set,
        name="practice_goal_set",
    ),
    path(
        "progress/goals/close",
        practice_goal_changes.practice_goal_close,
        name="practice_goal_close",
    ),
    path(
        "progress/goals/remove",
        practice_goal_changes.practice_goal_remove,
        name="practice_goal_remove",
    ),
    path("progress/intervision", intervision.intervision_page, name="intervision"),
    path("progress/intervision/add", intervision.intervision_add, name="intervision_add"),
    path("progress/intervision/remove", intervision.intervision_remove, name="intervision_remove"),
    path("progress/consent", zone_consent.zone_consent, name="zone_consent"),
    path("progress/supervisees", zone_consent.supervisees_page, name="supervisees"),
    path(
        "progress/supervisees/consent", zone_consent.supervisee_consent, name="supervisee_consent"
    ),
    path("break-glass", break_glass.break_glass, name="break_glass"),
    path("leave", leave.leave, name="leave"),
    path("leave/end", leave.leave_end, name="leave_end"),
    path("account", own_account.own_account, name="account"),
    path("account/password", own_account.change_password, name="change_password"),
    path("account/end-sessions", own_account.end_sessions, name="end_sessions"),
    path("quality", quality.quality_page, name="quality"),
    path("quality/indicators", quality_indicator.indicator_list, name="quality_indicators"),
    path(
        "quality/indicators/<slug:indicator>",
        quality_indicator.indicator_page,
        name="quality_indicator",
    ),
    path("quality/alerts", quality_loop.loop_page, name="quality_loop"),
    path("quality/data", quality_data.data_page, name="quality_data"),
    path("quality/data/close", quality_data.question_closed, name="quality_question_close"),
    path("quality/tables/<slug:table>.csv", quality_table.table_file, name="quality_table"),
    path(
        "quality/reports/<str:quarter>/<str:name>",
        quality_report.audit_report_file,
        name="quality_report",
    ),
    path("protection", protection.protection_page, name="protection"),
    path("accounts", administration.accounts_page, name="accounts"),
    path("settings", administration.settings_page, name="settings"),
    path("help", decisions.how_op_koers_decides, name="help"),
    path("help/therapist-results", shrinkage.therapist_results, name="therapist_results"),
    path("help/rules/<slug:chapter>", chapter.rule_in_examples, name="help_chapter"),
]

handler400 = "dashboards.pages.trouble.bad_request"
handler403 = "dashboards.pages.trouble.refused"
handler404 = "dashboards.pages.trouble.not_found"
handler500 = "dashboards.pages.trouble.broken"
