import type { Answer } from './exchange.js';

export interface ApiError {
  readonly code: string;
  readonly message?: string;
  readonly detail?: unknown;
}

export function json(status: number, value: unknown, headers: Answer['headers'] = {}): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: Buffer.from(JSON.stringify(value)),
  };
}

/** An error as the distribution-spec has them: `{"errors":[…]}`. */
export function apiErrors(status: number, errors: readonly ApiError[], headers: Answer['headers'] = {}): Answer {
  return json(status, { errors: errors.map((error) => ({ message: error.code.toLowerCase(), ...error })) }, headers);
}

export function apiError(status: number, code: string, detail: unknown = undefined): Answer {
  return apiErrors(status, [{ code, ...(detail === undefined ? {} : { detail }) }]);
}

/** What a proxy in front of a registry answers. */
export function html(status: number, title = 'Bad Gateway'): Answer {
  const body = `<html>\r\n<head><title>${status} ${title}</title></head>\r\n<body><h1>${title}</h1></body>\r\n</html>\r\n`;
  return { status, headers: { 'content-type': 'text/html' }, body: Buffer.from(body) };
}
