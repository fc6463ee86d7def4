/** The manifest that is meant where none is named. */
export const DEFAULT_FILE = 'image.yaml';
