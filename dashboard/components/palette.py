"""Colours of signals and charts, the same as in .streamlit/config.toml, and the few lines of CSS that themes lack."""

INK = "#0B111C"
PANEL = "#131C2B"
LINE = "#243146"
TEXT = "#DDE5F2"
DIM = "#8392AB"
GOLD = "#E3B04B"
RED = "#F2645A"
ORANGE = "#F0A04B"
YELLOW = "#E3C65B"
GREEN = "#45B981"
BLUE = "#5C9DED"
QUIET = "#3A4A63"
"""For what is true and needs no attention."""

FONT = "Noto Sans SC, Source Han Sans SC, PingFang SC, Microsoft YaHei, Noto Sans CJK SC, sans-serif"

STATUS = {
    "unpaid": QUIET,
    "reserved": BLUE,
    "held": ORANGE,
    "allocated": GREEN,
    "sold_out": RED,
    "cancelled": DIM,
    "refunded": DIM,
}
"""One colour an order status, wherever it appears."""


def rgb(colour: str, alpha: int = 255) -> list[int]:
    """[r, g, b, a] of a #RRGGBB colour, as the map wants it."""
    return [int(colour[i : i + 2], 16) for i in (1, 3, 5)] + [alpha]


STYLE = """<style>
/* A refresh must not fade what is on the wall. */
[data-testid=stElementContainer][data-stale=true]{opacity:1!important;transition:none!important}
/* Something critical is new on the wall: three slow flashes, and none for those who asked for less motion. */
@media (prefers-reduced-motion:no-preference){.st-key-wall-flash{animation:flash 1.2s ease-in-out 3}}
@keyframes flash{50%{background:#5A1F22}}
/* A tile whose data is old is grey: still readable, no longer to be relied on. */
[class*=st-key-stale-]{filter:grayscale(1);opacity:.55}
/* Figures that change in place keep their columns. */
[data-testid=stMetricValue],[data-testid=stMetricDelta],[data-testid=stCaptionContainer]{
  font-variant-numeric:tabular-nums}
/* Panels are lighter than the wall and tight inside: all of it fits without scrolling. */
[class*=st-key-panel-],[class*=st-key-stale-]{padding:.6rem .9rem .6rem!important;gap:.35rem!important;
  background:#131C2B;border-color:#243146}
:is([class*=st-key-panel-],[class*=st-key-stale-],.st-key-show-line) :is(
  p,[data-testid=stMarkdownContainer],[data-testid=stCaptionContainer]){margin-top:0;margin-bottom:0}
.panel-head{display:flex;justify-content:space-between;align-items:baseline;gap:.6rem;white-space:nowrap;
  font-variant-numeric:tabular-nums}
.panel-head span{color:#8392AB;font-size:.875rem}
[data-testid=stMainBlockContainer]{padding-left:1.1rem;padding-right:1.1rem}
[data-testid=stMainBlockContainer] [data-testid=stVerticalBlock]{row-gap:.7rem}
/* A card of the inbox: figures in a row, lines below, all in one element. */
.act p{margin:.15rem 0 .3rem}.act small{display:block;color:#8392AB;font-size:.75rem}
.act-head{display:flex;justify-content:space-between;align-items:baseline;gap:.6rem;flex-wrap:wrap;
  font-variant-numeric:tabular-nums}
.act-head>span{color:#8392AB;font-size:.875rem}.act-hot{color:#F2645A}
.act-figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(105px,1fr));gap:.2rem .8rem;
  font-variant-numeric:tabular-nums}
.act-lines li{margin:0!important;padding:0}
.act-lines{display:flex;flex-wrap:wrap;gap:0 1.4rem;margin:.35rem 0 0!important;padding:0!important;list-style:none;
  color:#B7C2D6;font-size:.875rem;font-variant-numeric:tabular-nums}
/* The hint of the text boxes speaks English only. */
[data-testid=InputInstructions]{display:none}
/* The language stands in the bar of page names, not in a line of its own. */
.st-key-head{position:fixed;top:.55rem;right:1.1rem;width:auto!important;z-index:1000000}
</style>"""
