#include "fibonaqi/campaign/report_style.hpp"

namespace fibonaqi::report {

namespace {

// Series colours keep their order of brightness for readers with colour blindness (blue, orange, green,
// purple, red, grey) and are lighter on dark.
constexpr std::string_view text = R"css(
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1a2029; --muted: #59636f; --rule: #dde2e8; --accent: #0b5cad;
  --good: #1a6d35; --good-soft: #e3f4e8; --bad: #a8271c; --bad-soft: #fbe9e7;
  --s0: #0b5cad; --s1: #b8570b; --s2: #2a7d46; --s3: #7b4bb0; --s4: #b3264a; --s5: #5b6672; --heat: 11, 92, 173;
  --r0: #8a96a3; --r1: #3f7fc4; --r2: #4aa08a; --r3: #d18a1f; --r4: #c23b2e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12161c; --card: #1b2129; --ink: #e7ebf0; --muted: #a3aebb; --rule: #333c47; --accent: #74b3f5;
    --good: #7fd49a; --good-soft: #17301f; --bad: #ff9d92; --bad-soft: #3a1d1a;
    --s0: #6aaef5; --s1: #f0a04b; --s2: #6fca8c; --s3: #c09bf0; --s4: #f5839f; --s5: #a9b4c0; --heat: 106, 174, 245;
    --r0: #7d8896; --r1: #5b9be0; --r2: #5fb9a1; --r3: #e5a648; --r4: #ef7364;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 2px; overflow-wrap: anywhere; }
h2 { font-size: 1.22rem; margin: 0 0 10px; }
p { margin: 0 0 12px; max-width: 74ch; overflow-wrap: anywhere; }
a { color: var(--accent); }
.subtitle, .small { color: var(--muted); }
.small { font-size: .9rem; }
section { background: var(--card); border: 1px solid var(--rule); border-radius: 12px; padding: 20px 22px 14px;
  margin: 18px 0; }
.verdict { border-left: 6px solid var(--accent); font-size: 1.12rem; }
.verdict.good { border-left-color: var(--good); }
.verdict.bad { border-left-color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(168px, 1fr)); gap: 8px; padding: 0;
  margin: 14px 0 10px; list-style: none; }
.tiles li { background: var(--page); border: 1px solid var(--rule); border-radius: 10px; padding: 10px; }
.tiles b { display: block; font-size: 1.1rem; white-space: nowrap; line-height: 1.25; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--muted); font-size: .88rem; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 18px 26px; }
figure { margin: 0 0 12px; min-width: 0; }
figcaption { font-weight: 600; font-size: .95rem; margin-bottom: 4px; }
figure.empty p { color: var(--muted); }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--muted); font-size: 12.5px; font-variant-numeric: tabular-nums; }
svg .axis-title { fill: var(--ink); font-size: 13px; }
svg .middle { text-anchor: middle; }
svg .end { text-anchor: end; }
svg .grid { stroke: var(--rule); stroke-width: 1; }
svg .axis { stroke: var(--muted); stroke-width: 1; }
svg .diagonal { stroke: var(--muted); stroke-width: 1.2; stroke-dasharray: 5 4; }
svg .line { fill: none; stroke: var(--series); stroke-width: 2.2; stroke-linejoin: round; }
svg .marker { fill: var(--series); stroke: var(--card); stroke-width: 1; }
svg .dots { fill: none; stroke: var(--series); stroke-width: 4.6; stroke-linecap: round; stroke-opacity: .55; }
.series-0 { --series: var(--s0); } .series-1 { --series: var(--s1); } .series-2 { --series: var(--s2); }
.series-3 { --series: var(--s3); } .series-4 { --series: var(--s4); } .series-5 { --series: var(--s5); }
.ramp-0 { --series: var(--r0); } .ramp-1 { --series: var(--r1); } .ramp-2 { --series: var(--r2); }
.ramp-3 { --series: var(--r3); } .ramp-4 { --series: var(--r4); }
svg .dots[class*="ramp-"] { stroke-width: 5.4; stroke-opacity: .8; }
svg .range { fill: none; stroke: var(--series); stroke-width: 1.6; }
svg .ring { fill: none; stroke: var(--ink); stroke-width: 1.3; }
svg .badge { fill: var(--ink); stroke: var(--card); stroke-width: 1.2; }
svg .badge-word { fill: var(--card); font-size: 9.5px; font-weight: 700; }
svg .line.series-1 { stroke-dasharray: 7 3; } svg .line.series-2 { stroke-dasharray: 2 3; }
svg .line.series-3 { stroke-dasharray: 9 3 2 3; } svg .line.series-4 { stroke-dasharray: 4 2; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; list-style: none; padding: 0; margin: 0 0 6px;
  font-size: .88rem; color: var(--muted); }
.swatch { display: inline-block; width: .75em; height: .75em; border-radius: 3px; margin-right: .4em;
  background: var(--series); }
.swatch.of-ring { border-radius: 50%; background: none; border: 1.5px solid var(--ink); }
.swatch.of-badge { border-radius: 50%; background: var(--ink); }
.bars { display: grid; grid-template-columns: auto 1fr auto; gap: 7px 12px; align-items: center; font-size: .92rem; }
.bar-track { display: flex; height: 20px; min-width: 0; }
.bar { background: var(--series); height: 100%; border-right: 1px solid var(--card); }
.bar-sum { color: var(--muted); font-variant-numeric: tabular-nums; }
.scroll { overflow-x: auto; margin: 4px 0 14px; }
table { border-collapse: collapse; font-size: .92rem; }
th, td { text-align: left; padding: 6px 18px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
th { color: var(--muted); font-weight: 600; }
td { overflow-wrap: break-word; max-width: 60ch; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.heat { background: rgba(var(--heat), calc(var(--share) * .45)); padding-right: 12px; }
details { margin: 6px 0 12px; }
summary { cursor: pointer; color: var(--accent); }
details[open] > summary { margin-bottom: 8px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
@media (max-width: 560px) { main { padding: 18px 10px 40px; } section { padding: 16px 14px 8px; }
  svg text { font-size: 15px; } svg .axis-title { font-size: 15px; } }
@media print { body { background: #fff; } section { break-inside: avoid; } }
)css";

}  // namespace

std::string_view style_sheet() {
    return text;
}

}  // namespace fibonaqi::report
