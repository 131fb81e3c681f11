"""What does a notice say? Texts with named fields in both languages (data/notices/*.toml), checked and filled in."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from enum import StrEnum
from typing import Any

from engine.errors import BadRequest, BadSetting
from engine.model.notices import AUDIENCE_OF, FIELDS_OF, Audience, NoticeKind, Via
from engine.model.toml_values import member, no_strangers, table, tables, texts, value

LANGUAGES = ("zh", "en")
BEIJING = timezone(timedelta(hours=8))  # one zone, no summer time
NOTHING = "—"

Words = Mapping[str, Mapping[str, Mapping[str, str]]]
"""field -> code -> language -> words."""


class Consent(StrEnum):
    """What a buyer's refusal counts for."""

    UNLESS_REFUSED = "unless_refused"
    SAFETY = "safety"  # nothing: the goods may make ill


@dataclass(frozen=True, slots=True)
class Said:
    """A text of one language."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Template:
    """One kind of notice. good_hours: from its cause on; then it is given up. via, consent: of buyers' notices."""

    kind: NoticeKind
    said: Mapping[str, Said]
    good_hours: float
    via: tuple[Via, ...] = ()
    consent: Consent = Consent.UNLESS_REFUSED


@dataclass(frozen=True, slots=True)
class Templates:
    """Every kind's template, and the words that codes in fields are told in."""

    by_kind: Mapping[NoticeKind, Template]
    words: Words

    def render(self, kind: NoticeKind, fields: Mapping[str, Any], language: str) -> Said:
        """The text of a notice. Raises BadRequest where the fields are not exactly those of its kind."""
        check_fields(kind, fields)
        shown = self.shown(fields, language)
        said = self.by_kind[kind].said[language]
        return Said(said.title.format_map(shown), said.text.format_map(shown))

    def shown(self, fields: Mapping[str, Any], language: str) -> dict[str, str]:
        """The fields as people read them: moments in Beijing time, codes in words; a value that is given by language
        ({"zh": ..., "en": ...}) in this one."""
        return {name: self._shown(name, found, language) for name, found in fields.items()}

    def _shown(self, name: str, found: Any, language: str) -> str:
        if isinstance(found, Mapping):
            found = found.get(language)
        if found is None or found == "":
            return NOTHING
        if name.endswith("_at"):
            return f"{datetime.fromisoformat(str(found)).astimezone(BEIJING):%m-%d %H:%M}"
        return self.words.get(name, {}).get(str(found), {}).get(language, str(found))


def check_fields(kind: NoticeKind, fields: Mapping[str, Any]) -> None:
    """Raises BadRequest unless `fields` are exactly those of the kind."""
    if set(fields) == set(FIELDS_OF[kind]):
        return
    wanted, given = ", ".join(FIELDS_OF[kind]), ", ".join(sorted(fields)) or "none"
    raise BadRequest(f"A notice of kind {kind} is filled with {wanted}; given were {given}.")


def templates_from(files: Mapping[str, Mapping[str, Any]], words: Mapping[str, Any]) -> Templates:
    """The templates of parsed files, by their names, and the words of words.toml. Raises BadSetting."""
    made: dict[NoticeKind, Template] = {}
    for file, parsed in files.items():
        no_strangers(parsed, ["template"], file=file, where="")
        for one in tables(parsed, "template", file=file):
            template = _template(one, file)
            if template.kind in made:
                raise BadSetting(f"{file}: the template {template.kind} stands there a second time.")
            made[template.kind] = template
    if missing := [kind for kind in NoticeKind if kind not in made]:
        raise BadSetting(f"The notice templates have no {missing[0]}.")
    return Templates(made, _words(words))


def _template(parsed: Mapping[str, Any], file: str) -> Template:
    kind = member(parsed, "kind", NoticeKind, file=file, where=" [[template]]")
    where = f", template {kind}"
    buyers = AUDIENCE_OF[kind] is Audience.BUYER
    no_strangers(
        parsed, ["kind", "good_hours", *LANGUAGES, *(["via", "consent"] if buyers else [])], file=file, where=where
    )
    hours = value(parsed, "good_hours", float, file=file, where=where)
    if not 1 <= hours <= 720:
        raise BadSetting(f"{file}{where}: good_hours is {hours:g}; it must lie between 1 and 720.")
    said = {language: _said(parsed, language, kind, file, where) for language in LANGUAGES}
    if not buyers:
        return Template(kind, said, hours)
    names = texts(parsed, "via", file=file, where=where)
    if strange := [name for name in names if name not in list(Via)]:
        raise BadSetting(f"{file}{where}: via has {strange[0]!r}; it knows {', '.join(Via)}.")
    consent = member(parsed, "consent", Consent, file=file, where=where)
    return Template(kind, said, hours, tuple(Via(name) for name in names), consent)


def _said(parsed: Mapping[str, Any], language: str, kind: NoticeKind, file: str, where: str) -> Said:
    found, here = table(parsed, language, file=f"{file}{where}"), f"{where} [{language}]"
    no_strangers(found, ["title", "text"], file=file, where=here)
    said = Said(
        value(found, "title", str, file=file, where=here).strip(),
        value(found, "text", str, file=file, where=here).strip(),
    )
    if not said.title or not said.text:
        raise BadSetting(f"{file}{here}: title and text must not be empty.")
    named = _names(said.title, file, here) | _names(said.text, file, here)
    if unknown := sorted(named - set(FIELDS_OF[kind])):
        raise BadSetting(
            f"{file}{here} names a field that this notice does not have: {unknown[0]}; "
            f"there are {', '.join(FIELDS_OF[kind])}."
        )
    if missing := [name for name in FIELDS_OF[kind] if name not in named]:
        raise BadSetting(f"{file}{here} does not tell the field {missing[0]}.")
    return said


def _names(text: str, file: str, where: str) -> set[str]:
    """The names in braces; nothing but plain names may stand there."""
    try:
        parts = [(name, spec, how) for _, name, spec, how in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        raise BadSetting(f"{file}{where}: the braces of {text!r} do not fit together: {error}.") from None
    for name, spec, how in parts:
        if not name.isidentifier() or spec or how:
            raise BadSetting(f"{file}{where}: {{{name}}} is no plain name of a field.")
    return {name for name, _, _ in parts}


def _words(parsed: Mapping[str, Any]) -> Words:
    file = "words.toml"
    fields = {name for names in FIELDS_OF.values() for name in names}
    no_strangers(parsed, sorted(fields), file=file, where="")
    for name, codes in parsed.items():
        for code, said in codes.items():
            if not isinstance(said, Mapping) or set(said) != set(LANGUAGES):
                raise BadSetting(f"{file} [{name}.{code}] must say zh and en, and nothing else.")
            for language in LANGUAGES:
                value(said, language, str, file=file, where=f" [{name}.{code}]")
    return parsed
