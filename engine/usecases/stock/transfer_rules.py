"""The rules of transfers as they stand in data/rules/transfers.toml."""

from engine.model.toml_values import no_strangers, part
from engine.response.transfer import FILE, TransferRules
from engine.usecases.room.rule_files import RULES, parsed_rules


def load_transfer_rules() -> TransferRules:
    """Read and checked anew at each call, under a millisecond. Raises BadSetting with what would be right."""
    parsed = parsed_rules(RULES / FILE, "rules of transfers")
    no_strangers(parsed, ["transfer"], file=FILE, where="")
    return part(TransferRules, parsed, "transfer", file=FILE)
