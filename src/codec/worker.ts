import { serveTask } from '../host/index.js';
import { compressBlockTask } from './compress-block.js';

serveTask(compressBlockTask());
