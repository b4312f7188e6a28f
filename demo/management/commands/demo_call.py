"""Let demo phones ring through the real switch, so that a newcomer sees a call in the portal."""

from contextlib import ExitStack
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import override

from demo.calling import CannotCall, Floor
from myfone.kernel import clock


class Command(BaseCommand):
    help = (
        "Sign the demo's phones in at the switch of script/server and let one call. "
        "Without options somebody outside calls the queue Support, hears its music, and Line or Anders answers."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--from", dest="caller", default="outside", help="outside, or a local number")
        parser.add_argument(
            "--to",
            default="+4569142440",
            help="what is dialled: from outside a direct number such as +4569142403; "
            "a colleague also dials local numbers, 112 and codes, such as --from 203 --to 204",
        )
        parser.add_argument("--answer", type=float, default=6.0, help="seconds until a phone answers")
        parser.add_argument("--seconds", type=float, default=20.0, help="how long they talk")
        parser.add_argument(
            "--stay", action="store_true", help="make no call: phones answer what rings, until Ctrl-C"
        )

    def handle(
        self, *args: Any, caller: str, to: str, answer: float, seconds: float, stay: bool, **options: Any
    ) -> None:
        with ExitStack() as closing:
            try:
                floor = Floor(closing, self.say, answers_after=answer)
                if stay:
                    self.say("The phones wait for calls. Ctrl-C switches them off.")
                    floor.stay()
                was_up = floor.call(caller, to, seconds=seconds)
                with override("en"):
                    why = "" if was_up else floor.why_not(caller, to)
            except CannotCall as error:
                raise CommandError(str(error)) from error
            except KeyboardInterrupt:
                return
        if not was_up:
            raise CommandError(f"Nobody was rung: {why}." if why else "Nobody answered.")

    def say(self, text: str) -> None:
        """Write a line with the time."""
        self.stdout.write(f"{timezone.localtime(clock.now()):%H:%M:%S}  {text}")
        self.stdout.flush()
