/** The benchmark is plain JavaScript that Node runs as it is; nothing is known of the types in it. */
declare module '*.mjs';
