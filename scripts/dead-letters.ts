import { parseArgs } from 'node:util';
import { core } from '../src/server/core';
import '../src/server/services';

const HELP = `Shows the jobs that failed for good, and runs them again.

  npm run dead-letters                       list them, newest first
  npm run dead-letters -- --show <id>        one of them with its payload
  npm run dead-letters -- --replay <id>      run it again, with all its tries (repeat --replay for several)
  npm run dead-letters -- --replay-type <t>  run all of one type again
  npm run dead-letters -- --discard <id>     give it up for good
`;

const { values } = parseArgs({
  options: {
    show: { type: 'string' },
    replay: { type: 'string', multiple: true },
    'replay-type': { type: 'string' },
    discard: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h' },
  },
});

async function list(): Promise<void> {
  let count = 0;
  for await (const letter of core.deadLetters.all()) {
    count += 1;
    const { id, type, attempts, diedAt, error } = letter;
    console.log(
      `${diedAt.toISOString()}  ${id}  ${type}  after ${attempts} tries: ${error.name}: ${error.message}`,
    );
  }
  console.log(count === 0 ? 'No job has failed for good.' : `${count} jobs want a decision.`);
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(HELP);
    return;
  }
  if (values.show) {
    console.log(JSON.stringify(await core.deadLetters.open(values.show), null, 2));
    return;
  }
  const replay = [...(values.replay ?? [])];
  if (values['replay-type']) {
    for await (const { id, type } of core.deadLetters.all())
      if (type === values['replay-type']) replay.push(id);
  }
  for (const id of replay) {
    await core.jobs.replay(id);
    console.log(`${id} waits to run again.`);
  }
  for (const id of values.discard ?? []) {
    await core.deadLetters.open(id);
    await core.deadLetters.close(id, 'discarded');
    console.log(`${id} is given up.`);
  }
  if (replay.length === 0 && !values.discard) await list();
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
