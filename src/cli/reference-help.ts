import { REFERENCE_FORMS } from '../oci/index.js';

const forms = Object.values(REFERENCE_FORMS);

/** What an argument that is an image may be, for help. */
export const REFERENCE_HELP = `${forms.slice(0, -1).join(', ')} or ${forms.at(-1)}`;
