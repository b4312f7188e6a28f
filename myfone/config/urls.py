"""Every address of the product."""

from django.conf import settings
from django.urls import include, path

from myfone.backoffice.site import site
from myfone.kernel import health
from myfone.live.views import snapshot

handler400 = "myfone.web.errors.bad_request"
handler403 = "myfone.web.errors.not_allowed"
handler404 = "myfone.web.errors.not_found"
handler429 = "myfone.web.errors.too_many"
handler500 = "myfone.web.errors.fault"

urlpatterns = [
    path("health", health.health, name="health"),
    path("ready", health.ready, name="ready"),
    path("metrics", health.figures, name="metrics"),
    path("live/", snapshot, name="live"),
    path("", include("myfone.web.urls")),
    path("account/", include("myfone.accounts.urls")),
    path("admin/", include("provisioning.web.admin_urls")),
    path("admin/", include("telephony.web.admin_urls")),
    path("admin/", site.urls),
    path("", include("provisioning.web.urls")),
    path("", include("telephony.web.urls")),
    path("api/", include("myfone.api.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("demo.urls")))
