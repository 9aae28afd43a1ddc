"""The evidence written out for people: the page is the bundle, and can be recomputed."""

import gzip
import re
from base64 import b64decode
from hashlib import sha256
from html import unescape
from itertools import count
from typing import Any

import pytest

from api.answers.pages import HERE, Display, english_words
from api.public.counted.guesses import WRONG_CODES_MAX
from api.public.proof.noted import noted
from ledger.errors import CODES
from ledger.herbs.identifiers import code_of_uri, new_code
from ledger.log.checkpoint import (
    COSIGNATURE_V1,
    Checkpoint,
    Note,
    NoteSignature,
    VerifierKey,
    format_checkpoint,
    format_note,
    format_vkey,
    parse_vkey,
)
from ledger.log.merkle import verify_inclusion
from ledger.statements.keys import (
    PrivateKey,
    generate_private_key,
    note_vkey,
    parse_public_key,
    sign_note_line,
)
from ledger.statements.statement import parse_claim
from tests import packets
from tests.http.served import Served
from tests.http.test_public import SEALED
from tests.packets import Packet

PAGE = {"accept": "text/html"}
PILE = 1_100
GZIP_BYTES_MAX = 150 * 1024
LAST_PAGE = 99_999
HEX = re.compile(r"[0-9a-f]{64}")


@pytest.fixture(scope="module")
def made(lasting: Served) -> Packet:
    """A released pack."""
    return packets.packet(lasting.chain, lasting.beside.folder.secret())


@pytest.fixture(scope="module")
def piled(lasting: Served) -> Packet:
    """A released pack with a pile on its crop."""
    packet = packets.packet(lasting.chain, lasting.beside.folder.secret())
    packets.pile(lasting.chain, packet, PILE)
    return packet


def proof(served: Served, code: str, query: str = "", status: int = 200) -> str:
    answer = served.client.get("/proof", params={"code": code}, headers=PAGE) if not query else (
        served.client.get(f"/proof?code={code}{query}", headers=PAGE)
    )  # fmt: skip
    assert answer.status_code == status
    return answer.text


def bundle_of(served: Served, code: str) -> dict[str, Any]:
    found: dict[str, Any] = served.client.get("/v1/evidence", params={"code": code}).json()
    return found


