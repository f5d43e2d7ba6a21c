import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataDirectoryError, makeDataDirectory } from './data-directory';

describe('the data directory', () => {
  const folder = mkdtempSync(join(tmpdir(), 'causeway-spec-'));
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it('is made with what leads there, and may be there already', () => {
    const path = join(folder, 'a', 'b');
    expect(makeDataDirectory(path)).toBe(path);
    expect(makeDataDirectory(path)).toBe(path);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it.each(['a-file', 'a-file/below'])('cannot be %s: the message says where and why', (name) => {
    writeFileSync(join(folder, 'a-file'), '');
    const path = join(folder, name);
    const failing = () => makeDataDirectory(path);
    expect(failing).toThrow(DataDirectoryError);
    expect(failing).toThrow(`--data: ${path} cannot be used: E`);
  });
});
