"""Where every setting comes from: data/settings.toml, overridden by the environment, checked before anything starts.

A wrong value raises BadSetting, whose sentence names the setting, the value and what would be right.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from engine.errors import BadSetting
from engine.model.access import AccessSettings, LoginSettings
from engine.model.channel_settings import ChannelSettings
from engine.model.track_settings import TrackSettings

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"

S = TypeVar("S")


def _in(section: str, name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadSetting(f"[{section}] {name} is {value}: it must lie between {low:g} and {high:g}.")


def _one_of(section: str, name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise BadSetting(f"[{section}] {name} is {value!r}: it must be one of {', '.join(allowed)}.")


@dataclass(frozen=True, slots=True)
class DatabaseSettings:
    """`url`: SQLAlchemy URL of a DuckDB file or a PostgreSQL server."""

    url: str = ""


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """Limits and defaults of order intake; data/settings.toml explains each."""

    group_orders: int = 4000
    max_rows: int = 20000
    max_body_mb: int = 32
    requests_per_second: int = 2000
    promise_hours: int = 48

    def __post_init__(self) -> None:
        _in("intake", "group_orders", self.group_orders, 1, 100_000)
        _in("intake", "max_rows", self.max_rows, 1, 1_000_000)
        _in("intake", "max_body_mb", self.max_body_mb, 1, 1024)
        _in("intake", "requests_per_second", self.requests_per_second, 0, 1_000_000)
        _in("intake", "promise_hours", self.promise_hours, 1, 24 * 60)


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Who may call the API: `keys` as name:key pairs, none means this machine only; `operators`: which may do more."""

    keys: str = ""
    operators: str = ""
    signature_seconds: int = 300

    def __post_init__(self) -> None:
        _in("api", "signature_seconds", self.signature_seconds, 10, 3600)
        unknown = sorted(self.operator_names() - set(self.by_name()))
        if unknown:
            raise BadSetting(f"[api] operators names {unknown[0]!r}, which has no key in [api] keys.")

    def operator_names(self) -> frozenset[str]:
        """Callers that may do an operator's work; which that is, data/rules/roles.toml says."""
        return frozenset(filter(None, (name.strip() for name in self.operators.split(","))))

    def by_name(self) -> dict[str, str]:
        """Caller name -> key."""
        pairs: dict[str, str] = {}
        for pair in filter(None, (part.strip() for part in self.keys.split(","))):
            name, colon, key = pair.partition(":")
            if not colon or not name or len(key) < 16:
                raise BadSetting("[api] keys must read name:key, name:key; every key needs at least 16 characters.")
            pairs[name] = key
        return pairs


@dataclass(frozen=True, slots=True)
class TrackingSettings:
    """What providers sign their pushes with, as agreed with them; empty: their pushes need a key of the API instead."""

    kuaidi100_salt: str = ""
    kdniao_key: str = ""

    def __post_init__(self) -> None:
        for name, secret in (("kuaidi100_salt", self.kuaidi100_salt), ("kdniao_key", self.kdniao_key)):
            if secret and len(secret) < 8:
                raise BadSetting(f"[tracking] {name} has {len(secret)} characters: it needs at least 8, or none.")


@dataclass(frozen=True, slots=True)
class BoardSettings:
    """How boards behave: seconds between refreshes and until a figure is stale, first language, operator's name."""

    refresh_seconds: int = 2
    stale_seconds: int = 60
    language: str = "zh"
    operator: str = "值班员 Operator"

    def __post_init__(self) -> None:
        _in("boards", "refresh_seconds", self.refresh_seconds, 1, 600)
        _in("boards", "stale_seconds", self.stale_seconds, 5, 86_400)
        _one_of("boards", "language", self.language, ("zh", "en"))
        if not self.operator.strip():
            raise BadSetting("[boards] operator is empty: actions need a name to be audited under.")


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """The seeded demo show: whether the room plays it to itself, how many orders over how many real minutes.

    past_days, past_orders: days before it with a show every second evening, and orders of each show, that an empty
    database is given first.
    riders: moved around stores.
    """

    autoplay: str = "off"
    orders: int = 40000
    minutes: float = 10
    seed: int = 20261111
    past_days: int = 3
    past_orders: int = 400
    riders: int = 160

    def __post_init__(self) -> None:
        _one_of("demo", "autoplay", self.autoplay, ("on", "off"))
        _in("demo", "orders", self.orders, 1, 5_000_000)
        _in("demo", "minutes", self.minutes, 0, 24 * 60)
        _in("demo", "past_days", self.past_days, 0, 8)
        _in("demo", "past_orders", self.past_orders, 0, 20_000)
        _in("demo", "riders", self.riders, 0, 20_000)


