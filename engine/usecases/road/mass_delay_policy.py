"""The rules of mass delays as they stand in data/rules/mass_delay.toml."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import BadSetting
from engine.logistics.contrast import ContrastRules
from engine.logistics.held_up import FILE, BadWeather, BuyerOption, Hysteresis, Look, MassDelayRules, Offered
from engine.model.toml_values import no_strangers, part, tables, value
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_mass_delay_rules(folder: Path = RULES) -> MassDelayRules:
    """Read and checked anew at each call. Raises BadSetting with what would be right."""
    return mass_delay_rules_from(parsed_rules(folder / FILE, "rules of mass delays"))


def mass_delay_rules_from(parsed: Mapping[str, Any]) -> MassDelayRules:
    """The rules of a parsed TOML: every setting, and no other."""
    no_strangers(parsed, ["look", "contrast", "incident", "weather", "option"], file=FILE, where="")
    return MassDelayRules(
        look=part(Look, parsed, "look", file=FILE),
        contrast=part(ContrastRules, parsed, "contrast", file=FILE),
        incident=part(Hysteresis, parsed, "incident", file=FILE),
        weather=part(BadWeather, parsed, "weather", file=FILE),
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
