/**
 * Checks the folders of each package against the numbered list under "Rooms" in its README: every folder is listed
 * (a package of one file lists none), imports go down the list only, types included, and at the root stand the entries
 * and `errors.ts`, which all may use.
 */
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';

const problems = globSync('packages/*').flatMap(checkPackage);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;

function checkPackage(directory) {
  const [, list] = /^## Rooms$(.*?)^## /ms.exec(`${readFileSync(join(directory, 'README.md'))}\n## `) ?? [];
  if (list === undefined) return [`${directory}/README.md has no section "Rooms"`];
  const rooms = [...list.matchAll(/^\d+\. `(.+?)\/`/gm)].map(([, room]) => room);
  const root = join(directory, 'src');
  const missing = rooms.filter((room) => !existsSync(join(root, room)));
  const files = globSync(`${root}/**/*.ts`).filter((file) => !file.endsWith('.test.ts'));
  return [
    ...missing.map((room) => `${directory}/README.md lists ${room}/, which is not in src/`),
    ...files.flatMap((file) => checkFile(file, { directory, root, rooms })),
  ];
}

function checkFile(file, { directory, root, rooms }) {
  const from = findRoom(relative(root, file), rooms);
  if (from === undefined)
    return [`${file} is in no folder that the list under "Rooms" in ${directory}/README.md has`];
  if (from === 'root')
    return isEntry(file, directory) ? [] : [`${file} is not an entry: move it to a folder`];
  return [...readFileSync(file, 'utf8').matchAll(/(?:from|import\(|import) ?'(\.[^']+)'/g)].flatMap(
    ([, specifier]) => {
      const target = relative(root, join(dirname(file), specifier));
      const to = findRoom(target, rooms);
      const isDown = to === 'root' ? target === 'errors.ts' : rooms.indexOf(from) <= rooms.indexOf(to);
      return isDown
        ? []
        : [`${file} imports ${target}, against the order of the rooms in ${directory}/README.md`];
    },
  );
}

/** The innermost room of a path below src/; `root` for a file there, undefined for a folder that is not listed. */
function findRoom(path, rooms) {
  const folder = dirname(path);
  if (folder === '.') return 'root';
  const around = rooms.filter((room) => `${folder}/`.startsWith(`${room}/`));
  return around.sort((left, right) => right.length - left.length)[0];
}

function isEntry(file, directory) {
  const name = basename(file, '.ts');
  const { exports } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return name === 'errors' || JSON.stringify(exports).includes(`"./dist/${name}.js"`);
}
