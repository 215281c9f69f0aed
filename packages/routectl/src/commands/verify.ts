import { counted, type Finding, type StoreCheck } from '@stateful-route/core/adapter';
import { type FoundClaim, readLinks, scanClaims } from '@stateful-route/driver';
import { longestPeriod } from '../fleet/pod-status.ts';
import type { Context } from '../run/context.ts';
import { type PodComparison, UserComparison } from '../fleet/compare-users.ts';
import { goneReason, isOfEarlierRun } from '../fleet/gone-claims.ts';
import { Progress } from '../output/progress.ts';
import { tableOf } from '../output/show.ts';
import type { Column } from '../output/table.ts';
import { pause } from '../run/pause.ts';
import { reportChecks } from './findings.ts';
import { inspectorOf, scanOf } from './scan.ts';
import { readPods, servicesOf } from './target.ts';

/** So many scans at most: each further one is made only while pods and claims disagree. */
const SCANS = 3;
/** So many users are named. */
const SAMPLE = 5;

interface ServiceReport {
  readonly service: string;
  readonly pods: readonly PodComparison[];
  readonly findings: readonly Finding[];
}

const columns: readonly Column<PodComparison & { readonly service: string }>[] = [
  { title: 'POD', text: ({ service, podId }) => `${service}-${podId}` },
  { title: 'USERS', text: ({ users }) => (users === undefined ? '-' : String(users)), right: true },
  { title: 'CLAIMS', text: ({ claims }) => String(claims), right: true },
  { title: 'OTHERS', text: ({ others }) => String(others), right: true, droppable: 1 },
];

/** Compares the users that pods publish with the claims that scans find, and the keys of each user with each other. */
export async function verify(
  context: Context,
  { keysPerSecond }: { readonly keysPerSecond: number },
): Promise<void> {
  const services = await servicesOf(context);
  const reports: ServiceReport[] = [];
  {
    using progress = new Progress(context.streams.err);
    for (const service of services)
      reports.push(await verifyService(context, service, keysPerSecond, progress));
  }
  const checks: StoreCheck[] = [
    ...reports.map(({ service, pods, findings }) => ({
      name: service,
      detail: `${counted(sum(pods, 'claims') + sum(pods, 'others'), 'claim')} of ${counted(pods.length, 'pod')}`,
      findings,
    })),
    await checkMismatches(context, keysPerSecond),
  ];
  const pods = reports.flatMap(({ service, pods: each }) => each.map((pod) => ({ service, ...pod })));
  const text = pods.length === 0 ? '' : `${tableOf(context, columns, pods)}\n`;
  reportChecks(context, checks, { pods }, text);
}

const sum = (pods: readonly PodComparison[], of: 'claims' | 'others'): number =>
  pods.reduce((total, pod) => total + pod[of], 0);

async function verifyService(
  context: Context,
  service: string,
  keysPerSecond: number,
  progress: Progress,
): Promise<ServiceReport> {
  const comparison = new UserComparison();
  const scan = scanOf(context, service, keysPerSecond, progress);
  const first = await readPods(context, service);
  comparison.addReading(first);
  let suspects: FoundClaim[] = [];
  for (let nth = 1; nth <= SCANS; nth++) {
    const claims: FoundClaim[] = [];
    for await (const page of scanClaims(scan)) claims.push(...page);
    comparison.addScan(claims);
    comparison.addReading(await readPods(context, service));
    if (nth === 1) suspects = claims;
    if (!comparison.isUnsettled || nth === SCANS) break;
    // Each pod has published its users anew by then.
    await pause(longestPeriod(first) * 1.5, context);
    comparison.addReading(await readPods(context, service));
  }
  const pods = comparison.pods();
  const wrong = pods.flatMap(({ podId, problem }): Finding[] =>
    problem === undefined
      ? []
      : [{ level: 'error', subject: `${service}-${podId}`, problem, remedy: remedyFor(service, podId) }],
  );
  return { service, pods, findings: [...wrong, ...(await goneClaims(context, service, suspects))] };
}

const remedyFor = (service: string, podId: number): string =>
  `its next heal pass mends it within a lease; if it stays, see the log of ${service}-${podId}`;

/** Claims whose owners are gone, after each suspect was read once more. */
async function goneClaims(
  context: Context,
  service: string,
  claims: readonly FoundClaim[],
): Promise<Finding[]> {
  const { store, namespace, signal } = context;
  const isGone = async (some: readonly FoundClaim[]): Promise<FoundClaim[]> => {
    const read = await readPods(context, service);
    return some.filter(
      ({ link }) =>
        goneReason(link, read, read) !== undefined || (link.permanent && isOfEarlierRun(link, read)),
    );
  };
  const suspects = await isGone(claims);
  const scan = { executors: store.executors, namespace, serviceName: service, signal };
  const links = await readLinks(
    scan,
    suspects.map(({ uid }) => uid),
  );
  const gone = await isGone([...links].map(([uid, link]) => ({ uid, link })));
  if (gone.length === 0) return [];
  const names = gone.slice(0, SAMPLE).map(({ uid }) => uid);
  const others = gone.length > names.length ? `, and ${gone.length - names.length} others` : '';
  const subject = counted(gone.length, 'claim');
  const problem = `by processes that are gone: ${names.join(', ')}${others}`;
  const remedy = 'each user is taken up at the next request; to end the claims: routectl reap';
  return [{ level: 'warning', subject, problem, remedy }];
}

async function checkMismatches(context: Context, keysPerSecond: number): Promise<StoreCheck> {
  const { namespace, streams, signal } = context;
  using progress = new Progress(streams.err);
  const found = new Map<string, Finding>();
  for await (const page of inspectorOf(context).scanFaults(namespace, { keysPerSecond, signal })) {
    progress.show('keys', page.scanned, page.total);
    for (const { kind, level, subject, problem, remedy } of page.found) {
      if (kind === 'mismatch') found.set(subject + problem, { level, subject, problem, remedy });
    }
  }
  return { name: 'keys of users', detail: 'link, list of claims, token', findings: [...found.values()] };
}
