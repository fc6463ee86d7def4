import fc from 'fast-check';

/**
 * Property tests draw the same values at every run, so that a red run says something of the change and not of luck.
 * FC_SEED=N draws others; FC_SEED=random draws new ones at every run, which fast-check prints where they fail.
 */
const wanted = process.env.FC_SEED ?? '1';
if (wanted !== 'random') fc.configureGlobal({ seed: Number(wanted) });
