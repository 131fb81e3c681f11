"""Which city or province does a plain name mean? For tables that name places the way people do: 郑州, 河南省, 410100.

A name that two places bear is refused: whoever writes it can write the adcode.
"""

import re

import polars as pl

_SUFFIX = re.compile(r"(?:维吾尔|壮族|回族)?(?:自治区|特别行政区|自治州|地区|省|盟|州|市)$")


class PlaceNames:
    """Cities and provinces by adcode and by name; a city wins over a province of the same name (北京)."""

    def __init__(self, regions: pl.DataFrame) -> None:
        self._names: dict[str, str] = {}
        self._codes: dict[str, set[str]] = {}
        for level in ("province", "city"):
            rows = regions.filter(level=level).select("adcode", level, "aliases")
            found: dict[str, set[str]] = {}
            for adcode, name, aliases in rows.iter_rows():
                self._names[adcode] = name
                spelled = {name, _SUFFIX.sub("", name), *(a.strip() for a in (aliases or "").split("|"))}
                for one in spelled - {"", "市辖区"}:
                    found.setdefault(one, set()).add(adcode)
            self._codes |= found

    def adcode(self, text: str) -> str | None:
        """The adcode of a city or province; None where no single place is meant. A district's code means its city."""
        said = text.strip()
        if re.fullmatch(r"\d{6}", said):
            return next((code for code in (said[:4] + "00", said[:2] + "0000") if code in self._names), None)
        codes = self._codes.get(said, set())
        return next(iter(codes)) if len(codes) == 1 else None

    def name(self, adcode: str) -> str:
        """The official name."""
        return self._names[adcode]
