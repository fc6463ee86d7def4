import { type Complaint, isComplaint } from './complaint.js';
import { checkDestination, checkFileDestination, checkRelativePath } from './destination.js';
import { isMap, type Plain, quote, valueAt } from './source-node.js';
import { nameOfUrl, parseWebUrl } from './web-url.js';

/** With a slash at the end, a file from the web is named as at the end of its first URL. */
function checkFetchTo(content: Plain, text: string): Complaint | undefined {
  const complaint = checkDestination(text);
  if (complaint !== undefined || !text.endsWith('/') || valueAt(content, ['extract']) !== undefined) return complaint;
  const fetch = valueAt(content, ['fetch']);
  const first = Array.isArray(fetch) ? fetch[0] : fetch;
  const url = typeof first === 'string' ? parseWebUrl(first) : undefined;
  if (url === undefined || isComplaint(url)) return undefined;
  const name = nameOfUrl(url);
  if (name !== undefined && !/[/\0]/.test(name) && checkRelativePath(name) === undefined) return undefined;
  return { reason: 'and the URL names no file', hint: `Name the file: ${quote(`${text}NAME`)}.` };
}

function checkImageTo(content: Plain, text: string): Complaint | undefined {
  const paths = valueAt(content, ['paths']);
  const areSeveral = Array.isArray(paths) && paths.length > 1;
  if (!areSeveral || text.endsWith('/')) return checkDestination(text);
  return (
    checkDestination(text) ?? {
      reason: 'and several paths need a directory',
      hint: `End it with "/": ${quote(`${text}/`)}.`,
    }
  );
}

/** `to` of a content: the place of a single file may end in `/` where the file has a name of its own. */
export function checkTo(content: Plain, text: string): Complaint | undefined {
  const has = (key: string): boolean => isMap(content) && Object.hasOwn(content, key);
  if (has('fetch')) return checkFetchTo(content, text);
  if (has('image')) return checkImageTo(content, text);
  return has('files') || has('artifact') ? checkDestination(text) : checkFileDestination(text);
}
