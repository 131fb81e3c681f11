"""Who asks at the same moment is answered by one reading, each with what is theirs."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import pytest

from dashboard.api.together import Together


class Archive:
    """Readings that wait until the test lets them go; keeps what each was asked for."""

    def __init__(self) -> None:
        self.rounds: list[list[str]] = []
        self.begun, self.gate = threading.Event(), threading.Event()
        self.stored = 1

    def read(self, keys: Sequence[str]) -> Mapping[str, str]:
        self.rounds.append(list(keys))
        self.begun.set()
        assert self.gate.wait(20)
        if "broken" in keys:
            raise ValueError("the archive burns")
        return {key: f"{key} {self.stored}" for key in keys if key != "nobody"}


def played(play: Callable[[Archive, Together[str, str]], Awaitable[Any]], *, most: int = 64) -> list[list[str]]:
    archive = Archive()

    async def run() -> None:
        await play(archive, Together(archive.read, most=most))

    asyncio.run(run())
    return archive.rounds


async def begun(archive: Archive) -> None:
    assert await asyncio.to_thread(archive.begun.wait, 20)


def test_who_comes_during_a_reading_shares_the_next_one_and_gets_what_is_theirs() -> None:
    async def play(archive: Archive, desk: Together[str, str]) -> None:
        first = asyncio.create_task(desk.get("a"))
        await begun(archive)
        others = [asyncio.create_task(desk.get(key)) for key in ("b", "c", "b", "nobody", "a")]
        await asyncio.wait(others, timeout=0)
        archive.gate.set()
        assert await first == "a 1"
        assert await asyncio.gather(*others) == ["b 1", "c 1", "b 1", None, "a 1"]

    assert played(play) == [["a"], ["b", "c", "nobody", "a"]], "two readings for six askers, each key once"


def test_nobody_gets_less_than_what_was_there_when_they_asked() -> None:
    """A key that is being read right now is read again for who asks now: they may just have sent a form."""

    async def play(archive: Archive, desk: Together[str, str]) -> None:
        early = asyncio.create_task(desk.get("a"))
        await begun(archive)
        late = asyncio.create_task(desk.get("a"))
        await asyncio.wait([late], timeout=0)
        archive.gate.set()
        await early
        archive.stored = 2
        assert await late in ("a 1", "a 2")

    assert played(play) == [["a"], ["a"]]


def test_a_reading_takes_no_more_than_it_may_and_the_rest_follows() -> None:
    async def play(archive: Archive, desk: Together[str, str]) -> None:
        archive.gate.set()
        assert await asyncio.gather(*(desk.get(str(n)) for n in range(5))) == [f"{n} 1" for n in range(5)]

    assert played(play, most=2) == [["0", "1"], ["2", "3"], ["4"]]


def test_a_reading_that_fails_is_told_to_its_askers_and_the_next_one_works() -> None:
    async def play(archive: Archive, desk: Together[str, str]) -> None:
        archive.gate.set()
        failed = await asyncio.gather(desk.get("broken"), desk.get("a"), return_exceptions=True)
        assert [str(error) for error in failed] == ["the archive burns"] * 2
        assert await desk.get("a") == "a 1"

    played(play)


def test_an_asker_who_goes_away_takes_the_answer_from_nobody() -> None:
    async def play(archive: Archive, desk: Together[str, str]) -> None:
        gone, stays = (asyncio.create_task(desk.get("a")) for _ in range(2))
        await begun(archive)
        gone.cancel()
        archive.gate.set()
        assert await stays == "a 1"
        with pytest.raises(asyncio.CancelledError):
            await gone

    played(play)
