"""Founding a ledger: what would name it badly is refused before anything is made, halves go on."""

import socket

import pytest

from api.settings import Settings
from ledger.store.engine import open_engine
from ledger.store.migrate import migrate
from tests.cli.desk import ORIGIN, Desk


@pytest.mark.parametrize(
    "origin",
    ["", "/herbs", "two words/herbs", "Desk.example/herbs", "中文.example/x", "a/b+c", "a/b#c"],
)
def test_an_origin_by_which_nothing_can_be_named_is_refused_and_leaves_nothing(
    bare: Desk, origin: str
) -> None:
    refused = bare.on("ledger", "found", "--origin", origin, expect=1)
    assert "bad_uri" in refused.stderr
    assert not bare.data.exists()
    bare.on("ledger", "found", "--origin", ORIGIN)


def test_a_founding_that_was_interrupted_is_gone_on_with(bare: Desk) -> None:
    bare.data.mkdir()
    engine = open_engine(f"sqlite:///{bare.data}/ledger.db")
    migrate(engine)
    engine.dispose()
    assert "not_set_up" in bare.on("ledger", "show", expect=3).stderr
    bare.on("ledger", "found", "--origin", ORIGIN)
    assert bare.answer("ledger", "show")["size"] == 2


def test_a_ledger_is_founded_once_and_gets_no_other_keys(desk: Desk) -> None:
    """Also where its keys are kept elsewhere: new ones would never sign for it."""
    for file in (desk.data / "keys").iterdir():
        file.unlink()
    assert "already_registered" in desk.on("ledger", "found", expect=1).stderr
    assert list((desk.data / "keys").iterdir()) == []


@pytest.mark.parametrize(
    "command", [("migrate",), ("ledger", "found"), ("ledger", "show"), ("audit",)]
)
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("mysql://root:secret@x", "found mysql"),
        ("nonsense:secret", "expected sqlite:///… or postgresql://…"),
        ("postgresql://x@127.0.0.1:{port}/x?connect_timeout=3", "the database answered"),
    ],
)
def test_a_database_that_is_none_or_does_not_answer_is_told_so(
    bare: Desk, command: tuple[str, ...], url: str, told: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused = bare.on(*command, "--database", url.format(port=port), expect=3).stderr
    assert "database_unavailable" in refused
    assert told in refused
    assert "secret" not in refused


def test_a_port_in_use_is_told_in_a_sentence(desk: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"端口 {port} 已被占用" in desk.on("serve", "--port", port, expect=2).stderr


def test_a_role_that_nobody_lists_is_told_before_it_is_found_out(desk: Desk) -> None:
    """An admission cannot be changed: a slip of the pen would stand for ever."""
    named = ("--id", "urn:daodi:actor:other", "--name", "药厂", "--county", "410825")
    told = desk.on("actor", "admit", *named, "--role", "procesor").stderr
    assert "角色 procesor 不在名单里" in told
    assert "processor" in told
    named = ("--id", "urn:daodi:actor:third", "--name", "药厂", "--role", "processor")
    assert desk.on("actor", "admit", *named).stderr == ""
    assert "six digits" in desk.on("actor", "admit", *named, "--county", "4108", expect=1).stderr


@pytest.mark.parametrize(
    ("spoil", "told"),
    [("garbage", "log-p256.pem: not an unencrypted private key"), (None, "no log key log-p256")],
)
def test_a_key_file_that_does_not_serve_is_named(desk: Desk, spoil: str | None, told: str) -> None:
    file = desk.data / "keys" / "log-p256.pem"
    if spoil is None:
        file.unlink()
    else:
        file.write_text(spoil)
    refused = desk.run("ledger", "show", "--data", desk.data, expect=3 if spoil is None else 1)
    assert told in refused.stderr


def test_a_file_that_is_no_database_is_told_so(desk: Desk) -> None:
    for file in desk.data.glob("ledger.db*"):
        file.unlink()
    (desk.data / "ledger.db").write_bytes(b"not a database, " * 512)
    for command in (("ledger", "show"), ("audit",), ("migrate",)):
        refused = desk.on(*command, expect=3).stderr
        assert "database_unavailable" in refused
        assert "not a database" in refused


@pytest.mark.parametrize(
    "url",
    ["not a url", "javascript:alert(1)", "https://", "ftp://x.example", "https://x.example/a?b=1",
     "https://x.example/#a", "https://追溯.example", "https://x.example//a"],
)  # fmt: skip
def test_an_address_that_no_phone_could_open_is_not_printed(desk: Desk, url: str) -> None:
    """A label cannot be called back, so the server does not even start."""
    refused = desk.on("serve", "--base-url", url, expect=1)
    assert "bad_uri" in refused.stderr
    assert "http(s)://HOST" in refused.stderr


@pytest.mark.parametrize(
    ("given", "printed"),
    [
        ("https://x.example/", "https://x.example"),
        ("HTTPS://X.EXAMPLE", "HTTPS://X.EXAMPLE"),
        ("http://10.0.0.7:8000/yao", "http://10.0.0.7:8000/yao"),
        ("http://[fd00::7]:8000", "http://[fd00::7]:8000"),
        ("https://xn--fiqs8s.example", "https://xn--fiqs8s.example"),
        ("", "http://127.0.0.1:8000"),
    ],
)
def test_an_address_is_printed_as_it_was_given(given: str, printed: str) -> None:
    assert Settings(base_url=given).printed_base_url == printed
