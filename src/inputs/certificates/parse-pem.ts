import { X509Certificate } from 'node:crypto';
import { fail, type SourceSpan, type TbuildError } from '../../errors/index.js';

/** A certificate in DER (X.690), as it was encoded. */
export type Certificate = Buffer;

/** Where certificates are read from, for messages. */
export interface PemPlace {
  /** As the user wrote it, or the path in the image. */
  readonly shown: string;
  readonly at: SourceSpan;
}

interface Block {
  readonly label: string;
  readonly base64: string;
  readonly isClosed: boolean;
}

const BEGIN = /^-----BEGIN ([^-].*)-----\s*$/;
/** A byte order mark in Latin-1, and blanks: editors put them before lines, and nobody sees that. */
const BEFORE_LINES = /^(?:\u00ef\u00bb\u00bf)?[ \t]*/gm;
const LINE_CHARACTERS = 64;
/** First byte of a DER certificate: a SEQUENCE. */
const DER_START = 0x30;

/** Blocks of RFC 7468; what stands between them is explanation. */
function* blocksOf(text: string): Generator<Block> {
  let label: string | undefined;
  let body: string[] = [];
  for (const line of text.split('\n')) {
    if (label !== undefined && line.trimEnd() === `-----END ${label}-----`) {
      yield { label, base64: body.join(''), isClosed: true };
      label = undefined;
    } else if (label !== undefined && !line.startsWith('-----')) {
      body.push(line.trim());
    } else {
      if (label !== undefined) yield { label, base64: body.join(''), isClosed: false };
      label = BEGIN.exec(line)?.[1];
      body = [];
    }
  }
  if (label !== undefined) yield { label, base64: body.join(''), isClosed: false };
}

/** @throws Error where the block is no X.509 certificate, or has something behind it */
function decode({ base64, isClosed }: Block): Certificate {
  if (!isClosed) throw new Error('the line "-----END CERTIFICATE-----" is missing');
  if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) throw new Error('it is not base64');
  const der = Buffer.from(base64, 'base64');
  if (!new X509Certificate(der).raw.equals(der)) throw new Error('it is not in DER');
  return der;
}

function invalid(
  { shown, at }: PemPlace,
  problem: string,
  more: { hint?: string; number?: number; cause?: unknown },
): TbuildError {
  const { hint, number, cause } = more;
  const details = { path: shown, ...(number === undefined ? {} : { number }) };
  return fail('certificate-invalid', { message: problem, hint, at, details, cause });
}

function certificateOf(block: Block, number: number, place: PemPlace): Certificate {
  const shown = JSON.stringify(place.shown);
  const { label } = block;
  if (label.endsWith('PRIVATE KEY')) {
    const hint = 'A key does not belong into an image: name a file with certificates only.';
    throw invalid(place, `Block ${number} of ${shown} is a private key`, { hint, number });
  }
  if (label !== 'CERTIFICATE') {
    throw invalid(place, `Block ${number} of ${shown} is ${JSON.stringify(label)}, not a certificate`, { number });
  }
  try {
    return decode(block);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw invalid(place, `Certificate ${number} of ${shown} is not valid: ${reason}`, { number, cause });
  }
}

/**
 * The certificates of a PEM file (RFC 7468), in its order. Only whether they can be understood is looked at: not who
 * signed them, nor until when they are valid.
 *
 * @throws TbuildError `certificate-invalid` for anything else in it, and for nothing
 */
export function parsePem(bytes: Uint8Array, place: PemPlace): readonly Certificate[] {
  const text = Buffer.from(bytes).toString('latin1').replace(BEFORE_LINES, '');
  const blocks = [...blocksOf(text)];
  if (blocks.length > 0) return blocks.map((block, index) => certificateOf(block, index + 1, place));
  const hint =
    bytes[0] === DER_START ? 'It looks like DER: turn it into PEM with "openssl x509 -inform der".' : undefined;
  throw invalid(place, `${JSON.stringify(place.shown)} holds no certificate`, hint === undefined ? {} : { hint });
}

/** The certificates that can be understood, whatever else is there. */
export function certificatesIn(bytes: Uint8Array): readonly Certificate[] {
  return [...blocksOf(Buffer.from(bytes).toString('latin1'))].flatMap((block) => {
    try {
      return decode(block);
    } catch {
      return [];
    }
  });
}

/** The one way in which a certificate is written: lines of 64 characters, as RFC 7468 asks for. */
export function renderPem(certificate: Certificate): string {
  const lines = certificate.toString('base64').match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
