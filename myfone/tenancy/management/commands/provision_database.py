"""Make the database and its roles; roles are cluster-wide, so never by a migration."""

from __future__ import annotations

from typing import Any

import environ
import psycopg
from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from psycopg import sql

# What each role is for: docs/adr/0001-database-roles.md.
ROLES = {
    "migrator": "LOGIN",
    "app": "LOGIN",
    "switch_owner": "NOLOGIN",
    "kamailio": "LOGIN",
    "backup": "LOGIN BYPASSRLS",
}
# Kamailio escapes with backslashes, which Postgres understands with this setting alone (research: injection).
KAMAILIO_SETTINGS = {
    "standard_conforming_strings": "off",
    "escape_string_warning": "off",
    "backslash_quote": "on",
    "timezone": "UTC",
    "statement_timeout": "2s",
    "synchronous_commit": "off",
    "search_path": "kam, switch",
}


class Command(BaseCommand):
    help = "Create the database and its roles where they are missing; safe to repeat."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--admin", required=True, help="address of the server for a superuser")
        parser.add_argument("--database", help="name; by default the one in DATABASE_URL")
        parser.add_argument("--kamailio-password", default="kamailio")

    def handle(self, *args: Any, admin: str, database: str | None, **options: Any) -> None:
        app = settings.DATABASES["default"]
        name = database or app["NAME"]
        passwords = {"app": app["PASSWORD"], "kamailio": options["kamailio_password"]}
        if url := settings.ENVIRONMENT.migrator_database_url:
            passwords["migrator"] = environ.Env.db_url_config(url)["PASSWORD"]
        with psycopg.connect(admin, autocommit=True) as server:
            for role, rights in ROLES.items():
                self.role(server, role, rights, passwords.get(role))
            server.execute("GRANT switch_owner TO migrator")
            server.execute("GRANT pg_read_all_data TO backup")
            if not server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                server.execute(
                    sql.SQL("CREATE DATABASE {} OWNER migrator TEMPLATE template0 ENCODING 'UTF8'").format(
                        sql.Identifier(name)
                    )
                )
            for setting, value in KAMAILIO_SETTINGS.items():
                text: sql.Composable = sql.Literal(value)
                if setting == "search_path":
                    text = sql.SQL(value)
                server.execute(
                    sql.SQL("ALTER ROLE kamailio IN DATABASE {} SET {} = {}").format(
                        sql.Identifier(name), sql.Identifier(setting), text
                    )
                )
        with psycopg.connect(admin, dbname=name, autocommit=True) as inside:
            self.grants(inside, name)
        if options["verbosity"]:
            self.stdout.write(f"The database {name} and its roles are ready.")

    def role(self, server: psycopg.Connection[Any], role: str, rights: str, password: str | None) -> None:
        known = server.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
        if not known:
            server.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        statement = sql.SQL("ALTER ROLE {} NOSUPERUSER " + rights).format(sql.Identifier(role))
        if password:
            statement += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
        server.execute(statement)

    def grants(self, inside: psycopg.Connection[Any], name: str) -> None:
        database = sql.Identifier(name)
        for statement in (
            "REVOKE ALL ON DATABASE {} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {} TO app, kamailio, backup, migrator",
            "ALTER DATABASE {} OWNER TO migrator",
        ):
            inside.execute(sql.SQL(statement).format(database))
        for statement in (
            "ALTER SCHEMA public OWNER TO migrator",
            "REVOKE ALL ON SCHEMA public FROM PUBLIC",
            "GRANT USAGE ON SCHEMA public TO app, switch_owner, backup",
            "ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public"
            " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO app",
            "ALTER DEFAULT PRIVILEGES FOR ROLE migrator IN SCHEMA public GRANT USAGE ON SEQUENCES TO app",
            "ALTER DEFAULT PRIVILEGES FOR ROLE migrator REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
            "ALTER DEFAULT PRIVILEGES FOR ROLE switch_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC",
        ):
            inside.execute(statement)
