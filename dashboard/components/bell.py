"""What a wall can do that a page cannot: ring and flash for what is critical, and fill the screen.

One element without a frame. It rings when `seq` has risen since the last drawing, if the sound is on: browsers let a
page ring only after somebody has clicked on it, which is what the button is for.
"""

from collections.abc import Callable
from typing import Any

import streamlit as st

_HTML = '<div class="bell"><button class="sound"></button><button class="full"></button></div>'
_CSS = """
.bell{display:flex;gap:.5rem}
.bell button{background:transparent;border:1px solid #243146;color:#DDE5F2;border-radius:.5rem;padding:.25rem .8rem;
  font:inherit;cursor:pointer}
.bell button:hover,.bell button:focus-visible{border-color:#E3B04B;color:#E3B04B;outline:none}
.bell button.on{border-color:#45B981;color:#45B981}
"""
# Two tones a minor third apart, a quarter of a second each: heard over a warehouse, and not an alarm clock.
_JS = """
export default function ({ data, parentElement }) {
  const state = parentElement._bell ?? (parentElement._bell = { seq: data.seq, sound: false, context: null });
  const sound = parentElement.querySelector('.sound'), full = parentElement.querySelector('.full');
  const paint = () => {
    sound.textContent = state.sound ? data.words.on : data.words.off;
    sound.classList.toggle('on', state.sound);
    full.textContent = document.fullscreenElement ? data.words.leave : data.words.fill;
  };
  const ring = () => {
    if (!state.sound || !state.context) return;
    [880, 1047].forEach((pitch, place) => {
      const tone = state.context.createOscillator(), volume = state.context.createGain();
      const begin = state.context.currentTime + 0.28 * place;
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0.0001, begin);
      volume.gain.exponentialRampToValueAtTime(0.3, begin + 0.03);
      volume.gain.exponentialRampToValueAtTime(0.0001, begin + 0.25);
      tone.connect(volume).connect(state.context.destination);
      tone.start(begin); tone.stop(begin + 0.26);
    });
  };
  sound.onclick = () => {
    state.sound = !state.sound;
    if (state.sound) { state.context = state.context ?? new AudioContext(); state.context.resume(); ring(); }
    paint();
  };
  full.onclick = () => {
    if (document.fullscreenElement) document.exitFullscreen(); else document.documentElement.requestFullscreen();
  };
  document.onfullscreenchange = paint;
  if (data.seq > state.seq) ring();
  state.seq = data.seq;
  paint();
}
"""
_MADE: list[Callable[..., Any]] = []


def bell(*, seq: int, words: dict[str, str], key: str) -> None:
    """`seq` rises with every new critical alert. words: on, off, fill, leave."""
    if not _MADE:
        _MADE.append(st.components.v2.component("warroom.bell", html=_HTML, css=_CSS, js=_JS))
    _MADE[0](data={"seq": seq, "words": words}, key=key)
