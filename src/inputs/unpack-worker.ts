import { createNodeHost, serveTask } from '../host/index.js';
import { unpackPackageTask } from './debian/unpack-package.js';

serveTask(unpackPackageTask(createNodeHost()));
