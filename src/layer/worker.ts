import { createNodeHost, serveTask } from '../host/index.js';
import { blockTask } from './block-task.js';

serveTask(blockTask(createNodeHost().files));
