from django.urls import URLPattern, URLResolver, path

from provisioning.web import help, mobile, move, people, skype

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/skype-for-business/", skype.account, name="settings_skype"),
    path("settings/skype-for-business/password/", skype.password, name="settings_skype_password"),
    path("settings/skype-for-business/forgotten/", skype.forgotten, name="settings_skype_forgotten"),
    path("settings/skype-for-business/mobile/", mobile.mobile, name="settings_skype_mobile"),
    path("m/<str:token>.xml", mobile.mobile_file, name="mobile_file"),
    path("settings/skype-for-business/disconnect/", skype.disconnect, name="settings_skype_disconnect"),
    path("company/skype-for-business/", people.company, name="company_skype"),
    path(
        "company/skype-for-business/employees.<str:kind>",
        people.company_export,
        name="company_skype_export",
    ),
    path("company/skype-for-business/remind/", people.company_remind, name="company_skype_remind"),
    path("company/skype-for-business/passwords/", people.company_policy, name="company_skype_policy"),
    path("contacts/move/", move.move, name="contacts_move"),
    path("help/", help.index, name="help"),
    path("help/headsets/", help.headsets, name="headsets"),
    path("help/<slug:slug>.pdf", help.printed, name="guide_pdf"),
    path("help/<slug:slug>/", help.show, name="guide"),
]
