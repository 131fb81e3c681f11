"""What is answered to whoever sent rows or answers: every one of them ended once. For JSON by `as_dict`."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RowsReceipt:
    """read == recorded + repeated + refused; `faults`: row (from 1), whose row it is, and the sentence of each refused
    one."""

    read: int
    recorded: int
    repeated: int
    refused: int
    faults: tuple[dict[str, Any], ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AnswersReceipt:
    """read == applied + repeated + len(refused); `refused`: the id of what was answered, and error, of each."""

    read: int
    applied: int
    repeated: int
    refused: tuple[dict[str, str], ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)