@dataclass(frozen=True, slots=True)
class JobSettings:
    """Cadence of the background jobs, in seconds."""

    allocate_seconds: int = 2
    verify_seconds: int = 60
    stagger_seconds: int = 60
    look_ahead_seconds: int = 15
    waves_seconds: int = 60
    partners_seconds: int = 300
    mass_delay_seconds: int = 300
    waybills_seconds: int = 120
    train_delays_seconds: int = 3600
    train_tickets_seconds: int = 300
    score_delays_seconds: int = 60
    weather_seconds: int = 10800
    watch_drift_seconds: int = 3600
    forget_seconds: int = 900
    alarms_seconds: int = 20
    clocks_seconds: int = 5
    alerts_seconds: int = 1
    actions_seconds: int = 10
    tickets_seconds: int = 20
    notices_seconds: int = 2
    compensations_seconds: int = 60
    incidents_seconds: int = 1
    topics_seconds: int = 300
    packing_seconds: int = 60
    learn_damage_seconds: int = 3600
    improvements_seconds: int = 3600
    reports_seconds: int = 60

    def __post_init__(self) -> None:
        _in("jobs", "allocate_seconds", self.allocate_seconds, 1, 3600)
        _in("jobs", "verify_seconds", self.verify_seconds, 5, 86_400)
        _in("jobs", "stagger_seconds", self.stagger_seconds, 5, 3600)
        _in("jobs", "look_ahead_seconds", self.look_ahead_seconds, 5, 3600)
        _in("jobs", "waves_seconds", self.waves_seconds, 5, 86_400)
        _in("jobs", "partners_seconds", self.partners_seconds, 30, 86_400)
        _in("jobs", "mass_delay_seconds", self.mass_delay_seconds, 30, 86_400)
        _in("jobs", "waybills_seconds", self.waybills_seconds, 10, 86_400)
        _in("jobs", "train_delays_seconds", self.train_delays_seconds, 60, 86_400)
        _in("jobs", "train_tickets_seconds", self.train_tickets_seconds, 30, 86_400)
        _in("jobs", "score_delays_seconds", self.score_delays_seconds, 5, 86_400)
        _in("jobs", "weather_seconds", self.weather_seconds, 900, 86_400)
        _in("jobs", "watch_drift_seconds", self.watch_drift_seconds, 60, 86_400)
        _in("jobs", "forget_seconds", self.forget_seconds, 60, 86_400)
        _in("jobs", "alerts_seconds", self.alerts_seconds, 1, 60)
        _in("jobs", "alarms_seconds", self.alarms_seconds, 5, 3600)
        _in("jobs", "clocks_seconds", self.clocks_seconds, 1, 30)
        _in("jobs", "actions_seconds", self.actions_seconds, 2, 3600)
        _in("jobs", "tickets_seconds", self.tickets_seconds, 5, 3600)
        _in("jobs", "notices_seconds", self.notices_seconds, 1, 60)
        _in("jobs", "compensations_seconds", self.compensations_seconds, 5, 86_400)
        _in("jobs", "incidents_seconds", self.incidents_seconds, 1, 3600)
        _in("jobs", "topics_seconds", self.topics_seconds, 30, 86_400)
        _in("jobs", "packing_seconds", self.packing_seconds, 5, 86_400)
        _in("jobs", "learn_damage_seconds", self.learn_damage_seconds, 60, 86_400)
        _in("jobs", "improvements_seconds", self.improvements_seconds, 60, 86_400)
        _in("jobs", "reports_seconds", self.reports_seconds, 10, 86_400)


