import { fail, TbuildError } from '../../errors/index.js';
import { redactUrl } from '../../network/index.js';
import { type Download, taskOf } from './download-request.js';

/** Failures of one place, after which the next one is tried. All else concerns this machine. */
const OF_A_PLACE: ReadonlySet<string> = new Set([
  'server-unavailable',
  'server-invalid',
  'registry-unauthorised',
  'input-missing',
  'input-denied',
  'input-unreadable',
  'input-mismatch',
  'input-limit',
]);

export function isOfPlace(error: unknown): error is TbuildError {
  return error instanceof TbuildError && OF_A_PLACE.has(error.code);
}

/** The error with the place in image.yaml, and perhaps other words. */
function changed(
  error: TbuildError,
  request: Download,
  facts: Partial<Pick<TbuildError, 'message' | 'hint' | 'details'>>,
) {
  return fail(error.code, {
    message: facts.message ?? error.message,
    hint: facts.hint ?? error.hint,
    at: error.at ?? request.at,
    details: facts.details ?? error.details,
    cause: error,
  });
}

const LISTED_MAX = 20;

function listed(names: readonly string[]): string {
  const more = names.length > LISTED_MAX ? ` and ${names.length - LISTED_MAX} more` : '';
  return `${names.slice(0, LISTED_MAX).join(', ')}${more}`;
}

/** Says of a failure of the network what is pinned and has yet to be fetched. */
export function withLacking(error: unknown, request: Download, lacks: readonly string[]): unknown {
  if (!(error instanceof TbuildError) || error.code !== 'server-unavailable' || lacks.length === 0) return error;
  const many = lacks.length === 1 ? 'One input is' : `${lacks.length} inputs are`;
  const lacking = `${many} pinned, but not in the cache: ${listed(lacks)}.`;
  const hint = error.hint === undefined ? lacking : `${error.hint} ${lacking}`;
  return changed(error, request, { hint, details: { ...error.details, lacks: [...lacks] } });
}

/** What is to be told where all places of a download failed. @param failures one for each URL, in their order */
export function failureOfAll(request: Download, failures: readonly TbuildError[]): TbuildError {
  const task = taskOf(request);
  const reasons = failures.map(({ message }) =>
    message.startsWith(`${task}: `) ? message.slice(task.length + 2) : message,
  );
  const mismatch = failures.find(({ code }) => code === 'input-mismatch');
  const [only] = failures;
  if (failures.length === 1) return changed(only!, request, {});
  const urls = request.urls.map(redactUrl);
  if (failures.every(({ code }) => code === 'input-missing')) {
    const message = `${task}: none of these exists: ${urls.join(', ')}`;
    return changed(only!, request, { message, details: { urls } });
  }
  const chosen = mismatch ?? failures.find(({ code }) => code === 'server-unavailable') ?? only!;
  const message = `${task} from any of ${failures.length} places: ${reasons.join('; ')}`;
  return changed(chosen, request, { message, details: { ...chosen.details, urls } });
}
