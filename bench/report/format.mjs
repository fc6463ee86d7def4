import { CORPORA } from '../corpora/catalogue.mjs';

/** A number in at least two figures: 0.41 s, 7.3 s, 140 s. */
function figures(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

const grouped = (text) => text.replace(/\B(?=(\d{3})+$)/g, ',');

export const count = (value) => grouped(String(value));

/** Bytes in MB of a million. */
export function megabytes(bytes) {
  const value = bytes / 1e6;
  return `${value >= 1000 ? grouped(value.toFixed(0)) : figures(value)} MB`;
}

/** A value of a row: bytes where the row says so, else milliseconds, from one second in seconds. */
function quantity(value, unit) {
  if (unit === 'bytes') return megabytes(value);
  return value >= 1000 ? `${figures(value / 1000)} s` : `${value.toFixed(0)} ms`;
}

/** Median, and least to most where there is more than one run. */
export function spread({ median, least, most, runs }, unit) {
  const middle = quantity(median, unit);
  return runs === 1 ? middle : `${middle} (${quantity(least, unit)} – ${quantity(most, unit)})`;
}

/**
 * A ratio in two decimals; in more where these would put it on the other side of its limit.
 * @param met as judge() says
 */
export function ratioText(ratio, limit, met) {
  for (let decimals = 2; decimals < 6; decimals++) {
    const text = ratio.toFixed(decimals);
    if (limit === undefined || Number(text) <= limit === met) return text;
  }
  return String(ratio);
}

export const corpusTitle = (name) => (name === undefined ? '' : CORPORA[name].title);

export const peerTitle = (row) => PEERS[row.peer?.name ?? row.peer] ?? row.peer?.name ?? row.peer;

/** What contenders are called in a table. */
const PEERS = {
  umoci: '`umoci insert`',
  buildah: '`buildah commit`',
  pigz: '`tar \\| pigz -6 \\| sha256sum`',
  crane: '`crane append`',
  zstd: '`tar \\| zstd -3 -T0`',
  git: '`git status`',
  node: '`node -e 0`',
  mmdebstrap: '`mmdebstrap --variant=extract`',
  'skopeo-push': '`skopeo copy`',
  'skopeo-pull': '`skopeo copy`',
  'gzip -6': '`gzip -6`',
  limit: 'limit',
  'time of 1 ×': '1 × the work',
};