@dataclass(frozen=True, slots=True)
class WeatherSettings:
    """Who is asked for weather, of how many places, how many hours ahead; `source` off: nobody."""

    source: str = "off"
    base_url: str = "https://api.open-meteo.com/v1/forecast"
    key: str = ""
    most_places: int = 300
    hours: int = 96
    timeout_seconds: float = 20

    def __post_init__(self) -> None:
        _one_of("weather", "source", self.source, ("off", "open-meteo"))
        _in("weather", "most_places", self.most_places, 1, 1000)
        _in("weather", "hours", self.hours, 24, 384)
        _in("weather", "timeout_seconds", self.timeout_seconds, 1, 120)
        if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._/-]*)?", self.base_url):
            raise BadSetting(
                f"[weather] base_url is {self.base_url!r}: it must be like https://api.open-meteo.com/v1/forecast"
            )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of one process, checked."""

    database: DatabaseSettings
    intake: IntakeSettings
    api: ApiSettings
    tracking: TrackingSettings
    boards: BoardSettings
    demo: DemoSettings
    jobs: JobSettings
    track: TrackSettings
    weather: WeatherSettings
    channels: ChannelSettings
    access: AccessSettings
    login: LoginSettings

    @property
    def database_url(self) -> str:
        """The URL to open; the default is a DuckDB file in data/."""
        return self.database.url or f"duckdb:///{DATA / 'warroom.duckdb'}"


SECTIONS: dict[str, type] = {
    "database": DatabaseSettings,
    "intake": IntakeSettings,
    "api": ApiSettings,
    "tracking": TrackingSettings,
    "boards": BoardSettings,
    "demo": DemoSettings,
    "jobs": JobSettings,
    "track": TrackSettings,
    "weather": WeatherSettings,
    "channels": ChannelSettings,
    "access": AccessSettings,
    "login": LoginSettings,
}


def load_settings(path: Path | None = None, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings from a TOML file and the environment. Unknown sections, keys and WARROOM_ names are refused."""
    environ = os.environ if environment is None else environment
    file = path or Path(environ.get("WARROOM_SETTINGS", DATA / "settings.toml"))
    raw = _read(file)
    unknown = set(raw) - set(SECTIONS)
    if unknown:
        raise BadSetting(f"{file.name} has sections nobody reads: {', '.join(sorted(unknown))}.")
    overrides = _overrides(environ)
    made: dict[str, Any] = {
        name: _section(name, kind, raw.get(name, {}), overrides.get(name, {})) for name, kind in SECTIONS.items()
    }
    return Settings(**made)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise BadSetting(f"The settings file {file} does not exist.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadSetting(f"The settings file {file} cannot be read as TOML: {error}") from error


def _overrides(environ: Mapping[str, str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for name, value in environ.items():
        if not name.startswith("WARROOM_") or name == "WARROOM_SETTINGS":
            continue
        if name == "WARROOM_DATABASE":
            found.setdefault("database", {})["url"] = value
            continue
        section, _, key = name.removeprefix("WARROOM_").lower().partition("_")
        if section not in SECTIONS or key not in {f.name for f in fields(SECTIONS[section])}:
            raise BadSetting(f"The environment sets {name}, which is no setting of the room.")
        found.setdefault(section, {})[key] = value
    return found


def _section(name: str, kind: type[S], raw: Mapping[str, Any], overrides: Mapping[str, str]) -> S:
    known = {f.name: f.type for f in fields(kind)}  # type: ignore[arg-type]
    unknown = set(raw) - set(known)
    if unknown:
        raise BadSetting(f"[{name}] has settings nobody reads: {', '.join(sorted(unknown))}.")
    values: dict[str, Any] = {}
    for key, value in {**raw, **overrides}.items():
        values[key] = _typed(name, key, value, known[key])
    return kind(**values)


def _typed(section: str, key: str, value: Any, kind: Any) -> Any:
    try:
        if kind is str and isinstance(value, str):
            return value
        if kind is int and not isinstance(value, bool) and isinstance(value, int | str):
            return int(value)
        if kind is float and not isinstance(value, bool) and isinstance(value, int | float | str):
            return float(value)
    except ValueError:
        pass  # said below, with what would be right
    words = {str: "text", int: "a whole number", float: "a number"}[kind]
    raise BadSetting(f"[{section}] {key} is {value!r}: it must be {words}.")
