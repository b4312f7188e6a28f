from django.urls import URLPattern, URLResolver, path

from provisioning.web import help, skype

urlpatterns: list[URLPattern | URLResolver] = [
    path("settings/skype-for-business/", skype.account, name="settings_skype"),
    path("settings/skype-for-business/password/", skype.password, name="settings_skype_password"),
    path("settings/skype-for-business/forgotten/", skype.forgotten, name="settings_skype_forgotten"),
    path("settings/skype-for-business/disconnect/", skype.disconnect, name="settings_skype_disconnect"),
    path("help/", help.index, name="help"),
    path("help/headsets/", help.headsets, name="headsets"),
    path("help/<slug:slug>/", help.show, name="guide"),
]
