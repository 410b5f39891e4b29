/** The stylesheet of the report, in the colours of the web app. Nothing in it is loaded from anywhere. */

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fafafa; --surface: #ffffff; --raised: #f4f4f5; --ink: #18181b; --muted: #52525b; --line: #e4e4e7;
  --accent: #0f766e; --accent-soft: #d5ebe7; --accent-softer: #e6f4f1; --wait: #a14b06; --fail: #b91c1c; --fail-soft: #fdecec;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0b0b0d; --surface: #18181b; --raised: #242428; --ink: #f4f4f5; --muted: #a9a9b2; --line: #2e2e33;
    --accent: #2dd4bf; --accent-soft: #17423d; --accent-softer: #10302d; --wait: #fbbf24; --fail: #f87171; --fail-soft: #3a1717;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1rem/1.6 "Inter Variable", Inter, ui-sans-serif, system-ui, sans-serif; overflow-wrap: anywhere;
}
main { max-width: 70rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1, h2 { font-weight: 600; text-wrap: balance; margin: 0; }
h1 { font-size: 2rem; line-height: 1.2; letter-spacing: -0.022em; }
h2 { font-size: 1.25rem; line-height: 1.4; letter-spacing: -0.012em; }
p { margin: 0; text-wrap: pretty; max-width: 46rem; }
code, .mono { font-family: "JetBrains Mono Variable", ui-monospace, monospace; font-size: 0.8125rem; }
.muted, .note { color: var(--muted); }
.note { font-size: 0.875rem; margin-top: 0.75rem; }
header { display: grid; gap: 0.5rem; margin-bottom: 1.5rem; }
section { margin-top: 1.5rem; padding: 1.25rem; background: var(--surface); border: 1px solid var(--line); border-radius: 0.75rem; }
section > h2 + * { margin-top: 1rem; }
section > p + * { margin-top: 1rem; }
h2 + p { margin-top: 0.25rem; color: var(--muted); }
section > h2 + p { margin-top: 0.25rem; }
.verdict { padding: 0.875rem 1.25rem; border-radius: 0.75rem; background: var(--accent-softer); border: 1px solid var(--accent); max-width: none; }
.verdict.refused { background: var(--fail-soft); border-color: var(--fail); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.5rem, 1fr)); margin: 1.5rem 0 0;
  background: var(--surface); border: 1px solid var(--line); border-radius: 0.75rem; overflow: hidden; }
.tiles > div { box-shadow: 1px 1px 0 0 var(--line); padding: 0.875rem 1.125rem; }
.tiles dt { color: var(--muted); font-size: 0.875rem; }
.tiles dd { margin: 0; font-size: 1.25rem; font-weight: 600; font-variant-numeric: tabular-nums; }
.tiles dd small { display: block; font-size: 0.8125rem; line-height: 1.4; font-weight: 400; color: var(--muted); }
.pair { display: grid; gap: 1.5rem; grid-template-columns: 1fr; }
.pair > section { margin-top: 0; }
.pair { margin-top: 1.5rem; }
@media (min-width: 56.25rem) { .pair { grid-template-columns: 1fr 1fr; } }
.scroll { overflow-x: auto; max-width: 100%; }
.scroll + .bars { margin-top: 1.5rem; }
.scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 0.875rem; font-variant-numeric: tabular-nums; }
th, td { padding: 0.4rem 0.75rem 0.4rem 0; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { color: var(--muted); font-weight: 400; vertical-align: bottom; }
th:first-child, td:first-child, th.text, td.text { text-align: left; }
td.text { white-space: normal; min-width: 8rem; overflow-wrap: break-word; }
th:last-child, td:last-child { padding-right: 0; }
tbody tr:last-child td { border-bottom: 0; }
svg { display: block; width: 100%; overflow: visible; }
svg text { fill: var(--muted); font-size: 0.75rem; font-variant-numeric: tabular-nums; }
.plot { display: grid; grid-template-columns: 1.75rem minmax(0, 1fr); }
.plot .axis { width: 1.75rem; }
.grid { stroke: var(--line); }
.tread { fill: var(--accent-soft); }
.tread.even { fill: var(--accent-softer); }
.edge { stroke: var(--accent); stroke-width: 2; stroke-linecap: round; }
.number { font-weight: 600; }
.bars { display: grid; grid-template-columns: minmax(5rem, max-content) minmax(4rem, 1fr) max-content; grid-auto-flow: dense; gap: 0.4rem 0.75rem;
  align-items: center; font-size: 0.875rem; }
.bar { grid-column: 2; }
.bar-name { grid-column: 1; max-width: 14rem; line-height: 1.35; }
.bar-value { grid-column: 3; text-align: right; font-variant-numeric: tabular-nums; }
.track { fill: var(--raised); }
.fill, .dot { fill: var(--accent); }
.mark { stroke: var(--wait); stroke-width: 2; }
.whisker { stroke: var(--ink); stroke-width: 1.5; }
.base { stroke: var(--line); }
@media (max-width: 40rem) {
  main { padding: 1.5rem 1rem 3rem; }
  h1 { font-size: 1.625rem; }
  section { padding: 1rem; }
  .bars { grid-template-columns: minmax(0, 1fr) max-content; gap: 0.15rem 0.75rem; }
  .bar { grid-column: 1 / -1; margin-bottom: 0.5rem; }
  .bar-name { max-width: none; }
  .bar-value { grid-column: 2; }
  th, td { padding-right: 0.625rem; }
  .tiles { grid-template-columns: 1fr 1fr; }
}
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --surface: #ffffff; --raised: #f4f4f5; --ink: #000000; --muted: #444444; --line: #d4d4d8;
    --accent: #0f766e; --accent-soft: #d5ebe7; --accent-softer: #e6f4f1; --wait: #a14b06; --fail: #b91c1c; --fail-soft: #fdecec;
  }
  body { font-size: 10pt; }
  main { padding: 0; max-width: none; }
  section, .tiles, .verdict { break-inside: avoid; }
  section { padding: 0.75rem; }
  .scroll { overflow: visible; }
}
`;
