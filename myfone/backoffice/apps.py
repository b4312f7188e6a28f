from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "myfone.backoffice"
    label = "backoffice"
