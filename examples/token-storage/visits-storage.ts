/**
 * A storage that refuses writes of earlier owners: it keeps the highest token beside each user's state.
 *
 * It takes two statements. `register` raises the token, never lowers it, and reads the state in the same step. `save` writes only
 * with exactly that token. So once an owner has registered, writes of earlier owners are refused: of a paused process, of one cut
 * off from the directory, of one whose claim a failover lost.
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

/** The user's state, or the higher token that the storage has seen. */
export type Registration =
  | { readonly accepted: true; readonly count: number }
  | { readonly accepted: false; readonly token: number };

export class VisitsStorage implements Disposable {
  readonly #database: sqlite.Database;

  constructor(file: string) {
    this.#database = new sqlite.Database(file);
    this.#database.exec(SCHEMA);
  }

  /** Registers the owner with this token and loads the user's state. A token below the highest one is refused. */
  register(uid: string, token: number): Registration {
    const row = this.#database.get(REGISTER, [uid, token]);
    if (row) return { accepted: true, count: Number(row['count']) };
    const newer = this.#database.get('SELECT token FROM visits WHERE uid = ?', uid);
    return { accepted: false, token: Number(newer!['token']) };
  }

  /** Writes the state, unless a newer owner has registered. Returns whether it was written. */
  save(uid: string, token: number, count: number): boolean {
    return this.#database.run(SAVE, [count, uid, token]).changes === 1;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }
}
