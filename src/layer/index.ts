export { type BuiltLayer, buildLayer, type LayerOutput } from './build-layer.js';
export { indexLayer, type LayerToIndex } from './index-layer.js';
export { type LayerFormat, layerKey } from './layer-key.js';
export { readLayerFiles } from './read-layer-files.js';
export { type LayerMember, readLayerMembers } from './read-layer-members.js';
