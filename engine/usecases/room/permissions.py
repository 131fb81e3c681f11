"""Who may do what, and who is who, as it stands in the files now: a change of either counts from the next click."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from engine.errors import BadSetting
from engine.response.permissions import Permissions, permissions_from
from engine.response.staff import Staff, staff_from
from engine.usecases.room.rule_files import RULES, parsed_rules

T = TypeVar("T")


def load_permissions() -> Permissions:
    """The table of data/rules/roles.toml. Raises BadSetting with what would be right."""
    return _as_it_stands(RULES / "roles.toml", _permissions)


def load_staff(file: Path) -> Staff:
    """The brand's list of people. Raises BadSetting with what would be right."""
    return _as_it_stands(file, _staff)


def _as_it_stands(path: Path, read: Callable[[Path, int, int], T]) -> T:
    """Read anew only where the file has changed: a page asks for a dozen buttons at each refresh."""
    try:
        seen = path.stat()
    except OSError as error:
        raise BadSetting(f"The file {path} cannot be read: {error.strerror}.") from error
    return read(path, seen.st_mtime_ns, seen.st_size)


@lru_cache(maxsize=4)
def _permissions(path: Path, _changed_ns: int, _size: int) -> Permissions:
    return permissions_from(parsed_rules(path, "table of roles"))


@lru_cache(maxsize=4)
def _staff(path: Path, _changed_ns: int, _size: int) -> Staff:
    return staff_from(parsed_rules(path, "list of people"), file=path.name)
