/** Tells data from what notebooks, file managers, Spark and Hadoop leave beside it, by the name alone. */

/** Whole names; more than these begin with `_` and are data, as `_background_noise_` of Speech Commands is. */
const markers: ReadonlySet<string> = new Set([
  '__MACOSX',
  '_SUCCESS',
  '_temporary',
  '_metadata',
  '_common_metadata',
  '_spark_metadata',
  '_delta_log',
]);

/** Databricks' commit protocol, Hadoop's folders on S3, and a file of the platform's own downloader. */
const markerNames = /^_(committed|started)_|_\$folder\$$|etags_do_not_modify\.tmp$/;

/** True for the name of a file or folder that is data; `siblings` are all names of its folder. */
export function isDataName(name: string, siblings: ReadonlySet<string>): boolean {
  if (name.startsWith('.') || markers.has(name) || markerNames.test(name)) return false;
  // Hadoop's checksum of a file; one without the file beside it is somebody's data.
  return !(name.endsWith('.crc') && siblings.has(name.slice(0, -'.crc'.length)));
}
