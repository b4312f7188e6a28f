from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "myfone.accounts"
    label = "accounts"
