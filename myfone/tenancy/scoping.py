"""Make a tenant's table unreadable until one says for whom it is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

from django.db import models
from django.db.models import sql

from myfone.tenancy.actor import SEES_COLLEAGUES, Actor, Role

_reason: ContextVar[str] = ContextVar("unscoped", default="")


class UnscopedQuery(RuntimeError):
    """A tenant's table was about to be read without `.visible_to(actor)`."""


@contextmanager
def unscoped(reason: str) -> Iterator[None]:
    """Lift the guard for a block. A test lists the places that may; row-level security still holds."""
    token = _reason.set(reason)
    try:
        yield
    finally:
        _reason.reset(token)


class GuardedQuery(sql.Query):
    """Refuse to become SQL before it was scoped."""

    scoped = False

    def guard(self) -> None:
        if not self.scoped and not _reason.get():
            raise UnscopedQuery(f"{self.model._meta.label}: call .visible_to(actor) first")  # type: ignore[union-attr]

    def get_compiler(self, *args: Any, **kwargs: Any) -> Any:
        self.guard()
        return super().get_compiler(*args, **kwargs)

    def chain(self, klass: Any = None) -> Any:
        # Becoming an UPDATE or DELETE makes a query of another class, which knows nothing of scopes.
        if klass is not None:
            self.guard()
        return super().chain(klass)


class TenantQuerySet(models.QuerySet[Any]):
    """A queryset that wants to be told for whom."""

    query: GuardedQuery

    def __init__(self, model: Any = None, query: Any = None, using: Any = None, hints: Any = None) -> None:
        super().__init__(model, query or GuardedQuery(model), using, hints)

    def visible_to(self, actor: Actor) -> Self:
        """Keep the rows that the actor may see, and open the query."""
        rows = self.filter(self.model.rows_for(actor))
        rows.query.scoped = True
        return rows

    def raw(self, *args: Any, **kwargs: Any) -> Any:
        self.query.guard()
        return super().raw(*args, **kwargs)

    def _raw_delete(self, using: Any) -> Any:
        self.query.guard()
        return super()._raw_delete(using)  # type: ignore[misc]


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        if isinstance(getattr(self, "instance", None), Guarded):
            rows.query.scoped = True  # reached from a row that was scoped itself
        return rows


class Guarded(models.Model):
    """Base of every table that belongs to somebody; the subclass says whose rows are whose."""

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    @classmethod
    def rows_for(cls, actor: Actor) -> models.Q:
        """Return the condition under which the actor sees a row."""
        raise TypeError(f"{cls.__name__} does not say whose its rows are")

    def _do_update(self, base_qs: Any, *args: Any, **kwargs: Any) -> Any:
        # Saving a row that one holds needs no second question; row-level security answers for a foreign one.
        base_qs.query.scoped = True
        return super()._do_update(base_qs, *args, **kwargs)  # type: ignore[misc]

    def refresh_from_db(self, using: Any = None, fields: Any = None, from_queryset: Any = None) -> None:
        with unscoped("a row that is held is read again"):
            super().refresh_from_db(using, fields, from_queryset)

    def _perform_unique_checks(self, unique_checks: Any) -> Any:
        with unscoped("uniqueness is asked within what row-level security shows"):
            return super()._perform_unique_checks(unique_checks)  # type: ignore[misc]

    def validate_constraints(self, exclude: Any = None) -> None:
        with unscoped("constraints are asked within what row-level security shows"):
            super().validate_constraints(exclude=exclude)


def _customers(actor: Actor, prefix: str) -> models.Q:
    if actor.role == Role.PROVIDER_STAFF:
        return models.Q()
    if actor.role == Role.RESELLER_STAFF:
        return models.Q(**{f"{prefix}reseller_id": actor.reseller_id})
    return models.Q(**{f"{prefix.removesuffix('__')}_id" if prefix else "id": actor.customer_id})


class TenantOwned(Guarded):
    """A row of one customer, which colleagues see."""

    customer = models.ForeignKey("tenancy.Customer", models.PROTECT, related_name="+")

    class Meta(Guarded.Meta):
        abstract = True

    @classmethod
    def rows_for(cls, actor: Actor) -> models.Q:
        return _customers(actor, "customer__")


class EmployeeOwned(TenantOwned):
    """A row of one employee, which colleagues do not see."""

    employee = models.ForeignKey("tenancy.Employee", models.PROTECT, related_name="+")

    class Meta(TenantOwned.Meta):
        abstract = True

    @classmethod
    def rows_for(cls, actor: Actor) -> models.Q:
        rows = super().rows_for(actor)
        if actor.is_staff or actor.role in SEES_COLLEAGUES:
            return rows
        return rows & models.Q(employee_id=actor.employee_id)
