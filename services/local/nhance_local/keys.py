"""``nhance keys``: make, list and revoke the API keys of a gateway, in its database."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import psycopg
import typer
from psycopg_pool import PoolTimeout
from rich.table import Table

from nhance_kit.api_keys import ApiKeys, Scope, is_tenant
from nhance_kit.database import Database
from nhance_kit.errors import NhanceError
from nhance_kit.jobs import LOCAL_TENANT
from nhance_local import lock
from nhance_local.errors import LocalError
from nhance_local.postgres import embedded_postgres
from nhance_local.settings import LocalSettings
from nhance_local.shell import Data, complaining, complaints, console, settings_of

Result = TypeVar("Result")

keys = typer.Typer(
    help="Make, list and revoke API keys: of the stack that is up, or in NHANCE_DATABASE_URL.",
    no_args_is_help=True,
)


@keys.command()
def create(
    tenant: Annotated[
        str, typer.Option(help="Whose jobs the key is for. Default: those made without keys.")
    ] = LOCAL_TENANT,
    name: Annotated[str, typer.Option(help="What it is for, to tell it from others.")] = "",
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="What it allows; repeat it for more. Default: jobs:write."),
    ] = None,
    days: Annotated[
        int | None, typer.Option(min=1, max=36500, help="How long it is valid. Default: always.")
    ] = None,
    data: Data = None,
) -> None:
    """Make a key and show it, this once."""
    with complaining():
        if not is_tenant(tenant):
            raise LocalError(
                f"{tenant!r} can't be a tenant: take up to 63 letters, digits, dots, dashes and "
                "underscores."
            )
        lasting = None if days is None else timedelta(days=days)
        scopes = scope or [Scope.JOBS_WRITE]
        key, kept = _with_keys(
            settings_of(data), lambda keys: keys.create(tenant, name, scopes, lasting)
        )
        # The key alone on standard output, so that a script can take it from there.
        console.print(key, highlight=False, markup=False, soft_wrap=True)
        complaints.print(
            f"This is key {kept.id} of tenant {tenant}. It is not shown again.",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )


@keys.command(name="list")
def list_keys(data: Data = None) -> None:
    """List the keys; none of them can be shown again."""
    with complaining():
        found = _with_keys(settings_of(data), lambda keys: keys.listed())
        table = Table(box=None)
        for heading in ("key", "tenant", "name", "scopes", "created", "expires", "last used"):
            table.add_column(heading, no_wrap=True)
        for key in found:
            table.add_row(
                key.id,
                key.tenant,
                key.name,
                ", ".join(sorted(key.scopes)),
                _shown(key.created_at),
                _shown(key.expires_at),
                _shown(key.last_used_at),
            )
        console.print(table, markup=False)


@keys.command()
def revoke(
    key: Annotated[str, typer.Argument(help="The key's id, as `nhance keys list` shows it.")],
    data: Data = None,
) -> None:
    """Make a key worthless at once, and the sessions that were begun with it."""
    with complaining():
        _with_keys(settings_of(data), lambda keys: keys.revoke(key))
        complaints.print(f"Revoked key {key}.", highlight=False, markup=False, soft_wrap=True)


def _with_keys(settings: LocalSettings, use: Callable[[ApiKeys], Awaitable[Result]]) -> Result:
    """What ``use`` gives back; raises LocalError."""

    async def run() -> Result:
        database = Database(_database_url(settings))
        try:
            await database.open()
            return await use(ApiKeys(database))
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except NhanceError as error:
        raise LocalError(str(error)) from error
    except (psycopg.Error, PoolTimeout) as error:
        raise LocalError(f"The database can't be used: {error}") from error


def _database_url(settings: LocalSettings) -> str:
    if settings.database_url is not None:
        return settings.database_url
    if lock.holder(settings.data_dir) is None:
        raise LocalError("No stack is up. Start one with `nhance up`, or set NHANCE_DATABASE_URL.")
    return embedded_postgres(settings.data_dir / "postgres").url


def _shown(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
