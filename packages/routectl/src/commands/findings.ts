import { counted, type StoreCheck } from '@stateful-route/core/adapter';
import type { Context } from '../run/context.ts';
import { CommandEnd, EXIT } from '../run/exit-status.ts';
import { show } from '../output/show.ts';
import { printable } from '../output/table.ts';

/** Prints checks. Ends the command with {@link EXIT.findings} if one found something. */
export function reportChecks(
  context: Context,
  checks: readonly StoreCheck[],
  more: Readonly<Record<string, unknown>> = {},
  text = '',
): void {
  const { namespace, paint } = context;
  const all = checks.flatMap(({ findings }) => findings);
  show(context, { namespace, ok: all.length === 0, checks, ...more }, () => {
    const width = Math.max(...checks.map(({ name }) => name.length));
    const lines = checks.flatMap(({ name, detail, findings }) => {
      const hasError = findings.some(({ level }) => level === 'error');
      const mark =
        findings.length === 0
          ? paint('good', 'ok  ')
          : hasError
            ? paint('bad', 'bad ')
            : paint('warning', 'warn');
      return [
        `${mark}  ${name.padEnd(width)}  ${printable(detail)}`,
        ...findings.flatMap(({ subject, problem, remedy }) => [
          `      ${printable(`${subject}: ${problem}`)}`,
          paint('dim', `      → ${printable(remedy)}`),
        ]),
      ];
    });
    return `${text}${lines.join('\n')}\n`;
  });
  if (all.length > 0)
    throw new CommandEnd(EXIT.findings, `${counted(all.length, 'finding')}.`, { isShown: true });
}
