"""Bytes that are a little wrong: one change at one place, for tests of codecs."""

from hypothesis import strategies as st


@st.composite
def mutated(draw: st.DrawFn, raw: bytes) -> bytes:
    """`raw` with one byte changed, inserted or removed, or cut short."""
    place = draw(st.integers(0, len(raw)))
    byte = draw(st.binary(min_size=1, max_size=1))
    kind = draw(st.sampled_from(["change", "insert", "remove", "cut"]))
    if kind == "cut":
        return raw[:place]
    if kind == "insert":
        return raw[:place] + byte + raw[place:]
    return raw[:place] + (byte if kind == "change" else b"") + raw[place + 1 :]
