/** What proves to a registry who asks. `from` says where it was found, for messages: a path, a variable, a helper. */
export type Credentials =
  | { readonly kind: 'password'; readonly username: string; readonly password: string; readonly from: string }
  /** OAuth 2 refresh token. */
  | { readonly kind: 'identity-token'; readonly token: string; readonly from: string }
  /** A bearer token that the registry takes as it is. */
  | { readonly kind: 'registry-token'; readonly token: string; readonly from: string };

export interface CredentialSettings {
  /** The only file to look into (and to write to), instead of the usual ones. Absolute. */
  readonly authFile?: string | undefined;
}

export interface FoundCredentials {
  readonly credentials: Credentials | undefined;
  /** What went wrong while looking, in words: a helper that failed, a file that cannot be read. Told only where access is denied. */
  readonly problems: readonly string[];
}

/** The credentials of the user, as docker and podman find them. */
export interface Keychain {
  /**
   * Looks in every source in order; the first that has an entry for the repository or a parent of it decides. Runs only the helper that this entry
   * names, at most once per registry. Never throws for a source that fails.
   * @param registry `docker.io`, `ghcr.io`, `127.0.0.1:5000`
   */
  find(registry: string, repository: string): Promise<FoundCredentials>;
}

/** Where login or logout had its effect, in words: a path, or a helper. */
export interface CredentialPlace {
  readonly where: string;
  /** True where the secret lies there unencrypted. */
  readonly isPlainText: boolean;
}
