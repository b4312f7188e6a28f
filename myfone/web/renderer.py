"""How every form of the product is rendered: one field template, one look."""

from __future__ import annotations

from django.forms.renderers import TemplatesSetting


class FormRenderer(TemplatesSetting):
    """Render forms and fields with the design system's templates (settings.FORM_RENDERER)."""

    form_template_name = "components/form.html"
    field_template_name = "components/field.html"
