"""The rules of mass delays as they stand in data/rules/mass_delay.toml."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import BadSetting
from engine.logistics.contrast import ContrastRules
from engine.logistics.held_up import FILE, BuyerOption, Hysteresis, Look, MassDelayRules, Offered
from engine.rules.toml_values import no_strangers, part, tables, value
from engine.settings import DATA


def load_mass_delay_rules(folder: Path = DATA / "rules") -> MassDelayRules:
    """Read and checked anew at each call. Raises BadSetting with what would be right."""
    path = folder / FILE
    try:
        parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"The rules of mass delays in {path} cannot be read: {error}") from error
    return mass_delay_rules_from(parsed)


def mass_delay_rules_from(parsed: Mapping[str, Any]) -> MassDelayRules:
    """The rules of a parsed TOML: every setting, and no other."""
    no_strangers(parsed, ["look", "contrast", "incident", "option"], file=FILE, where="")
    return MassDelayRules(
        look=part(Look, parsed, "look", file=FILE),
        contrast=part(ContrastRules, parsed, "contrast", file=FILE),
        incident=part(Hysteresis, parsed, "incident", file=FILE),
        options=tuple(_option(one) for one in tables(parsed, "option", file=FILE)),
    )


def _option(parsed: Mapping[str, Any]) -> Offered:
    where = " [[option]]"
    no_strangers(parsed, ["option", "compensation_yuan"], file=FILE, where=where)
    name = value(parsed, "option", str, file=FILE, where=where)
    if name not in set(BuyerOption):
        raise BadSetting(f"{FILE}{where}: option is {name!r}; it must be one of {', '.join(BuyerOption)}.")
    yuan = value(parsed, "compensation_yuan", float, file=FILE, where=where)
    return Offered(option=BuyerOption(name), compensation_yuan=yuan)
