"""How the phone's script is shortened: what it does stays, and what is not ours keeps its name."""

import pytest

from api.public.packing import pack


@pytest.mark.parametrize(
    ("source", "packed"),
    [
        # Functions of the top are values, which need fewer words.
        (
            "function double(one) { return 2 * one; }\nprint(double(4));\n",
            "let e=e=>2*e;print(e(4))",
        ),
        (
            "async function wait(one) { await one; }\nwait(fetch);\n",
            "let e=async e=>{await e};e(fetch)",
        ),
        # A constant goes where it is read, unless that is more than one place, or a template.
        ("const MAX = 32 * 1024;\nprint(size > MAX);\n", "print(size>32*1024)"),
        ("const MAX = 5;\nprint(MAX, MAX);\n", "let e=5;print(e,e)"),
        ('const NAME = "n";\nprint(`${NAME}s`);\n', 'let e="n";print(`${e}s`)'),
        # What a refusal says to engineers is not carried.
        ('if (isWrong) fail("it is wrong", leaf);\n', "isWrong&&fail(leaf)"),
        # A member of ours gets one short name, also where it stands alone in braces.
        ("print({ handle }.handle, one.handle);\n", "print({a}.a,one.a)"),
        ("print(({ checkpoint }) => checkpoint.size);\n", "print(({checkpoint:e})=>e.size)"),
    ],
)
def test_a_script_is_shortened_by_these_rules(source: str, packed: str) -> None:
    assert pack(source) == packed
