"""信用 and 预警: the supervisor's pages say what `daodi credit` and `daodi warnings` say."""

import json
import re
from threading import Event
from typing import Any

import pytest
from click.testing import CliRunner

from api.cli import main
from api.supervisor import warned as desk_of_warnings
from api.supervisor.grades import PAGE_ROWS
from ledger.rules.supervision.warning import CountyWarning
from tests.chain import DAY_MS
from tests.http.served import Served
from tests.season import Season, grow

FAILED = {
    "charge": "failed_official_sample", "confirmed": "2026-03-01", "statement_ids": ["ab" * 32],
    "reason_cn": "监督抽检二氧化硫不合格 <b>",
}  # fmt: skip
SULPHURED = [{"item": "二氧化硫", "value": 900, "limit": 150, "unit": "mg/kg", "passed": False}]


@pytest.fixture
def inspected(served: Served) -> Served:
    served.chain.admit("inspector", "supervisor")
    return served


def page(served: Served, path: str, *, who: str = "inspector", expect: int = 200) -> str:
    headers = {**served.bearing(who), "accept": "text/html"}
    answer = served.client.get(f"/supervisor/{path}", headers=headers)
    assert answer.status_code == expect, answer.text
    return answer.text


def table(html: str) -> list[list[str]]:
    """The cells of a page's only table, as a reader sees them."""
    body = html.partition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in
         re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)]
        for row in body.split("</tr>") if "<t" in row
    ]  # fmt: skip


def typed(served: Served, *arguments: str) -> Any:  # noqa: ANN401 — any JSON
    """What a command prints, run beside the server at the same instant."""
    result = CliRunner().invoke(main, [*arguments], obj=served.beside.clock)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def decide(served: Served, actors: object) -> str:
    path = served.settings.data / "decisions.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"actors": actors}), encoding="utf-8")
    return str(path)


def decisions(served: Served) -> dict[str, Any]:
    mill, farm = served.chain.actors["mill"], served.chain.actors["cooperative"]
    return {
        farm: {"since": "2020-01-01"},
        mill: {"since": "2020-01-01", "findings": [
            FAILED, FAILED | {"charge": "red", "appeal": "pending", "reason_cn": "第二件"},
            FAILED | {"charge": "forged_record", "appeal": "rejected", "reason_cn": "第三件"},
        ]},
        "urn:daodi:actor:gone": {"since": "2020-01-01", "findings": [FAILED | {"severe": True}]},
    }  # fmt: skip


def test_the_page_of_credit_says_what_the_command_says_with_every_reason(
    inspected: Served,
) -> None:
    path = decide(inspected, decisions(inspected))
    told = typed(inspected, "credit", path)
    rows = table(page(inspected, "credit"))
    names = {"urn:daodi:actor:gone": "urn:daodi:actor:gone"} | {
        actor: inspected.beside.replica.registry.actors[actor].name for actor in told["actors"]
        if actor in inspected.beside.replica.registry.actors
    }  # fmt: skip
    expected = {
        names[actor]: (one["grade"], f"{one['score']:g}", str(one["clean_months"]))
        for actor, one in told["actors"].items()
    }
    assert {row[0]: (row[1].split()[0], row[2], row[3]) for row in rows} == expected
    reasons = {row[0]: row[4] for row in rows}
    for actor, one in told["actors"].items():
        for reason in one["reasons"]:
            assert f"扣 {reason['points']:g} 分" in reasons[names[actor]]
    assert "第二件" in reasons[names[inspected.chain.actors["mill"]]]
    assert "申诉未决，暂不扣分" in reasons[names[inspected.chain.actors["mill"]]]
    assert reasons[names[inspected.chain.actors["cooperative"]]] == "没有扣分"
    assert rows[0][0] == "urn:daodi:actor:gone"  # the lowest grade comes first
    shown = page(inspected, "credit")
    assert f'href="/v1/statements/{"ab" * 32}"' in shown
    assert "<b>" not in shown


def test_grades_are_filtered_and_come_a_page_at_a_time(inspected: Served) -> None:
    many = {f"urn:daodi:actor:n{number:03}": {"since": "2020-01-01"} for number in range(60)}
    decide(inspected, {**many, "urn:daodi:actor:bad": {"since": "2020-01-01", "findings": [
        FAILED | {"severe": True}]}})  # fmt: skip
    assert [row[0] for row in table(page(inspected, "credit?grade=D"))] == ["urn:daodi:actor:bad"]
    first = page(inspected, "credit?grade=A")
    assert len(table(first)) == PAGE_ROWS
    assert "后面的" in first
    rest = page(inspected, f"credit?grade=A&start={PAGE_ROWS}")
    assert len(table(rest)) == 10
    assert "后面的" not in rest
    assert table(page(inspected, "credit?grade=C")) == [["没有这一级的主体。"]]
    page(inspected, "credit?grade=E", expect=400)


