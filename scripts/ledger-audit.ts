import { parseArgs } from 'node:util';
import { LedgerAudit } from '../src/features/tokens/audit-service';
import '../src/server/services/tokens';

const HELP = `Holds every token balance against its ledger: the sum of its entries, their order without gaps, its open reservations.

  npm run ledger:audit                    all balances; exits 1 and names the owners that differ
  npm run ledger:audit -- --owner <id>    one balance: a user id, or org_<organisation id>
  npm run ledger:audit -- --json          one line of JSON for machines
`;

const { values } = parseArgs({
  options: { owner: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});

async function main(): Promise<number> {
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const audit = LedgerAudit.getInstance();
  const findings: { ownerId: string; problem: string }[] = [];
  let balances = 0;
  if (values.owner) {
    balances = 1;
    findings.push(...(await audit.owner(values.owner)));
  } else {
    await audit.all((_, found) => {
      balances += 1;
      findings.push(...found);
    });
  }
  const owners = [...new Set(findings.map((finding) => finding.ownerId))];
  if (values.json) console.log(JSON.stringify({ balances, owners, findings }));
  else {
    for (const { ownerId, problem } of findings) console.log(`${ownerId}: ${problem}`);
    console.log(`${balances} balances checked, ${owners.length} differ from their ledger.`);
  }
  return owners.length > 0 ? 1 : 0;
}

process.exit(await main());
