/** The meaning of an error that ended an attempt to connect. */
export interface FaultMeaning {
  /** Whether the same attempt may succeed later without a change of settings. */
  readonly transient: boolean;
  /** Whether another kind of client is needed. */
  readonly wrongClient: boolean;
  readonly advice: string | undefined;
}

type Meaning = readonly [words: RegExp, transient: boolean, advice: string];

/** In Kubernetes also a known host: its name is absent while no pod behind it is ready. */
const UNKNOWN_HOST = /\bENOTFOUND\b/;

/** The first match counts. The patterns match texts and codes of servers, Node and OpenSSL. */
const meanings: readonly Meaning[] = [
  [/\bWRONGPASS\b|invalid password/i, false, 'check the username and the password'],
  [/\bNOAUTH\b/, false, 'give the client a password'],
  [/\bNOPERM\b/, false, "grant the user the right; the adapter's README lists all that are needed"],
  [
    /\bDENIED\b/,
    false,
    'the server takes no clients from elsewhere: set a password, or bind it to its network',
  ],
  [UNKNOWN_HOST, false, 'check the name of the host'],
  [/\bEAI_AGAIN\b/, true, 'the name server does not answer'],
  [/\bECONNREFUSED\b/, true, 'check that the server runs and listens at this port'],
  [
    /\bUnknown RESP type\b|\bProtocol error, got\b/,
    true,
    'what answers at this port is no Redis: check the address',
  ],
  [/\bETIMEDOUT\b|\bE(?:HOST|NET)UNREACH\b/, true, 'check the address, and what stands between'],
  [
    /wrong[ _]version[ _]number|packet[ _]length[ _]too[ _]long/i,
    false,
    'no TLS is spoken at this port: leave tls out (redis://), or take the port for TLS',
  ],
  [
    /certificate|\bCERT_|_CERT\b|ERR_TLS_CERT/i,
    false,
    'give tls the authority that vouches for the server (ca), and connect by a name that its certificate has',
  ],
  [/\bERR_SSL_|\bEPROTO\b/, false, 'compare the TLS settings of the two sides'],
  [/no such master|no Sentinel knows/i, false, 'compare name with the configuration of the Sentinels'],
];

/** The end of a connection without TLS to a TLS port, or with TLS to a port without. */
const ENDED = /\bECONNRESET\b|\bEPIPE\b|^$/;
const UNANSWERED = /\bETIMEDOUT\b/;

/** What else to check if the server has never replied. */
export function tlsHint(words: string, hasTls: boolean): string | undefined {
  if (!hasTls && ENDED.test(words)) return 'does the server expect TLS at this port?';
  return hasTls && UNANSWERED.test(words) ? 'is TLS spoken at this port?' : undefined;
}

const NO_CLUSTER = /cluster support disabled|unknown command.*cluster/i;

/**
 * The meaning of an error that ended an attempt to connect. An unknown error counts as transient.
 *
 * @param hasAnswered - whether there was a connection before: the host's name is right then.
 */
export function meaningOf(words: string, hasAnswered: boolean): FaultMeaning {
  if (NO_CLUSTER.test(words)) {
    const advice = 'the server is no Cluster: take new Redis(safeRedisOptions({ … })), or the url option';
    return { transient: false, wrongClient: true, advice };
  }
  if (hasAnswered && UNKNOWN_HOST.test(words)) {
    return { transient: true, wrongClient: false, advice: 'the name of the host is not known at present' };
  }
  const [, transient, advice] = meanings.find(([pattern]) => pattern.test(words)) ?? [
    undefined,
    true,
    undefined,
  ];
  return { transient, wrongClient: false, advice };
}
