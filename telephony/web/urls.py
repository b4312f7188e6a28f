"""Addresses of telephony's own pages."""

from django.urls import path

from telephony.web import calls, colleagues, contact_imports, contacts, presence, profiles

urlpatterns = [
    path("presence/", presence.mine, name="presence"),
    path("presence/note/", presence.my_note, name="presence_note"),
    path("presence/undo/", presence.undo, name="presence_undo"),
    path("profiles/", profiles.index, name="profiles"),
    path("profiles/begin/", profiles.begin, name="profiles_begin"),
    path("profiles/undo/", profiles.undo, name="profile_undo"),
    path("profiles/<uuid:profile>/choose/", profiles.choose, name="profile_choose"),
    path("calls/", calls.index, name="calls"),
    path("calls/export.csv", calls.export, name="calls_csv"),
    path("calls/blocked/", calls.blocked, name="calls_blocked"),
    path("calls/blocked/<uuid:blocked>/remove/", calls.let_through, name="calls_let_through"),
    path("calls/<uuid:call>/", calls.show, name="call"),
    path("colleagues/", colleagues.index, name="colleagues"),
    path("colleagues/departments/", colleagues.departments, name="departments"),
    path("colleagues/departments/<uuid:department>/", colleagues.department, name="department"),
    path("colleagues/<uuid:employee>/", colleagues.show, name="colleague"),
    path("colleagues/<uuid:employee>/note/", colleagues.note, name="colleague_note"),
    path("colleagues/<uuid:employee>/undo/", colleagues.undo, name="colleague_undo"),
    path("colleagues/<uuid:employee>/favourite/", colleagues.favourite, name="colleague_favourite"),
    path("colleagues/<uuid:employee>/place/", colleagues.place, name="colleague_place"),
    path("contacts/", contacts.index, name="contacts"),
    path("contacts/new/", contacts.new, name="contact_new"),
    path("contacts/import/", contact_imports.upload, name="contact_import"),
    path("contacts/import/<uuid:batch>/", contact_imports.preview, name="contact_preview"),
    path("contacts/import/<uuid:batch>/confirm/", contact_imports.confirm, name="contact_confirm"),
    path("contacts/import/<uuid:batch>/discard/", contact_imports.discard, name="contact_discard"),
    path("contacts/import/<uuid:batch>/undo/", contact_imports.undo, name="contact_undo"),
    path("contacts/export.vcf", contacts.export, {"kind": "vcf"}, name="contacts_vcf"),
    path("contacts/export.csv", contacts.export, {"kind": "csv"}, name="contacts_csv"),
    path("contacts/<uuid:contact>/", contacts.edit, name="contact"),
    path("contacts/<uuid:contact>/delete/", contacts.delete, name="contact_delete"),
]
