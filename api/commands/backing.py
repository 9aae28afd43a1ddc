"""`daodi backup` and `daodi restore`: a SQLite ledger copied while it runs, and put back.

The guard is in no backup: it remembers what was signed after it, and stops a server that would
sign those numbers a second time.
"""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import click
from sqlalchemy import make_url

from api.commands.opening import open_store
from api.commands.options import json_option, ledger_options, print_json, progress_bar
from api.opened.folder import LedgerFolder, write_private
from api.settings import Settings
from ledger.canonical import JsonObject
from ledger.errors import StandingError, StoreError
from ledger.seam import SignedHead
from ledger.store.database import SqlStore
from ledger.store.engine import open_engine
from ledger.store.guard import Guard

DATABASE: Final = "ledger.db"
PAGES: Final = 1_000  # copied at a time, so that writers wait for milliseconds only
FOLDER: Final = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.option("--to", required=True, type=FOLDER, help="A new or empty folder.")
@click.option("--with-keys", is_flag=True, help="Copy the private keys too: keep such a copy safe.")
@json_option
@ledger_options
def backup(*, settings: Settings, to: Path, with_keys: bool, as_json: bool) -> None:
    """Copy a SQLite ledger to a folder, also while a server runs on it."""
    database = _database(settings)
    _ = open_store(settings)
    if to.exists() and any(to.iterdir()):
        raise click.UsageError(f"{to} 不是空文件夹，备份不覆盖任何东西 · {to} is not empty")
    folder = LedgerFolder(settings.data)
    to.mkdir(parents=True, exist_ok=True, mode=0o700)
    to.chmod(0o700)  # it may have been there, and files are copied with their modes
    _copy_database(database, to / DATABASE)
    if folder.blobs.exists():
        shutil.copytree(folder.blobs, to / folder.blobs.name)
    for kept in (folder.demo, folder.decisions):
        if kept.exists():
            shutil.copy2(kept, to / kept.name)
    if with_keys:
        _copy_keys(folder.keys, to / folder.keys.name)
    head = _head(to / DATABASE)
    _report({"folder": str(to), "size": head.size, "keys": with_keys}, as_json=as_json)


@click.command()
@click.argument("backup_folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@json_option
@ledger_options
def restore(*, settings: Settings, backup_folder: Path, as_json: bool) -> None:
    """Put a backup into the folder. What is there is never overwritten, least of all the guard."""
    database = _database(settings)
    folder = LedgerFolder(settings.data)
    if database.exists():
        raise StandingError("already_registered", f"{database} is a ledger already")
    if not (backup_folder / DATABASE).exists():
        raise StoreError("not_set_up", f"{backup_folder} holds no {DATABASE}")
    head = _head(backup_folder / DATABASE)
    guarded = Guard(folder.guard).read()
    if guarded is not None and guarded.size > head.size:
        raise StoreError(
            "database_behind",
            f"the guard in {folder.path} knows {guarded.size} leaves, the backup has {head.size}: "
            "take a newer backup or a standby; never delete the guard of a log that gave receipts",
        )
    folder.make()
    restored = database.with_name(f"{database.name}.restoring")
    restored.unlink(missing_ok=True)
    _copy_database(backup_folder / DATABASE, restored)
    if (backup_folder / folder.blobs.name).exists():
        shutil.copytree(backup_folder / folder.blobs.name, folder.blobs, dirs_exist_ok=True)
    if (backup_folder / folder.keys.name).exists():
        _copy_keys(backup_folder / folder.keys.name, folder.keys)
    for kept in (folder.demo, folder.decisions):
        if (backup_folder / kept.name).exists():
            shutil.copy2(backup_folder / kept.name, kept)
    restored.chmod(0o600)
    restored.rename(database)
    if guarded is None:
        click.echo(
            "这里没有守护文件：若备份之后还发过回执，请先与见证人或回执核对，再开始服务。", err=True
        )
    _report({"folder": str(folder.path), "size": head.size}, as_json=as_json)


def _database(settings: Settings) -> Path:
    """The file of a SQLite ledger. Raises UsageError for another database."""
    url = make_url(settings.database_url)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise click.UsageError(
            "PostgreSQL 请用它自己的工具（pg_dump 或 pg_basebackup），"
            "并单独备份 blobs/ 与 keys/，不要备份 head.guard。"
        )
    return Path(url.database)


def _copy_database(source: Path, target: Path) -> None:
    """SQLite's online backup: one consistent state, whoever writes meanwhile. Raises StoreError."""
    try:
        with (
            closing(sqlite3.connect(source)) as old,
            closing(sqlite3.connect(target)) as new,
            progress_bar("复制") as progress,
        ):
            target.chmod(0o600)
            old.backup(
                new, pages=PAGES, progress=lambda _, left, total: progress(total - left, total)
            )
            _require_whole(new)
    except (StoreError, sqlite3.Error) as error:
        target.unlink(missing_ok=True)  # a copy that is not whole is none
        if isinstance(error, StoreError):
            raise
        damaged = error.sqlite_errorcode in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
        code = "database_damaged" if damaged else "database_unavailable"
        raise StoreError(code, f"{source} cannot be copied: {error}") from error


def _require_whole(copied: sqlite3.Connection) -> None:
    told = copied.execute("PRAGMA quick_check").fetchone()
    if told != ("ok",):
        raise StoreError("database_damaged", f"the copy is not whole: {told}")


def _copy_keys(source: Path, target: Path) -> None:
    """Copy key files that are not there yet, readable by their owner alone."""
    target.mkdir(mode=0o700, exist_ok=True)
    for path in sorted(source.iterdir()):
        if not (target / path.name).exists():
            write_private(target / path.name, path.read_bytes())


def _head(database: Path) -> SignedHead:
    """The newest signed head in a database file. Raises StoreError when there is none."""
    engine = open_engine(f"sqlite:///{database}")
    try:
        with SqlStore(engine, None).reading() as reading:
            head = reading.signed_head()
    finally:
        engine.dispose()
    if head is None:
        raise StoreError("not_set_up", f"{database} holds no checkpoint")
    return head


def _report(made: JsonObject, *, as_json: bool) -> None:
    if as_json:
        print_json(made)
    else:
        click.echo(json.dumps(made, ensure_ascii=False))
