from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "myfone.tenancy"
    label = "tenancy"
