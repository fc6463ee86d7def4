#!/usr/bin/env node
import { start } from './cli/index.js';

process.exitCode = await start(process.argv.slice(2));
