"""A copy of an object within the store, which stays only if what it is for comes about."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from nhance_kit.errors import NhanceError
from nhance_kit.objects import ObjectStore

log = structlog.get_logger()


@asynccontextmanager
async def copied(objects: ObjectStore, source: str, target: str) -> AsyncIterator[None]:
    """Copy, and delete the copy again if the block ends in an error. Raises NotFound."""
    copying = asyncio.create_task(asyncio.to_thread(objects.copy, source, target))
    try:
        await asyncio.shield(copying)
        yield
    except BaseException:
        await asyncio.shield(asyncio.create_task(_undo(objects, copying, target)))
        raise


async def _undo(objects: ObjectStore, copying: asyncio.Task[None], target: str) -> None:
    await asyncio.wait([copying])
    try:
        await asyncio.to_thread(objects.delete, target)
    except NhanceError as error:
        log.warning("copy_left_behind", key=target, reason=str(error))
