/**
 * A storage that knows which owner of a user is the newest: beside each user's state it keeps the highest token it saw.
 *
 * Two statements are the whole of it. `register` raises the kept token, never lowers it, and reads the state in the same
 * step; `save` writes only under the token that is kept. So from the moment an owner has registered, whatever an earlier
 * one still writes is refused: a paused process, one cut off from the directory, one that a failover forgot.
 */
import sqlite from 'node-sqlite3-wasm';

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS visits (
    uid TEXT PRIMARY KEY,
    token INTEGER NOT NULL,
    count INTEGER NOT NULL DEFAULT 0
  ) STRICT`;

const REGISTER = `
  INSERT INTO visits (uid, token) VALUES (?, ?)
  ON CONFLICT (uid) DO UPDATE SET token = excluded.token WHERE excluded.token >= token
  RETURNING count`;

const SAVE = 'UPDATE visits SET count = ? WHERE uid = ? AND token = ?';

/** What a registration comes to: the user's state, or the higher token that the storage has seen. */
export type Registration =
  | { readonly accepted: true; readonly count: number }
  | { readonly accepted: false; readonly token: number };

export class VisitsStorage implements Disposable {
  readonly #database: sqlite.Database;

  constructor(file: string) {
    this.#database = new sqlite.Database(file);
    this.#database.exec(SCHEMA);
  }

  /** Makes the holder of this token the user's owner, and loads the user's state; a smaller token is refused. */
  register(uid: string, token: number): Registration {
    const row = this.#database.get(REGISTER, [uid, token]);
    if (row) return { accepted: true, count: Number(row['count']) };
    const newer = this.#database.get('SELECT token FROM visits WHERE uid = ?', uid);
    return { accepted: false, token: Number(newer!['token']) };
  }

  /** Whether the state was written: not where a newer owner has registered. */
  save(uid: string, token: number, count: number): boolean {
    return this.#database.run(SAVE, [count, uid, token]).changes === 1;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
