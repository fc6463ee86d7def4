/** To be loaded lazily through this file: bundled, `import('undici')` itself would have no exports by name. */
export { Client } from 'undici';
