export { type BuiltLayer, buildLayer, type LayerOutput, type WrittenLayer } from './build-layer.js';
export { indexLayer, type LayerToIndex } from './index-layer.js';
export { type BlockMemory, decodeBlocks, encodeBlocks } from './kept-blocks.js';
export { type LayerFormat, layerKey } from './layer-key.js';
export { type LayerThreads, openLayerThreads } from './layer-threads.js';
export { readLayerFiles } from './read-layer-files.js';
export { type LayerMember, readLayerMembers } from './read-layer-members.js';
