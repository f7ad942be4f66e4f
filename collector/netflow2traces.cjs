#!/usr/bin/env node
// What the package runs. Node 12 can read it, so that an old Node gets a message and not a SyntaxError in the bundle.
const required = parseInt(require('../package.json').engines.node.replace('>=', ''), 10);

if (parseInt(process.versions.node, 10) < required) {
  console.error(`error: netflow2traces needs Node ${required} or later, and this is ${process.version}.`);
  console.error('  → Install it from https://nodejs.org/, or run the container image.');
  process.exitCode = 1;
} else {
  import('./collector.js');
}