@pytest.mark.parametrize(
    ("written", "said"),
    [(None, "还没有处理决定"), ('{"actors": {}}', "还没有处理决定"), ("{", "读不出来"),
     ('{"actors": {"x": {}}}', "读不出来"), ("folder", "读不出来")],
)  # fmt: skip
def test_no_file_is_no_decisions_and_a_bad_one_is_said_to_be_bad(
    inspected: Served, written: str | None, said: str
) -> None:
    path = inspected.settings.decisions_file
    path.parent.mkdir(parents=True, exist_ok=True)
    if written == "folder":
        path.mkdir()
    elif written is not None:
        path.write_text(written, encoding="utf-8")
    shown = page(inspected, "credit")
    assert said in shown
    assert "<table" not in shown


@pytest.fixture
def failed(inspected: Served) -> Season:
    """Yesterday a laboratory failed a lot for its sulphur; long ago another."""
    chain = inspected.chain
    season = grow(chain)
    now_ms = inspected.beside.clock()
    for days in (1, 60, 300):
        chain.do("laboratory", "TEST", about=[(season.dried, None)], items=SULPHURED,
                 conclusion="fail", event_ms=now_ms - days * DAY_MS)  # fmt: skip
    return season


def warnings_of(served: Served, days: int) -> list[dict[str, Any]]:
    told = typed(served, "warnings", "--days", str(days), "--json", "--data",
                 str(served.settings.data), "--database", served.settings.database_url)  # fmt: skip
    found: list[dict[str, Any]] = told["warnings"]
    return found


@pytest.mark.usefixtures("failed")
def test_the_page_of_warnings_says_what_the_command_says_for_each_span_of_days(
    inspected: Served,
) -> None:
    for days, count in ((30, 1), (90, 2), (365, 3)):
        (told,) = warnings_of(inspected, days)
        assert told["signals"] == {"failed_test": count}
        ((county, herb, level, score, signals, evidence),) = table(
            page(inspected, f"warnings?days={days}")
        )
        assert (county, herb) == ("温县", "怀地黄")
        assert level.split()[0] == {"watch": "留意", "warn": "警示", "alarm": "警报"}[told["level"]]
        assert level.endswith("权重未核实")
        assert (score, signals) == (str(told["score"]), f"检验不合格 {count}")
        assert evidence.count("证据") == count
        for statement in told["statement_ids"]:
            assert f"/v1/statements/{statement}" in page(inspected, f"warnings?days={days}")


@pytest.mark.usefixtures("failed")
def test_warnings_are_filtered_by_level_and_what_is_no_level_or_span_is_refused(
    inspected: Served,
) -> None:
    assert len(table(page(inspected, "warnings?level=alarm&days=365"))) == 1
    assert table(page(inspected, "warnings?level=watch&days=365")) == [["没有需要留意的。"]]
    page(inspected, "warnings?level=red", expect=400)
    page(inspected, "warnings?days=7", expect=400)


def test_a_ledger_without_signals_has_nothing_to_look_at(inspected: Served) -> None:
    shown = page(inspected, "warnings")
    assert table(shown) == [["没有需要留意的。"]]
    assert "0 处需要留意" in shown


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a whole history was read for warnings."""
    runs: list[int] = []
    real = desk_of_warnings.warned

    def counting(*given: Any, **named: Any) -> dict[int, list[CountyWarning]]:  # noqa: ANN401 — passed on
        runs.append(1)
        return real(*given, **named)

    monkeypatch.setattr(desk_of_warnings, "warned", counting)
    return runs


@pytest.mark.usefixtures("failed")
def test_many_looks_read_the_history_once(inspected: Served, counted: list[int]) -> None:
    for level in ("", "alarm", "watch", "none"):
        for days in (30, 90, 365):
            page(inspected, f"warnings?level={level}&days={days}")
    assert len(counted) == 1


def test_a_long_reckoning_is_said_to_run_and_one_that_fails_is_said_to_have_failed(
    inspected: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    go_on = Event()

    def slowly(*_given: object, **_named: object) -> dict[int, list[CountyWarning]]:
        go_on.wait(10)
        raise ValueError("a rule that fails")

    monkeypatch.setattr(desk_of_warnings, "warned", slowly)
    monkeypatch.setattr(desk_of_warnings, "PATIENCE_S", 0.01)
    shown = page(inspected, "warnings")
    assert "正在从全部记录重新计算" in shown
    assert 'http-equiv="refresh"' in shown
    assert "没有需要留意的" not in shown
    go_on.set()
    while "正在从全部记录重新计算" in (shown := page(inspected, "warnings")):
        continue
    assert "没有算成" in shown
    assert "没有需要留意的" not in shown
    assert "a rule that fails" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["credit", "warnings"])
def test_only_supervisors_read_them(inspected: Served, path: str) -> None:
    page(inspected, path, who="mill", expect=403)


@pytest.mark.parametrize("path", ["credit", "warnings"])
def test_they_are_told_in_english_too(inspected: Served, path: str) -> None:
    decide(inspected, decisions(inspected))
    shown = page(inspected, f"{path}?lang=en")
    assert {"credit": "Credit grades of 3 actors", "warnings": "to look at"}[path] in shown
