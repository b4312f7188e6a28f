"""The REST root: what a signed-in caller may know of themselves."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from myfone.tenancy.actor import Role
from myfone.tenancy.models import Employee


class MeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    email = serializers.EmailField()
    language = serializers.CharField()
    role = serializers.ChoiceField(choices=Role.choices)
    employee = serializers.UUIDField(allow_null=True, help_text="public id of the caller's employee row")
    customer = serializers.CharField(allow_null=True, help_text="name of the company")


class Me(APIView):
    """Say who the caller is."""

    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        """Return the caller's name, language and role."""
        actor = request._request.actor  # type: ignore[attr-defined]
        employee = None
        if actor.employee_id:
            employee = Employee.objects.visible_to(actor).select_related("customer").get(pk=actor.employee_id)
        body = {
            "name": request.user.name,
            "email": request.user.email,
            "language": request.user.language,
            "role": actor.role,
            "employee": employee.public_id if employee else None,
            "customer": employee.customer.name if employee else None,
        }
        return Response(MeSerializer(body).data)
