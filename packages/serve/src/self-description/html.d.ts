/** A page that the build puts into the code as text. */
// biome-ignore-start lint/style/noDefaultExport: the shape that esbuild gives to text
declare module '*.html' {
  const text: string;

  export { text as default };
}
// biome-ignore-end lint/style/noDefaultExport: the shape that esbuild gives to text
