// Prints when the tide turns, in colour where that is asked for.
import pc from 'picocolors';
import { turns } from './turns.js';

const colors = pc.createColors(process.argv.includes('--color'));
for (const { name, time } of turns(4)) {
  console.log(`${time}  ${name === 'high' ? colors.blue(name) : colors.yellow(name)}`);
}
