/** A parameter of a query. */
interface QueryParameter {
  readonly type: 'string' | 'integer' | 'number';
  readonly what: string;
  readonly required?: true;
}

/** One operation of the API, below `/api/v1`. Bodies and answers are named by their types. */
export interface ApiOperation {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly what: string;
  readonly query?: Readonly<Record<string, QueryParameter>>;
  readonly body?: string;
  readonly answer: string;
  /** The answer is `text/event-stream`: the type has the data of each event by its name. */
  readonly isStream?: true;
}

const pod = { type: 'integer', what: 'a pod, by its ordinal' } as const;
const uid = { type: 'string', what: 'a user', required: true } as const;
const rate = { type: 'number', what: 'how many users a second' } as const;

const action = (path: string, body: string, what: string): ApiOperation => ({
  method: 'post',
  path: `/services/{service}/${path}`,
  what,
  body,
  answer: 'ActionResult',
});

/** All operations of the API. */
export const API_OPERATIONS: readonly ApiOperation[] = [
  { method: 'get', path: '/console', what: 'What this console is, and who looks.', answer: 'ConsoleInfo' },
  { method: 'get', path: '/services', what: 'All services, a line each.', answer: 'ServiceList' },
  {
    method: 'get',
    path: '/services/{service}',
    what: 'All that is live of a service.',
    answer: 'ServiceLive',
  },
  {
    method: 'get',
    path: '/events',
    what: 'The same, and then what changes, about once a second.',
    query: { service: { type: 'string', what: 'a service', required: true } },
    answer: 'ConsoleEvents',
    isStream: true,
  },
  { method: 'get', path: '/services/{service}/pods', what: 'Every pod, by ordinal.', answer: 'PodList' },
  {
    method: 'get',
    path: '/services/{service}/pods/{podId}',
    what: 'A pod, its history and its drain.',
    answer: 'PodDetails',
  },
  {
    method: 'get',
    path: '/services/{service}/pods/{podId}/users',
    what: 'The users of a pod as they are found: from its roster, else by a scan of the store at a rate.',
    query: { keysPerSecond: { type: 'integer', what: 'how many keys a scan reads a second at most' } },
    answer: 'PodUsersEvents',
    isStream: true,
  },
  {
    method: 'get',
    path: '/services/{service}/user',
    what: 'Where a user is and why, and what was done to him by name.',
    query: { uid, not: { ...pod, what: 'a pod, to be told what keeps the user from it' } },
    answer: 'UserDetails',
  },
  {
    method: 'get',
    path: '/services/{service}/journal',
    what: 'A page of the journal, the oldest entry first: the newest entries, or those behind `after`.',
    query: {
      after: { type: 'string', what: 'the `after` of the page before' },
      types: { type: 'string', what: 'types of entries, by commas' },
      podId: pod,
      uid: { type: 'string', what: 'a user' },
      limit: { type: 'integer', what: 'at most so many entries, up to 1,000; 200 if it is not given' },
    },
    answer: 'JournalList',
  },
  {
    method: 'get',
    path: '/services/{service}/rollout',
    what: 'The revisions of the pods, and how many users moved since the newest came.',
    answer: 'RolloutDetails',
  },
  {
    method: 'get',
    path: '/services/{service}/scale-in',
    what: 'What a scale-in would do. It changes nothing.',
    query: {
      replicas: { type: 'integer', what: 'how many pods stay', required: true },
      ratePerSecond: rate,
    },
    answer: 'ScaleInDetails',
  },
  {
    method: 'get',
    path: '/services/{service}/rebalance',
    what: 'What evening out would do now. It changes nothing.',
    answer: 'RebalanceDetails',
  },
  {
    method: 'get',
    path: '/services/{service}/desired-replicas',
    what: "How many pods the service should have, as KEDA's `metrics-api` scaler reads it.",
    answer: 'DesiredReplicas',
  },
  action('pods/{podId}/cordon', 'Empty', 'Asks a pod to take no new users, and to keep those it has.'),
  action('pods/{podId}/drain', 'IntentRequest', 'Asks a pod to take no new users, and to hand its own over.'),
  action('pods/{podId}/resume', 'Empty', 'Asks a pod to take new users again.'),
  action('user/move', 'MoveRequest', 'Moves a user to a pod: a claim by an order to its owner.'),
  action('user/pin', 'MoveRequest', 'Pins a user to a pod, where he is placed from the next placement on.'),
  action('user/unpin', 'UserRequest', "Removes a user's pin."),
  action('user/unlink', 'UserRequest', "Removes a user's temporary link."),
  action('user/kick', 'UserRequest', "Ends a user's claim. Its owner is told."),
  action('user/unquarantine', 'UserRequest', 'Lets a quarantined user be placed again.'),
  action('freeze', 'Empty', 'Stops evening the service out.'),
  action('unfreeze', 'Empty', 'Lets the service be evened out again.'),
];
