/** The flags with which Node runs this repository's TypeScript as it stands. */
export const SOURCE_FLAGS: readonly string[] = [
  '--conditions=@stateful-route/source',
  '--import',
  '@oxc-node/core/register',
];
