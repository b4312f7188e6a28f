from django.apps import AppConfig

from myfone.kernel import home


class TelephonyConfig(AppConfig):
    name = "telephony"
    label = "telephony"

    def ready(self) -> None:
        # Mails are worded by the kernel, which knows no customer.
        from telephony.selectors.profiles import home_of

        home.told_by(home_of)
