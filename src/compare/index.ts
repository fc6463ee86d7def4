export { type ComparedImage, compareImages, type Difference } from './compare-records.js';
