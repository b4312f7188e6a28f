from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebConfig(AppConfig):
    """The portal's shell: frame, navigation, today page, settings, error pages."""

    name = "myfone.web"
    label = "web"
    verbose_name = _("Portal")
