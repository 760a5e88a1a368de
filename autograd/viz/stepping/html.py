"""The stepper as a page: one file, no network, and a script of a few lines that sets two numbers.

``--s`` is the current step, and ``--h`` is 1 while quiz mode holds back the result of the step.  A
style sheet computes from them, and from the times that each element carries, what can be seen.
Without scripts the page shows the last step, which is the finished picture.
"""

from __future__ import annotations

from autograd.viz.colours import THEMES, Theme
from autograd.viz.html import over
from autograd.viz.stepping.captions import Caption
from autograd.viz.stepping.layers import TIMED, Play, document, svg_of
from autograd.viz.stepping.tokens import mathml
from autograd.viz.svg import xml_text

__all__ = ["around", "framed", "page"]


def _style(look: Theme, widest: float) -> str:
    return f"""
html{{color-scheme:{look.scheme};height:100%}}
body{{margin:0;height:100%;display:flex;flex-direction:column;background:{look.page};color:{look.ink};
font:15px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif}}
svg{{flex:1 1 0;min-height:6em;width:100%;margin:0 auto;max-width:min(100%,{widest}px)!important}}
.captions{{display:grid;grid-template-columns:minmax(0,1fr);padding:.2em .8em;
border-top:1px solid {look.line};cursor:default}}
.captions>p{{grid-area:1/1;margin:0;text-align:center}}
.captions b{{display:block;font-weight:400;color:{look.faint};font-size:.87em}}
math{{font-size:1.2em;math-style:normal}}
mi{{font-family:'Latin Modern Roman','STIX Two Text',Cambria,'Times New Roman',serif;
font-style:italic;text-transform:none;padding:0 .12em}}
mtext+mn,mi+mtext{{padding-left:.25em}}
.ask .q{{color:transparent;background:{look.fills["m"]};border-radius:.2em}}
.controls{{display:flex;gap:.5em;align-items:center;padding:.3em .8em .5em;flex-wrap:wrap}}
.controls input[type=range]{{flex:1 1 8em;min-width:6em;accent-color:{look.strokes["m"]}}}
button{{font:inherit;min-width:2.4em;padding:.1em .5em;border:1px solid {look.line};
border-radius:6px;background:{look.page};color:inherit;cursor:pointer}}
:focus-visible{{outline:3px solid {look.strokes["p"]};outline-offset:1px}}
output{{min-width:5em;text-align:right;font-variant-numeric:tabular-nums}}
.say{{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}}
"""


SCRIPT = """
const root = document.documentElement, find = x => document.querySelector(x);
const slider = find('input[type=range]'), quiz = find('#quiz'), play = find('#play');
const captions = [...document.querySelectorAll('.captions>p')], last = +slider.max;
let step = last, hidden = false, clock = 0;
function show(n, ask = quiz.checked) {
  step = Math.max(0, Math.min(last, n));
  const caption = captions[step];
  hidden = ask && !!caption.querySelector('.q');
  slider.value = step;
  root.style.setProperty('--s', step);
  root.style.setProperty('--h', +hidden);
  root.classList.toggle('ask', hidden);
  find('#reveal').hidden = !hidden;
  find('output').textContent = step + ' / ' + last;
  captions.forEach(c => c.setAttribute('aria-hidden', c !== caption));
  find('.say').textContent = said(caption);
}
function said(caption) {
  const copy = caption.cloneNode(true);
  copy.querySelectorAll('mfrac').forEach(f => f.firstChild.after('/'));
  if (hidden) copy.querySelectorAll('.q').forEach(q => q.textContent = '?');
ARRAYS  return copy.textContent;
}
function reveal() { if (hidden) show(step, false); }
function stop() { clearInterval(clock); clock = 0; play.textContent = 'Play'; }
play.onclick = () => {
  if (clock) return stop();
  if (step === last) show(0);
  play.textContent = 'Pause';
  clock = setInterval(() => {
    if (hidden) reveal(); else if (step < last) show(step + 1);
    if (step === last && !hidden) stop();
  }, PACE);
};
slider.oninput = () => { stop(); show(+slider.value); };
quiz.onchange = () => show(step);
find('#back').onclick = () => { stop(); show(step - 1); };
find('#next').onclick = () => { stop(); show(step + 1); };
find('#reveal').onclick = find('svg').onclick = find('.captions').onclick = reveal;
document.onkeydown = event => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const to = {ArrowLeft: step - 1, ArrowRight: step + 1, Home: 0, End: last}[event.key];
  if (event.key === 'Enter' && event.target.tagName !== 'BUTTON') reveal();
  else if (event.key === ' ' && event.target.tagName !== 'BUTTON' && event.target !== quiz) {
    play.click(); event.preventDefault();
  } else if (to !== undefined) { stop(); show(to); event.preventDefault(); }
};
show(quiz.checked ? 0 : last);
"""

