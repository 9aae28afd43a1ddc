"""Provinces by GB/T 2260: the only place that a scan stores, and never anything finer."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from ledger.rules.history.openings import UNKNOWN_PROVINCE

PROVINCES: Final[Mapping[str, str]] = {
    "11": "北京", "12": "天津", "13": "河北", "14": "山西", "15": "内蒙古", "21": "辽宁",
    "22": "吉林", "23": "黑龙江", "31": "上海", "32": "江苏", "33": "浙江", "34": "安徽",
    "35": "福建", "36": "江西", "37": "山东", "41": "河南", "42": "湖北", "43": "湖南",
    "44": "广东", "45": "广西", "46": "海南", "50": "重庆", "51": "四川", "52": "贵州",
    "53": "云南", "54": "西藏", "61": "陕西", "62": "甘肃", "63": "青海", "64": "宁夏",
    "65": "新疆", "71": "台湾", "81": "香港", "82": "澳门",
}  # fmt: skip


def province_of(text: str) -> str:
    """The province that a proxy's header names, by name or number; "" for anything else.

    A header that names a town or gives coordinates comes down to the province or to nothing.
    """
    plain = unquote(text).strip().removeprefix("CN-")
    if plain.isdigit():
        return PROVINCES.get(plain[:2], UNKNOWN_PROVINCE)
    named = (name for name in PROVINCES.values() if plain.startswith(name))
    return next(named, UNKNOWN_PROVINCE)
