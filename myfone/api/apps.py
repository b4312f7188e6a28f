from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "myfone.api"
    label = "api"