# What arrays in formulas need besides: brackets and columns, and how they are said.
OF_ARRAYS = """
mtable{border:solid;border-width:0 1.5px;border-radius:.5em;padding:0 .25em;
margin:.1em .15em;font-size:.8em}
mtd{padding:.08em .3em;line-height:1.15;text-align:right;text-align:-webkit-right}
mtd>mn{display:inline-block}
"""
SAID_OF_ARRAYS = """\
  const cells = (x, between) => [...x.children].map(c => c.textContent).join(between);
  copy.querySelectorAll('mtr').forEach(r => r.textContent = cells(r, ', '));
  copy.querySelectorAll('mtable:has(mtr)').forEach(t => t.textContent = `[${cells(t, '; ')}]`);
"""

LARGEST = 1.5  # how many times its own size a picture grows
PACE = 1400  # milliseconds a step takes when it is played


def page(play: Play, quiz: bool = False) -> str:
    """A whole page, with all that comes and goes in it."""
    svg = document(play, [svg_of(layer, timed=True) for layer in play.layers])
    return around(svg, play.captions, play.name, play.scene.width, play.theme, quiz)


def around(
    svg: str,
    captions: list[Caption],
    name: str,
    width: float,
    theme: str = "light",
    quiz: bool = False,
    pace: int = PACE,
) -> str:
    """A page with a slider around an SVG of this width whose elements have times.

    When it plays, a step takes ``pace`` milliseconds.
    """
    last = len(captions) - 1
    asks = any(token.answer for caption in captions for token in caption.formula)
    arrays = any(token.rows for caption in captions for token in caption.formula)
    style = _style(THEMES[theme], round(LARGEST * width)) + OF_ARRAYS * arrays
    script = SCRIPT.replace("PACE", str(pace)).replace("ARRAYS", SAID_OF_ARRAYS * arrays)
    said = "".join(_caption(step, caption) for step, caption in enumerate(captions))
    return f"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{xml_text(name)}</title>
<style>:root{{--s:{last};--h:0}}{TIMED}{style}</style>
{svg}
<div class="captions">{said}</div>
<div class="controls">
<button id="back" title="one step back">‹</button>
<button id="play">Play</button>
<button id="next" title="one step on">›</button>
<input type="range" min="0" max="{last}" value="{last}" aria-label="step"
data-lm-suppress-shortcuts>
<output>{last} / {last}</output>
<button id="reveal" hidden>Reveal</button>
<label{"" if asks else " hidden"}>
<input type="checkbox" id="quiz"{" checked" if quiz else ""}> quiz</label>
</div>
<div class="say" aria-live="polite"></div>
<script>{script}</script>
</html>
"""


def _caption(step: int, caption: Caption) -> str:
    formula = mathml(caption.formula) if caption.formula else ""
    return f"<p style=--a:{step}><b>{xml_text(caption.words)}</b>{formula}\n"


def framed(html: str, static: str, name: str, width: float, more: float = 0.0) -> str:
    """For a notebook: the page over a static picture, with room for the buttons.

    ``more`` is the height of arrays in captions, which do not shrink with the picture.
    """
    room = f"calc({2 * more:g}px + 4em)" if more else "4em"
    still = f"width:100%;max-width:{LARGEST * width:.0f}px;height:auto;padding-bottom:{room}"
    return over(static, html, name, grid="min-height:22em", still=still)
