export { type ComparedImage, compareImages, type Difference, type RebuiltImage } from './compare-records.js';
