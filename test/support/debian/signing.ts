import {
  config,
  createCleartextMessage,
  enums,
  generateKey,
  LiteralDataPacket,
  PacketList,
  type PrivateKey,
  Signature,
  SignaturePacket,
  sign,
} from 'openpgp';

export interface SigningKey {
  readonly key: PrivateKey;
  readonly publicBytes: Uint8Array;
  readonly publicArmored: string;
}

export interface KeySettings {
  readonly date?: Date;
  /** Seconds after `date`; 0 for never. */
  readonly lifetime?: number;
  /** An RSA key instead of one of a curve. */
  readonly rsaBits?: number;
}

/** A new key that can sign. */
export async function makeKey({ date, lifetime = 0, rsaBits }: KeySettings = {}): Promise<SigningKey> {
  const { privateKey } = await generateKey({
    userIDs: [{ name: 'Archive', email: 'archive@example.com' }],
    ...(rsaBits === undefined ? { curve: 'ed25519Legacy' } : { type: 'rsa', rsaBits }),
    date: date ?? new Date('2024-01-01T00:00:00Z'),
    keyExpirationTime: lifetime,
    format: 'object',
  });
  const publicKey = privateKey.toPublic();
  return { key: privateKey, publicBytes: publicKey.write(), publicArmored: publicKey.armor() };
}

export interface SignSettings {
  readonly key: SigningKey | readonly SigningKey[];
  readonly date: Date;
}

/** The clear-signed text, as InRelease files are. */
export async function signText(text: string, { key, date }: SignSettings): Promise<string> {
  const keys = 'key' in key ? [key] : key;
  const message = await createCleartextMessage({ text });
  const signed = await sign({ message, signingKeys: keys.map((each) => each.key), date });
  return signed.replaceAll('\r\n', '\n');
}

/** A key that can sign with every hash, as those of curves cannot. */
export function makeRsaKey(): Promise<SigningKey> {
  return makeKey({ rsaBits: 2048 });
}

interface Signer {
  sign(key: unknown, data: LiteralDataPacket, date: Date, isDetached: boolean, config: unknown): Promise<void>;
}

/** As `signText`, over a hash that nobody should sign with any more; `key` is one of `makeRsaKey`. */
export async function signOver(
  hash: keyof typeof enums.hash,
  text: string,
  { key, date }: SignSettings,
): Promise<string> {
  const { keyPacket } = (key as SigningKey).key;
  const data = new LiteralDataPacket();
  (data as unknown as { setText(text: string): void }).setText(text.replaceAll('\n', '\r\n'));
  const packet = new SignaturePacket();
  packet.signatureType = enums.signature.text;
  packet.hashAlgorithm = enums.hash[hash];
  packet.publicKeyAlgorithm = enums.publicKey.rsaEncryptSign;
  await (packet as unknown as Signer).sign(keyPacket, data, date, true, {
    ...config,
    nonDeterministicSignaturesViaNotation: false,
  });
  const packets = new PacketList<SignaturePacket>();
  packets.push(packet);
  const armored = new Signature(packets).armor().replaceAll('\r\n', '\n');
  return `-----BEGIN PGP SIGNED MESSAGE-----\nHash: ${hash.toUpperCase()}\n\n${text}\n${armored}`;
}
