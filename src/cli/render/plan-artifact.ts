import type { ArtifactPlan, InputChange } from '../../plan/index.js';
import type { FindingsView } from './findings.js';
import { limited, renderHidden } from './limit.js';
import { SYMBOLS } from './plan-changes.js';
import { shortened } from './short.js';
import { renderRows } from './table.js';
import { Text, text, yellow } from './text.js';

const VALUE_COLUMNS = 60;

const STATUS = {
  cached: 'cached',
  runs: 'will run',
  waits: 'waits for an artifact that has not run',
} as const;

/** `relaxed sandbox: bubblewrap is not installed`. What was in the cache says it only where everything is asked for. */
function sandboxNote({ status, sandbox }: ArtifactPlan, verbose: boolean): Text {
  if (status === 'cached' && !verbose) return Text.of();
  const { level, reason } = sandbox;
  if (reason === undefined) return text`, ${level} sandbox`;
  return text`, ${yellow(`${level} sandbox`)}: ${reason}`;
}

/** `* artifact server`, `will run, strict sandbox`. */
export function artifactRow(artifact: ArtifactPlan, verbose: boolean): Text[] {
  const { name, status } = artifact;
  const symbol = status === 'cached' ? SYMBOLS.same : status === 'runs' ? yellow('*') : SYMBOLS.unknown;
  return [text`${symbol} artifact ${name}`, text`${STATUS[status]}${sandboxNote(artifact, verbose)}`];
}

function renderFact(fact: string, view: FindingsView): Text {
  const whole = Text.of(shortened(fact, view));
  return view.verbose ? whole : whole.truncate(VALUE_COLUMNS);
}

/** `~ input cmd/main.go`, `sha256:… → sha256:…`. */
function inputRow({ change, what, before, after }: InputChange, view: FindingsView): Text[] {
  const facts = [before, after].filter((fact) => fact !== null).map((fact) => renderFact(fact, view));
  const [first = Text.of(), second] = facts;
  return [text`${SYMBOLS[change]} ${what}`, second === undefined ? first : text`${first} → ${second}`];
}

/** What an artifact sees differently than before, old → new. */
export function renderInputs({ changes }: ArtifactPlan, view: FindingsView): Text[] {
  const { shown, hidden } = limited(changes, view.verbose);
  const rows = shown.map((change) => inputRow(change, view));
  const lines = renderRows(rows, view.columns ?? Number.POSITIVE_INFINITY);
  return hidden === 0 ? lines : [...lines, renderHidden(hidden)];
}
