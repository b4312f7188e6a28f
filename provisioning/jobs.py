"""Take jobs and hand them to services."""

from __future__ import annotations

from myfone.kernel import clock
from myfone.kernel.jobs import Again, job
from myfone.kernel.models import Job
from myfone.kernel.nightly import every_night
from myfone.tenancy.actor import Actor
from provisioning.services import certificates


@job(certificates.NIGHT)
def certificates_tonight(job: Job) -> Again | None:
    """Plan tonight's certificates (G15); each has a job of its own."""
    certificates.tonight(at=clock.now())
    return None


# Half past one exists once in every night of the year; between two and three it does not.
every_night(certificates.NIGHT, hour=1, minute=30)


@job(certificates.JOB, attempts=60)
def certificate(job: Job) -> Again | None:
    """Go on with one certificate from the step that it has reached."""
    assert job.customer_id is not None
    actor = Actor.system(job.customer_id, doing="certificate")
    at = certificates.pursue(actor=actor, certificate_id=job.ids["certificate"])
    return Again(at) if at else None
