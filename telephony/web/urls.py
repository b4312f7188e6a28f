"""Addresses of telephony's own pages."""

from django.urls import path

from telephony.web import contact_imports, contacts

urlpatterns = [
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
