"""Base of every admin page: rows, choices and filters of the actor's own tenants only."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest

from myfone.kernel import audit
from myfone.tenancy.actor import Role
from myfone.tenancy.scoping import Guarded


class TenantAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Show what the actor may see; say who may change it by `may_add`, `may_change` and `may_delete`."""

    may_add: ClassVar[frozenset[Role]] = frozenset()
    may_change: ClassVar[frozenset[Role]] = frozenset()
    may_delete: ClassVar[frozenset[Role]] = frozenset()
    show_full_result_count = False
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        if issubclass(self.model, Guarded):
            rows = self.model.objects.visible_to(request.actor)  # type: ignore[attr-defined]
        else:
            rows = self.model._default_manager.all()
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> Any:
        target = db_field.remote_field.model
        if isinstance(target, type) and issubclass(target, Guarded):
            kwargs["queryset"] = target.objects.visible_to(request.actor)  # type: ignore[attr-defined]
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def _role(self, request: HttpRequest) -> Role:
        return request.actor.role  # type: ignore[attr-defined,no-any-return]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return True

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._role(request) in self.may_add

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._role(request) in self.may_change

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return self._role(request) in self.may_delete

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> None:  # type: ignore[override]
        self._record(request, obj, "added", message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> None:  # type: ignore[override]
        self._record(request, obj, "changed", message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:  # type: ignore[override]
        for obj in queryset:
            self._record(request, obj, "deleted", "")

    def _record(self, request: HttpRequest, obj: Model, verb: str, message: Any) -> None:
        audit.record(
            actor=request.actor,  # type: ignore[attr-defined]
            action=f"{obj._meta.model_name}.{verb}",
            object=obj,
            changes=message,
        )
