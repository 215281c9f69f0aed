import { tmpdir } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Shell, shellSteps } from '../src/shell-walk.ts';

const fence = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\`\n`;

describe('the steps of a page', () => {
  it('are files and commands, with the output that the page shows', () => {
    const page = [
      fence('js', '// pod.js\nrun();'),
      fence('sh', 'node pod.js'),
      fence('text', 'hello'),
      fence('sh', 'ls'),
    ];
    expect(shellSteps(page.join('\n'))).toEqual([
      { kind: 'file', line: 1, name: 'pod.js', text: '// pod.js\nrun();\n' },
      { kind: 'commands', line: 6, text: 'node pod.js', output: 'hello' },
      { kind: 'commands', line: 14, text: 'ls', output: undefined },
    ]);
  });

  it.each([fence('js', 'run();'), fence('json', '{}'), fence('text', 'output of nothing')])(
    'are nothing else: %s',
    (page) => {
      expect(() => shellSteps(page)).toThrow(/line 1/);
    },
  );
});

describe('a shell', () => {
  function shell(): Shell {
    const made = new Shell(tmpdir(), { NAME: 'ada' });
    onTestFinished(() => made.end());
    return made;
  }

  it('keeps its variables and its programs in the background from step to step', async () => {
    const one = shell();
    expect(await one.type('echo $NAME\nsleep 100 & pid=$!')).toBe('ada');
    expect(await one.type('kill -0 $pid && echo lives')).toBe('lives');
  });

  it('fails with the output of a command that fails, or that does not end', async () => {
    const one = shell();
    await expect(one.type('echo no; false')).rejects.toThrow(/ended with 1:\nno/);
    await expect(one.type('sleep 100', 200)).rejects.toThrow(/did not end/);
  });
});
