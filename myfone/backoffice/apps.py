from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "myfone.backoffice"
    label = "backoffice"

    def ready(self) -> None:
        """Fill the site when all models are there."""
        from myfone.backoffice import lists  # noqa: F401
