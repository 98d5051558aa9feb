// Keys such as `blocks.0.linear.weight` as a tree of modules.

/**
 * @typedef {import("../checkpoint.js").Row} Row
 * @typedef {{ name: string, children: Branch[], row: Row | null, counts: Record<string, number> }} Branch
 */

/** @param {Row[]} rows @returns {Branch[]} */
export function grown(rows) {
  const root = branch("");
  /** @type {Map<string, Branch>} */
  const known = new Map();
  for (const row of rows) {
    const parts = row.key.split(".");
    let at = root;
    for (let depth = 1; depth < parts.length; depth += 1) {
      const path = parts.slice(0, depth).join(".");
      let next = known.get(path);
      if (!next) {
        next = branch(parts[depth - 1]);
        known.set(path, next);
        at.children.push(next);
      }
      at = next;
      at.counts[row.status] = (at.counts[row.status] ?? 0) + 1;
    }
    at.children.push({ ...branch(parts[parts.length - 1]), row });
  }
  return root.children.map(joined);
}

/** @param {string} name @returns {Branch} */
const branch = (name) => ({ name, children: [], row: null, counts: {} });

/** A module that holds nothing but one module is written in one line with it. @param {Branch} node @returns {Branch} */
function joined(node) {
  const children = node.children.map(joined);
  const [only] = children;
  if (children.length === 1 && !only.row) return { ...only, name: `${node.name}.${only.name}` };
  return { ...node, children };
}
