import { judge } from '../statistics.mjs';
import { corpusTitle, megabytes, ratioText } from './format.mjs';

/** Pixels. A bar that would be longer than the plot ends in an arrow. */
const LABEL = 330;
const PLOT = 440;
const FIGURES = 190;
const ROW = 24;
const BAR = 14;
const TOP = 64;
const BOTTOM = 16;
const WIDTH = LABEL + PLOT + FIGURES;

/** The plot ends at this many times the limit. */
const MOST = 2;

const xOf = (share) => LABEL + (PLOT * Math.min(share, MOST)) / MOST;

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** The same in one colour scheme: names of classes, not variables, which few renderers but browsers know. */
const scheme = ({ paper, ink, faint, met, missed }) =>
  `.paper{fill:${paper}}.ink{fill:${ink}}.faint{fill:${faint}}.met{fill:${met}}.missed{fill:${missed}}` +
  `.limit{stroke:${ink}}.grid{stroke:${faint}}`;

const LIGHT = { paper: '#ffffff', ink: '#1f2328', faint: '#6a737d', met: '#2b7a8c', missed: '#c4501b' };
const DARK = { paper: '#0d1117', ink: '#e6edf3', faint: '#8b949e', met: '#4fb3c8', missed: '#f0883e' };

const STYLE = `text{font:13px "DejaVu Sans",Verdana,sans-serif}.title{font-size:15px;font-weight:bold}.small{font-size:11px}
.limit{stroke-width:2}.grid{stroke-width:1;stroke-dasharray:2 4}
${scheme(LIGHT)}
@media (prefers-color-scheme:dark){${scheme(DARK)}}`;

function text(x, y, words, classes = 'ink', anchor = 'start') {
  return `<text x="${x}" y="${y}" class="${classes}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

const vertical = (x, from, to, kind) => `<line x1="${x}" x2="${x}" y1="${from}" y2="${to}" class="${kind}"/>`;

const whole = (value) => Number(value.toFixed(1));

const PEERS = { 'skopeo-push': 'skopeo', 'skopeo-pull': 'skopeo' };

/** Which row it is: the work, the corpus, and against whom. */
function labelOf({ work, corpus, peer }) {
  const what = corpus === undefined ? work : `${work}, ${corpusTitle(corpus)}`;
  return peer.name === 'limit' ? what : `${what} vs ${PEERS[peer.name] ?? peer.name}`;
}

/** What it came to, of what is allowed: memory as it is, everything else as a ratio. */
function figuresOf({ peer, limit }, { mine, theirs, ratio, met }) {
  const figures =
    peer.name === 'limit'
      ? [megabytes(mine.median), megabytes(theirs.median)]
      : [ratioText(ratio, limit, met), String(limit)];
  return `${met ? '✓' : '✗'} ${figures.join(' of ')}`;
}

function bar(row, index) {
  const judged = judge(row);
  const share = judged.ratio / row.limit;
  const y = TOP + index * ROW;
  const end = whole(xOf(share));
  const [top, baseline] = [y + (ROW - BAR) / 2, y + ROW / 2 + 4.5];
  const kind = judged.met ? 'met' : 'missed';
  const arrow = `<path d="M${end} ${top - 3}l9 ${BAR / 2 + 3}l-9 ${BAR / 2 + 3}z" class="${kind}"/>`;
  return [
    text(LABEL - 10, baseline, labelOf(row), 'ink', 'end'),
    `<rect x="${LABEL}" y="${top}" width="${Math.max(1, whole(end - LABEL))}" height="${BAR}" class="${kind}"/>`,
    share > MOST ? arrow : '',
    text(LABEL + PLOT + 16, baseline, figuresOf(row, judged), kind),
  ].join('');
}

/**
 * Bars of the ratios, each as a share of what is allowed, so that one line is the limit of all.
 * Rows without a limit, or without figures, are not in it.
 */
export function plot(rows) {
  const judged = rows.filter(({ limit, ours }) => limit !== undefined && ours.values !== undefined);
  const bottom = TOP + judged.length * ROW;
  const height = bottom + BOTTOM;
  const limit = xOf(1);
  const grid = [0, 0.5, 1.5, 2].map((share) => vertical(xOf(share), TOP - 4, bottom, 'grid'));
  const scale = [0, 0.5, 1, 1.5, 2].map((share) =>
    text(
      xOf(share),
      TOP - 10,
      share === 1 ? 'limit' : `${share} ×`,
      share === 1 ? 'ink small' : 'faint small',
      'middle',
    ),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">
<title>Each ratio as a share of what is allowed</title>
<style>${STYLE}</style>
<rect width="${WIDTH}" height="${height}" class="paper"/>
${text(16, 26, 'tbuild compared with others: each ratio as a share of what is allowed; shorter is better', 'ink title')}
${grid.join('')}${scale.join('')}
${judged.map(bar).join('\n')}
${vertical(limit, TOP - 6, bottom, 'limit')}
</svg>
`;
}
