from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "myfone.web"
    label = "web"
