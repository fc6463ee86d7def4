import { createNodeHost, serveTask } from '../host/index.js';
import { hashTask } from './hash-task.js';

serveTask(hashTask(createNodeHost().files));