def rows(text: str) -> dict[str, list[str]]:
    """What a reader sees: the answers under each word, in the page's order."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r"<dt>(.*?)</dt><dd[^>]*>(.*?)</dd>", text, flags=re.DOTALL):
        plain = [unescape(re.sub(r"<[^>]+>", "", one)) for one in (name, value)]
        found.setdefault(plain[0], []).append(plain[1])
    return found


def part(text: str, start: str, end: str) -> str:
    """One fold of the page."""
    return text.partition(start)[2].partition(end)[0]


def statement(text: str, index: int) -> str:
    return re.split(r'<details id="leaf-', part(text, f'<details id="leaf-{index}"', "<h2"))[0]


def as_hex(text: str) -> str:
    return b64decode(text).hex()


def test_every_figure_of_the_page_is_the_bundles(lasting: Served, made: Packet) -> None:
    text, bundle = unescape(proof(lasting, made.code)), bundle_of(lasting, made.code)

    assert bundle["checkpoint"] in text
    for index, leaf in bundle["leaves"].items():
        assert f">{as_hex(leaf)}<" in text
        assert f">{' '.join(map(str, bundle['log']['proofs'][index]))}<" in text
    for number, node in enumerate(bundle["log"]["nodes"]):
        assert f'<dt>{number}</dt><dd class="code">{as_hex(node)}<' in text
    for statement_id, signed in bundle["statements"].items():
        assert f">{statement_id}<" in text
        assert signed["sig"] in text
        assert f"<pre>{signed['payload']}</pre>" in text
    for key in bundle["keys"].values():
        assert f">{as_hex(key['spki'])}<" in text
    for subject in bundle["subjects"]:
        key = sha256(b"daodi/subject\x00" + subject["uri"].encode()).hexdigest()
        chain = part(text, f'<details data-subject="{key}"', "<details data-subject")
        bound, said = subject["map"], rows(chain)
        assert f">{subject['uri']}<" in chain
        pairs = said.get("键 → 值", [])
        assert pairs == [f"{as_hex(one)} → {as_hex(value)}" for one, value in bound["bucket"]]
        full = [one for one in bound["siblings"] if one]
        assert f"桶里 {len(bound['bucket'])} 对，{len(full)} 个不空的兄弟" in chain
        for level, sibling in enumerate(bound["siblings"]):
            shown = said.get(f"第 {level} 层", [])
            assert (as_hex(sibling) in shown) == bool(sibling)


def test_a_reader_recomputes_from_what_is_written(lasting: Served, made: Packet) -> None:
    text = proof(lasting, made.code)
    (index,) = bundle_of(lasting, made.code)["subjects"][0]["leaves"][-1:]

    said = rows(statement(text, index))
    name = next(name for name in said if name.startswith("叶的字节"))
    (leaf,) = said[name][:1]
    (hashed,) = said["叶的哈希 = H(00 | 叶)"][:1]
    assert sha256(bytes.fromhex("00" + leaf)).hexdigest() == hashed

    asked = rows(part(text, "所问的链", "<details data-subject"))
    (preimage,) = asked["绑定的值 = H(30 | 叶数 u32 | 最后一片叶的哈希)"]
    (value,) = asked["算出来"]
    assert preimage.endswith(f"{hashed})")
    assert sha256(bytes.fromhex(preimage[2:-1])).hexdigest() == value
    (key,) = asked['主题键 = H("daodi/subject" | 00 | URI)']
    assert f"{key} → {value}" in asked["键 → 值"]

    nodes = rows(text.rpartition("<h2>树的节点</h2>")[2])
    (numbers,) = [found for name, found in said.items() if name.startswith("在账本里的证明")]
    proven = [bytes.fromhex(nodes[number][0]) for number in numbers[0].split()]
    whole = rows(text)
    verify_inclusion(
        bytes.fromhex(hashed), index=index, size=int(whole["账本条数"][0]), proof=proven,
        root=bytes.fromhex(whole["树的根（十六进制）"][0]),
    )  # fmt: skip


def test_a_reader_checks_a_signature_from_what_is_written(lasting: Served, made: Packet) -> None:
    text = proof(lasting, made.code)
    (index,) = bundle_of(lasting, made.code)["subjects"][0]["leaves"][:1]
    shown = statement(text, index)
    said = rows(shown)

    payload = unescape(part(shown, "<pre>", "</pre>")).encode()
    signed = said["PAE"][0].removesuffix("…").encode() + payload
    assert sha256(signed).hexdigest() == said["记录编号 = H(PAE)"][0]
    spki = bytes.fromhex(said["公钥（DER，十六进制）"][0])
    assert sha256(spki).hexdigest() == said["钥匙编号 = H(公钥)"][0]
    parse_public_key("ES256", spki).verify(signed, b64decode(said["签名（base64） ES256"][0]))
    assert said["登记在"][0].startswith("叶 ")


def test_the_packets_page_leads_to_it_in_both_languages(lasting: Served, made: Packet) -> None:
    for query, words in (("", "逐项看证明"), ("?lang=en", "See the proof item by item")):
        text = lasting.client.get(f"/t/{made.code}{query}", headers=PAGE).text
        (href,) = re.findall(rf'<a href="(/proof[^"]*)">{words}<', text)
        answer = lasting.client.get(unescape(href), headers=PAGE)
        assert answer.status_code == 200
        assert f'lang="{"en" if query else "zh-CN"}"' in answer.text
        assert re.search(r'href="/t/[0-9A-Z]+(\?lang=en)?">', answer.text)


def test_however_the_code_is_written_it_is_the_same_proof(lasting: Served, made: Packet) -> None:
    lot = made.season.pack
    ways = [made.code.upper(), f"{made.code[:5]}-{made.code[5:]}", code_of_uri(lot), lot,
            made.season.crop]  # fmt: skip
    for way in ways:
        asked = bundle_of(lasting, way)["asked"]
        assert f">{asked}<" in proof(lasting, way)


def test_a_gs1_address_has_its_proof(file_served: Served) -> None:
    chain, path = file_served.chain, "/01/06901234567892/10/ABC"
    uri = f"https://id.gs1.org{path}"
    chain.do("mill", "PURCHASE", outputs=[(uri, 900)], herb="huaidihuang", seller="某人")

    text = proof(file_served, path)

    assert f">{uri}<" in text
    assert 'href="/01/06901234567892/10/ABC"' in text


def test_an_unknown_code_gets_what_the_packets_page_says(file_served: Served) -> None:
    wrong = new_code(bytes(12))
    there = file_served.client.get("/t", params={"code": "ABCDE"}, headers=PAGE)
    here = proof(file_served, "ABCDE", status=404)

    assert there.status_code == 404
    heads = [re.findall(r"<h1[^>]*>(.*?)</h1>", text) for text in (there.text, here)]
    assert heads[0] == heads[1] != []
    assert "没有这个码" in proof(file_served, wrong, status=404)
    empty = file_served.client.get("/proof", headers=PAGE, follow_redirects=False)
    assert (empty.status_code, empty.headers["location"]) == (303, "/")


def test_guessing_here_is_guessing(file_served: Served) -> None:
    made = packets.packet(file_served.chain, file_served.beside.folder.secret())
    for number in range(WRONG_CODES_MAX + 1):
        proof(file_served, new_code((2 * number).to_bytes(12)), status=404)

    assert "请求太频繁" in proof(file_served, made.code, status=429)
    assert file_served.client.get(f"/t/{made.code}", headers=PAGE).status_code == 429


def test_a_program_is_led_to_the_file(lasting: Served, made: Packet) -> None:
    answer = lasting.client.get(
        "/proof", params={"code": made.code}, headers={"accept": "application/json"},
        follow_redirects=False,
    )  # fmt: skip
    assert answer.status_code == 307
    assert answer.headers["location"] == f"/v1/evidence?code={made.code}"


def test_looking_at_the_proof_is_no_scan_and_costs_nothing_twice(file_served: Served) -> None:
    made = packets.packet(file_served.chain, file_served.beside.folder.secret())
    first = file_served.client.get(f"/proof?code={made.code}", headers=PAGE)
    said = first.headers
    again = file_served.client.get(
        f"/proof?code={made.code}", headers={**PAGE, "if-none-match": said["etag"]}
    )

    assert said["cache-control"] == "private, max-age=30, must-revalidate"
    assert said["content-security-policy"].startswith("default-src 'none'")
    assert " style=" not in first.text
    assert (again.status_code, again.text) == (304, "")
    scans = file_served.tables()["scan"]
    assert scans == []


def test_nothing_sealed_and_nobodys_own_name_is_on_it(file_served: Served) -> None:
    chain = file_served.chain
    made = packets.packet(chain, file_served.beside.folder.secret())
    chain.admit("wang-xiaoming", "farmer")
    lot = chain.lot()
    chain.do("wang-xiaoming", "SEED_REGISTER", outputs=[(lot, 1_000)], herb="huaidihuang")

    for query in ("", "&lang=en"):
        assert not [word for word in SEALED if word in proof(file_served, made.code, query)]
        text = proof(file_served, code_of_uri(lot), query)
        assert "wang-xiaoming" not in text
        assert chain.actors["wang-xiaoming"] not in text
    assert "农户" in proof(file_served, code_of_uri(lot))
    assert "里面有自然人的标识或姓名" in proof(file_served, code_of_uri(lot))


def test_what_has_no_evidence_yet_says_so(file_served: Served) -> None:
    parcel = file_served.harvest()
    assert file_served.post(parcel).status_code == 201
    (lot,) = parse_claim(parcel.envelope.payload).outputs

    text = proof(file_served, code_of_uri(lot), status=CODES["evidence_not_ready"].status)

    assert CODES["evidence_not_ready"].sentence_cn in text


def test_a_pile_of_statements_is_told_page_by_page(lasting: Served, piled: Packet) -> None:
    bundle = bundle_of(lasting, piled.code)
    seen: list[str] = []
    for number in count(1):
        text = proof(lasting, piled.code, f"&page={number}")
        assert len(gzip.compress(text.encode())) < GZIP_BYTES_MAX
        seen += re.findall(r'<details id="leaf-(\d+)"', text)
        needed = {node for row in rows(text).items() if row[0].startswith("在账本里的证明")
                  for one in row[1] for node in one.split()}  # fmt: skip
        assert needed <= rows(text.rpartition("<h2>树的节点</h2>")[2]).keys()
        if f"第 {number} 页，共 {number} 页" in text:
            break
        assert re.search(rf'href="/proof\?code=\w+&amp;page={number + 1}">下一页', text)

    assert number > 3
    assert sorted(seen, key=int) == [*bundle["leaves"]][:-1]
    assert "别的单位写的记录" in text or "谁有资格签名" in text
    for odd in ("x", "²", "-1", "9" * 5_000):
        assert 'id="leaf-' in proof(lasting, piled.code, f"&page={odd}")


def test_every_word_of_it_has_its_english(lasting: Served, made: Packet) -> None:
    folder = HERE / "templates" / "public"
    for name in ("proof.html", "proof_parts.html"):
        text = (folder / name).read_text("utf-8").replace('\\"', "\0")
        for said in re.findall(r'_\("([^"]+)"', text):
            assert said.replace("\0", '"') in english_words(), said
    english = proof(lasting, made.code, "&lang=en")
    assert "Nothing is withheld" in english
    folds = re.findall(r"<summary>([^<]*)", english)
    assert not [fold for fold in folds if re.search(r"[一-鿿]", fold)]


def test_each_line_of_a_note_is_told_by_whose_it_is() -> None:
    log, near, far, silent = (generate_private_key("Ed25519") for _ in range(4))
    origin = "ledger.example/herbs"
    text = format_checkpoint(Checkpoint(origin=origin, size=9, root=bytes(32)))
    own = note_vkey(origin, log.public)
    witnesses = [_witness(name, key) for name, key in (("near", near), ("silent", silent))]
    stranger = _witness("far", far)
    lines = [
        NoteSignature(
            name=origin, key_hash=own.key_hash, signature=sign_note_line(log, text.encode())
        ),
        _cosigned(witnesses[0], near, text),
        _cosigned(stranger, far, text),
    ]
    told = noted(
        format_note(Note(text=text, signatures=tuple(lines))),
        log_keys=[format_vkey(own)],
        witnesses=[format_vkey(one) for one in witnesses] + ["no vkey"],
        quorum=2,
        display=Display(),
    )

    assert [(line.whose, line.verdict, line.type, line.at) for line in told.lines] == [
        ("日志钥匙", "签名成立", "01 Ed25519", ""),
        ("见证人的钥匙", "签名成立", "04 cosignature/v1, Ed25519", "2026年4月1日 07:33"),
        ("不认识的钥匙", "没有核对", "不知道", ""),
    ]
    assert (told.quorum, told.found, told.met) == (2, 1, "不够：未经见证")
    assert told.silent == ("silent",)

    bad = lines[1].signature[:-1] + bytes([lines[1].signature[-1] ^ 1])
    spoiled = Note(text=text, signatures=(lines[0], NoteSignature(
        name="near", key_hash=witnesses[0].key_hash, signature=bad)))  # fmt: skip
    told = noted(
        format_note(spoiled), log_keys=[format_vkey(own)],
        witnesses=[format_vkey(witnesses[0])], quorum=0, display=Display(),
    )  # fmt: skip
    assert [line.verdict for line in told.lines] == ["签名成立", "签名对不上"]
    assert (told.found, told.met) == (0, "这里不要求")


def _witness(name: str, key: PrivateKey) -> VerifierKey:
    raw = key.public.spki[-32:]
    digest = sha256(name.encode() + b"\n" + bytes([COSIGNATURE_V1]) + raw).digest()[:4]
    found = VerifierKey(name=name, key_hash=digest, algorithm=COSIGNATURE_V1, public=raw)
    assert parse_vkey(format_vkey(found)) == found
    return found


def _cosigned(who: VerifierKey, key: PrivateKey, text: str) -> NoteSignature:
    seconds = 1_775_000_000
    signed = sign_note_line(key, f"cosignature/v1\ntime {seconds}\n{text}".encode())
    return NoteSignature(
        name=who.name, key_hash=who.key_hash, signature=seconds.to_bytes(8) + signed
    )
