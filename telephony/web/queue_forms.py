"""What somebody types to make or change a queue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumbers import country_code_for_region

from telephony.models import Music, Queue, QueueHours, Strategy
from telephony.rules import music
from telephony.rules import queues as rules
from telephony.rules.numbers import shown
from telephony.schedule_texts import COUNTRY_NAMES
from telephony.services.queue_music import Upload
from telephony.services.queues import Draft

SHORTEST_NUMBER, LONGEST_NUMBER = 2, 6
LONGEST_NAME = 120
MEGABYTE = 1024 * 1024
_HOURS_HELP = gettext_lazy("For example 8-16, or 8-12, 12.30-16. Empty is closed.")
WHOLE = (
    "ring_seconds",
    "wrap_up_seconds",
    "max_wait_seconds",
    "max_length",
    "goal_seconds",
    "pause_after_missed",
)


def _whole(label: Any, least: int, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=least, max_value=most, help_text=help_text)


def holiday_choices() -> list[tuple[str, Any]]:
    """Return the countries whose public holidays can close a queue."""
    return [("", _("None")), *sorted(COUNTRY_NAMES.items(), key=lambda one: str(one[1]).casefold())]


class MusicForm(forms.Form):
    """What callers of a queue hear who wait."""

    music = forms.ChoiceField(
        label=gettext_lazy("Who waits hears"), choices=Music.choices, widget=forms.RadioSelect
    )
    file = forms.FileField(
        label=gettext_lazy("File of your own"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".wav,audio/wav,audio/x-wav"}),
    )

    def __init__(self, *args: Any, queue: Queue | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].help_text = _own_file(queue)

    def clean_file(self) -> Upload | None:
        """Read the music."""
        sent = self.cleaned_data.get("file")
        if sent is None:
            return None
        try:
            if sent.size > music.LARGEST:
                raise music.NotMusic("large")
            return Upload(sent.name[-LONGEST_NAME:], music.read(sent.read()))
        except music.NotMusic as error:
            raise forms.ValidationError(_why_not(error.code)) from error


class QueueForm(MusicForm):
    """All of a queue but who takes its calls. Opening hours are seven lines, and count where `hours` is "some"."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    number = forms.CharField(
        label=gettext_lazy("Local number"),
        max_length=LONGEST_NUMBER,
        validators=[
            RegexValidator(
                rf"^[1-9][0-9]{{{SHORTEST_NUMBER - 1},{LONGEST_NUMBER - 1}}}$",
                gettext_lazy("Write two to six digits that do not begin with 0."),
            )
        ],
        help_text=gettext_lazy("What colleagues dial to reach the queue."),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    strategy = forms.ChoiceField(
        label=gettext_lazy("Who is rung first"), choices=Strategy.choices, widget=forms.RadioSelect
    )
    ring_seconds = _whole(
        gettext_lazy("Seconds that a phone rings"), rules.SHORTEST_RING, rules.LONGEST_RING,
        gettext_lazy("Then the next one who is free is rung."),
    )  # fmt: skip
    wrap_up_seconds = _whole(gettext_lazy("Seconds of rest after a call"), 0, rules.LONGEST_WRAP_UP)
    pause_after_missed = _whole(
        gettext_lazy("Pause after so many times not answered"), 0, 20,
        gettext_lazy(
            "Whoever’s phone rang so many times in a row and was not answered is paused, also when it was the same"
            " caller each time. 0 is never."
        ),
    )  # fmt: skip
    goal_seconds = _whole(
        gettext_lazy("Goal: answered within seconds"), 5, 600, gettext_lazy("The figures count by it.")
    )
    max_wait_seconds = _whole(
        gettext_lazy("Longest wait in seconds"), rules.SHORTEST_WAIT, rules.LONGEST_WAIT,
        gettext_lazy("Then the call goes on."),
    )  # fmt: skip
    max_length = _whole(gettext_lazy("Most callers that wait"), 1, rules.MOST_WAITING)
    overflow = forms.CharField(
        label=gettext_lazy("Calls that nobody takes go on to"), max_length=40, required=False
    )
    closed_to = forms.CharField(
        label=gettext_lazy("Calls outside the opening hours go on to"), max_length=40, required=False
    )
    hours = forms.ChoiceField(
        label=gettext_lazy("Opening hours"),
        choices=(("always", gettext_lazy("Always open")), ("some", gettext_lazy("Open at these times"))),
        widget=forms.RadioSelect,
    )

    holidays_of = forms.ChoiceField(
        label=gettext_lazy("Closed on public holidays of"), required=False, choices=holiday_choices
    )

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        queue: Queue | None,
        hours: list[QueueHours],
        country: str,
    ) -> None:
        held = Queue() if queue is None else queue
        by_day = {day: _written(hours, day) for day in range(1, 8)}
        initial = {
            "name": held.name,
            "number": held.extension.number if held.extension else "",
            "strategy": held.strategy,
            "music": held.music,
            "overflow": _shown(held.overflow, country),
            "closed_to": _shown(held.closed_to, country),
            "hours": "some" if hours else "always",
            "holidays_of": held.holidays_of if queue else country if country in COUNTRY_NAMES else "",
            **{field: getattr(held, field) for field in WHOLE},
            **{f"day{day}": text for day, text in by_day.items()},
        }
        super().__init__(data, files, initial=initial, queue=queue)
        where = _(
            "A local number, or a telephone number. Without a country code it is read as one of +%(code)d. Empty: the"
            " call ends."
        ) % {"code": country_code_for_region(country)}
        self.fields["overflow"].help_text = self.fields["closed_to"].help_text = where
        for day in range(1, 8):
            self.fields[f"day{day}"] = forms.CharField(
                label=str(WEEKDAYS[day - 1]).capitalize(),
                required=False,
                max_length=60,
                widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "text"}),
            )

    def clean(self) -> dict[str, Any]:
        """Read the hours of each day."""
        cleaned = super().clean() or {}
        spans: list[rules.Span] = []
        if cleaned.get("hours") == "some":
            for day in range(1, 8):
                try:
                    spans += rules.read_hours(day, cleaned.get(f"day{day}", ""))
                except rules.NotHours as error:
                    said = _("“%(text)s” is no span of time. Write it as 8-16 or 8.30-12, the earlier first.")
                    self.add_error(f"day{day}", said % {"text": error})
            if not spans and not self.errors:
                self.add_error("hours", _("Write when the queue is open, or let it always be open."))
        cleaned["spans"] = tuple(spans)
        return cleaned

    def draft(self) -> Draft:
        """Return what the form says."""
        said = self.cleaned_data
        return Draft(
            name=" ".join(said["name"].split()),
            number=said["number"],
            strategy=said["strategy"],
            overflow=said["overflow"].strip(),
            closed_to=said["closed_to"].strip(),
            hours=said["spans"],
            # Whoever sends a file wants it heard.
            music=Music.OWN if said["file"] else said["music"],
            file=said["file"],
            # What is always open is open on public holidays.
            holidays_of=said["holidays_of"] if said["hours"] == "some" else "",
            **{field: said[field] for field in WHOLE},
        )

    @property
    def groups(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """Return the parts of the form: an id, a heading, the fields."""
        days = [f"day{day}" for day in range(1, 8)]
        parts = (
            ("what", _("The queue"), ["name", "number"]),
            ("who", _("Whom a call rings"), ["strategy", *WHOLE[:2], "pause_after_missed"]),
            ("wait", _("Waiting"), ["max_wait_seconds", "max_length", "goal_seconds", "overflow"]),
            ("music", _("Music"), ["music", "file"]),
            ("open", _("Opening hours"), ["hours", *days, "holidays_of", "closed_to"]),
        )
        return [(id, heading, [self[name] for name in names]) for id, heading, names in parts]

    hours_help = _HOURS_HELP


def _own_file(queue: Queue | None) -> str:
    """Say what file there is, and what one may be."""
    may_be = _(
        "A WAV file of at most %(megabytes)d MB and %(minutes)d minutes. It begins anew for each caller."
    ) % {
        "megabytes": music.LARGEST // MEGABYTE,
        "minutes": music.LONGEST // 60,
    }
    held = getattr(queue, "file", None) if queue else None
    if held is None:
        return may_be
    minutes, seconds = divmod(held.seconds, 60)
    there = _("There is %(name)s (%(length)s); a new file takes its place.")
    return f"{there % {'name': held.name, 'length': f'{minutes}:{seconds:02d}'}} {may_be}"


def _why_not(code: str) -> str:
    """Say why a file cannot be played, and what to do."""
    return {
        "large": _(
            "The file is larger than %(megabytes)d MB. Save it with one channel and 8000 samples a second."
        )
        % {"megabytes": music.LARGEST // MEGABYTE},
        "long": _(
            "The music is longer than %(minutes)d minutes. Make it shorter: it is played over and over."
        )
        % {"minutes": music.LONGEST // 60},
        "short": _("There is less than a second of sound in the file. Choose another."),
        "silent": _("Nothing can be heard in the file. Choose another."),
    }.get(
        code, _("This is no WAV file that can be read. Save the music as WAV (PCM), not MP3, and send that.")
    )


def _written(hours: list[QueueHours], day: int) -> str:
    return rules.written([rules.Span(day, row.opens, row.closes) for row in hours if row.weekday == day])


def _shown(number: str, country: str) -> str:
    return shown(number, country) if number.startswith("+") else number
