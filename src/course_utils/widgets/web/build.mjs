// Bundles src/engine.js into ../static/engine.js. The first line of the result names a digest of everything that it was
// made from, so that a test can tell a stale asset without Node.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

/** Every file that the result depends on, in an order that no file system changes. */
function sources(folder) {
  return readdirSync(join(here, folder), { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? sources(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`]))
    .sort();
}

const digest = createHash("sha256");
for (const path of ["build.mjs", "package.json", "package-lock.json", ...sources("src")]) {
  digest.update(path + "\0" + readFileSync(join(here, path), "utf8").replaceAll("\r\n", "\n") + "\0");
}

await build({
  absWorkingDir: here,
  entryPoints: ["src/engine.js"],
  outfile: "../static/engine.js",
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  legalComments: "none",
  loader: { ".css": "text" },
  banner: { js: `// course widgets; built by web/build.mjs from sources ${digest.digest("hex")}; layout by dagre (MIT)` },
});
